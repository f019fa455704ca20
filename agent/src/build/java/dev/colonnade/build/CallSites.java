package dev.colonnade.build;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Puts plain code where javac has left the virtual machine a call site to link: switches over
/// types, and `equals` and `hashCode` of records.
///
/// Linking one makes classes at run time, which is several milliseconds each before anything
/// listens, and the ahead-of-time cache of Java 25 holds only those of lambdas and of strings.
final class CallSites {
    private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
    private static final int FLAGS =
            ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;

    private final ClassFile classFile;
    private int replaced;

    /// For classes by internal name; what they are not compared with is the JDK's.
    CallSites(Map<String, byte[]> classes) {
        classFile =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(Stubs.resolver(classes)));
    }

    /// How many call sites became plain code.
    int replaced() {
        return replaced;
    }

    /// The class without the call sites.
    byte[] plain(byte[] bytes) {
        ClassModel model = classFile.parse(bytes);
        ClassDesc self = model.thisClass().asSymbol();
        boolean isInterface = model.flags().has(java.lang.reflect.AccessFlag.INTERFACE);
        List<Consumer<ClassBuilder>> added = new ArrayList<>();
        ClassTransform calls =
                ClassTransform.transformingMethodBodies((code, element) -> {
                    Consumer<CodeBuilder> body =
                            element instanceof InvokeDynamicInstruction call
                                    ? body(self, call)
                                    : null;
                    if (body == null) {
                        code.with(element);
                        return;
                    }
                    InvokeDynamicInstruction call = (InvokeDynamicInstruction) element;
                    String name = "$plain$" + added.size();
                    added.add(builder ->
                            builder.withMethodBody(name, call.typeSymbol(), FLAGS, body));
                    code.invokestatic(self, name, call.typeSymbol(), isInterface);
                });
        byte[] plain =
                classFile.transformClass(
                        model,
                        calls.andThen(
                                ClassTransform.ofStateful(() ->
                                        new ClassTransform() {
                                            @Override
                                            public void accept(
                                                    ClassBuilder builder, ClassElement element) {
                                                builder.with(element);
                                            }

                                            @Override
                                            public void atEnd(ClassBuilder builder) {
                                                added.forEach(one -> one.accept(builder));
                                            }
                                        })));
        if (added.isEmpty()) {
            return bytes;
        }
        replaced += added.size();
        List<VerifyError> errors = classFile.verify(plain);
        if (!errors.isEmpty()) {
            throw new IllegalStateException("not valid: class=" + self, errors.getFirst());
        }
        return plain;
    }

    /// What to do in place of the call; null to leave it.
    private static Consumer<CodeBuilder> body(ClassDesc self, InvokeDynamicInstruction call) {
        ClassDesc maker = call.bootstrapMethod().owner();
        List<LoadableConstantEntry> arguments = call.invokedynamic().bootstrap().arguments();
        if (maker.equals(ClassDesc.of("java.lang.runtime.SwitchBootstraps"))
                && call.bootstrapMethod().methodName().equals("typeSwitch")
                && arguments.stream().allMatch(ClassEntry.class::isInstance)) {
            return code -> typeSwitch(code, arguments);
        }
        if (maker.equals(ClassDesc.of("java.lang.runtime.ObjectMethods"))) {
            List<MethodHandleEntry> fields =
                    arguments.stream()
                            .filter(MethodHandleEntry.class::isInstance)
                            .map(MethodHandleEntry.class::cast)
                            .toList();
            return switch (call.name().stringValue()) {
                case "hashCode" -> code -> hashCode(code, self, fields);
                case "equals" -> code -> equals(code, self, fields);
                default -> null;
            };
        }
        return null;
    }

    /// `(Object value, int from) -> int`: the first label from there on that the value is of; their
    /// number when it is of none; -1 for null.
    private static void typeSwitch(CodeBuilder code, List<LoadableConstantEntry> labels) {
        Label isObject = code.newLabel();
        code.aload(0).ifnonnull(isObject).iconst_m1().ireturn().labelBinding(isObject);
        for (int index = 0; index < labels.size(); index++) {
            Label next = code.newLabel();
            code.iload(1).loadConstant(index).if_icmpgt(next);
            code.aload(0).instanceOf(((ClassEntry) labels.get(index)).asSymbol()).ifeq(next);
            code.loadConstant(index).ireturn().labelBinding(next);
        }
        code.loadConstant(labels.size()).ireturn();
    }

    private static void hashCode(CodeBuilder code, ClassDesc self, List<MethodHandleEntry> fields) {
        code.iconst_0();
        for (MethodHandleEntry field : fields) {
            ClassDesc type = type(field);
            code.bipush(31).imul();
            load(code, self, field, 0);
            if (type.isPrimitive()) {
                code.invokestatic(
                        box(type), "hashCode", MethodTypeDesc.of(ConstantDescs.CD_int, type));
            } else {
                code.invokestatic(
                        OBJECTS,
                        "hashCode",
                        MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_Object));
            }
            code.iadd();
        }
        code.ireturn();
    }

    private static void equals(CodeBuilder code, ClassDesc self, List<MethodHandleEntry> fields) {
        Label differ = code.newLabel();
        Label other = code.newLabel();
        code.aload(0).aload(1).if_acmpne(other).iconst_1().ireturn().labelBinding(other);
        code.aload(1).instanceOf(self).ifeq(differ);
        code.aload(1).checkcast(self).astore(2);
        for (MethodHandleEntry field : fields) {
            ClassDesc type = type(field);
            load(code, self, field, 0);
            load(code, self, field, 2);
            if (type.isPrimitive()) {
                code.invokestatic(
                        box(type), "compare", MethodTypeDesc.of(ConstantDescs.CD_int, type, type));
                code.ifne(differ);
            } else {
                code.invokestatic(
                        OBJECTS,
                        "equals",
                        MethodTypeDesc.of(
                                ConstantDescs.CD_boolean,
                                ConstantDescs.CD_Object,
                                ConstantDescs.CD_Object));
                code.ifeq(differ);
            }
        }
        code.iconst_1().ireturn().labelBinding(differ).iconst_0().ireturn();
    }

    private static ClassDesc type(MethodHandleEntry field) {
        return ClassDesc.ofDescriptor(field.reference().type().stringValue());
    }

    private static ClassDesc box(ClassDesc primitive) {
        return switch (TypeKind.from(primitive)) {
            case BOOLEAN -> ConstantDescs.CD_Boolean;
            case BYTE -> ConstantDescs.CD_Byte;
            case CHAR -> ConstantDescs.CD_Character;
            case SHORT -> ConstantDescs.CD_Short;
            case INT -> ConstantDescs.CD_Integer;
            case LONG -> ConstantDescs.CD_Long;
            case FLOAT -> ConstantDescs.CD_Float;
            case DOUBLE -> ConstantDescs.CD_Double;
            default -> throw new IllegalArgumentException("no box: type=" + primitive);
        };
    }

    private static void load(
            CodeBuilder code, ClassDesc self, MethodHandleEntry field, int variable) {
        code.aload(variable).getfield(self, field.reference().name().stringValue(), type(field));
    }
}
