package dev.colonnade.build;

import java.lang.classfile.AccessFlags;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DirectMethodHandleDesc.Kind;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandleInfo;
import java.lang.reflect.AccessFlag;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Makes classes of lambdas that the ahead-of-time cache of Java 25 does not hold: those whose
/// interface has something to initialise. Only what is used is covered: lambdas that capture
/// nothing.
final class PlainLambdas {
    private static final ClassDesc FACTORY = ClassDesc.of("java.lang.invoke.LambdaMetafactory");

    private final Map<String, byte[]> classes;
    private final Map<String, byte[]> made = new TreeMap<>();
    private final ClassFile classFile;

    private record Lambda(
            ClassDesc type, String method, MethodTypeDesc of, DirectMethodHandleDesc to) {}

    /// For classes by internal name, which [#apply] changes.
    PlainLambdas(Map<String, byte[]> classes) {
        this.classes = classes;
        classFile =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(Stubs.resolver(classes)));
    }

    /// Does it.
    ///
    /// @return how many there were
    int apply() {
        classes.replaceAll(this::plain);
        classes.putAll(made);
        return made.size();
    }

    private byte[] plain(String name, byte[] bytes) {
        ClassModel model = classFile.parse(bytes);
        int before = made.size();
        Set<String> opened = new HashSet<>();
        byte[] plain =
                classFile.transformClass(
                        model,
                        ClassTransform.transformingMethodBodies((code, element) -> {
                            Lambda lambda =
                                    element instanceof InvokeDynamicInstruction call
                                            ? lambda(model, call)
                                            : null;
                            if (lambda == null) {
                                code.with(element);
                                return;
                            }
                            String type = name + "$Plain$" + made.size();
                            made.put(type, instance(type, lambda));
                            opened.add(lambda.to().methodName() + lambda.to().lookupDescriptor());
                            ClassDesc self = ClassDesc.ofInternalName(type);
                            code.new_(self).dup();
                            code.invokespecial(
                                    self, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void);
                        }));
        if (made.size() == before) {
            return bytes;
        }
        return classFile.transformClass(
                classFile.parse(plain),
                (builder, element) -> {
                    if (element instanceof MethodModel method
                            && opened.contains(
                                    method.methodName().stringValue()
                                            + method.methodType().stringValue())) {
                        int flags = method.flags().flagsMask() & ~ClassFile.ACC_PRIVATE;
                        builder.withMethod(
                                method.methodName(),
                                method.methodType(),
                                flags | ClassFile.ACC_PUBLIC,
                                to -> {
                                    for (MethodElement part : method) {
                                        if (!(part instanceof AccessFlags)) {
                                            to.with(part);
                                        }
                                    }
                                });
                    } else {
                        builder.with(element);
                    }
                });
    }

    /// What a call site makes; null when it stays.
    private Lambda lambda(ClassModel in, InvokeDynamicInstruction call) {
        MethodTypeDesc site = call.typeSymbol();
        if (!call.bootstrapMethod().owner().equals(FACTORY)
                || !call.bootstrapMethod().methodName().equals("metafactory")
                || site.parameterCount() > 0
                || !isInitialised(site.returnType())) {
            return null;
        }
        List<LoadableConstantEntry> arguments = call.invokedynamic().bootstrap().arguments();
        MethodTypeDesc of = methodType(arguments.get(0));
        MethodHandleEntry to = (MethodHandleEntry) arguments.get(1);
        if (!of.equals(methodType(arguments.get(2)))
                || to.kind() != MethodHandleInfo.REF_invokeStatic
                || !to.reference().type().equalsString(of.descriptorString())
                || !to.reference().owner().equals(in.thisClass())) {
            return null;
        }
        return new Lambda(
                site.returnType(),
                call.name().stringValue(),
                of,
                MethodHandleDesc.of(
                        in.flags().has(AccessFlag.INTERFACE) ? Kind.INTERFACE_STATIC : Kind.STATIC,
                        in.thisClass().asSymbol(),
                        to.reference().name().stringValue(),
                        to.reference().type().stringValue()));
    }

    private static MethodTypeDesc methodType(LoadableConstantEntry entry) {
        return ((MethodTypeEntry) entry).asSymbol();
    }

    private boolean isInitialised(ClassDesc type) {
        String descriptor = type.descriptorString();
        byte[] bytes = classes.get(descriptor.substring(1, descriptor.length() - 1));
        return bytes != null
                && classFile.parse(bytes).methods().stream()
                        .anyMatch(method ->
                                method.methodName().equalsString(ConstantDescs.CLASS_INIT_NAME));
    }

    private byte[] instance(String name, Lambda lambda) {
        return classFile.build(
                ClassDesc.ofInternalName(name),
                builder -> {
                    builder.withFlags(
                            ClassFile.ACC_FINAL | ClassFile.ACC_SUPER | ClassFile.ACC_SYNTHETIC);
                    builder.withInterfaceSymbols(lambda.type());
                    builder.withMethodBody(
                            ConstantDescs.INIT_NAME,
                            ConstantDescs.MTD_void,
                            0,
                            code ->
                                    code.aload(0)
                                            .invokespecial(
                                                    ConstantDescs.CD_Object,
                                                    ConstantDescs.INIT_NAME,
                                                    ConstantDescs.MTD_void)
                                            .return_());
                    builder.withMethodBody(
                            lambda.method(),
                            lambda.of(),
                            ClassFile.ACC_PUBLIC,
                            code -> {
                                for (int i = 0; i < lambda.of().parameterCount(); i++) {
                                    code.loadLocal(
                                            TypeKind.from(lambda.of().parameterType(i)),
                                            code.parameterSlot(i));
                                }
                                code.invokestatic(
                                        lambda.to().owner(),
                                        lambda.to().methodName(),
                                        lambda.of(),
                                        lambda.to().isOwnerInterface());
                                code.return_(TypeKind.from(lambda.of().returnType()));
                            });
                });
    }
}
