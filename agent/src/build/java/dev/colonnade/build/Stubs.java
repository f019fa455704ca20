package dev.colonnade.build;

import java.io.ByteArrayInputStream;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Stands in for packages that libraries name and the agent never runs: of each class that is still
/// named, a class that links and does nothing.
///
/// Constructors work, and so do methods that return such a class, which is what static initialisers
/// call; static fields are null or zero; any other method ends in an
/// `UnsupportedOperationException` that says why.
final class Stubs {
    private static final ClassDesc REFUSAL =
            ClassDesc.of("java.lang.UnsupportedOperationException");
    private static final int METHOD_FLAGS = ClassFile.ACC_PUBLIC;
    private static final int FIELD_FLAGS =
            ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL;

    private final Set<String> packages;
    private final Map<String, byte[]> leftOut = new TreeMap<>();
    private final Map<String, Stub> stubs = new TreeMap<>();

    /// For classes in `packages` and below, by internal name; takes them out of `classes`.
    Stubs(Set<String> packages, Map<String, byte[]> classes) {
        this.packages = packages;
        classes.forEach((name, bytes) -> {
            if (isLeftOut(name)) {
                leftOut.put(name, bytes);
            }
        });
        classes.keySet().removeAll(leftOut.keySet());
    }

    private boolean isLeftOut(String name) {
        return packages.stream().anyMatch(name::startsWith);
    }

    /// Adds the stubs that `classes` need.
    ///
    /// @throws IllegalStateException when one of them would not pass the verifier with stubs
    void addTo(Map<String, byte[]> classes) {
        Map<String, byte[]> users = new TreeMap<>();
        classes.forEach((name, bytes) -> {
            if (collect(ClassFile.of().parse(bytes))) {
                users.put(name, bytes);
            }
        });
        for (int before = -1; before != stubs.size(); ) {
            before = stubs.size();
            List.copyOf(stubs.keySet()).forEach(name -> stub(superclass(name)));
        }
        stubs.forEach((name, stub) -> classes.put(name, stub.bytes(name)));
        ClassFile verifier =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(resolver(classes)));
        users.forEach((name, bytes) -> {
            List<VerifyError> errors = verifier.verify(bytes);
            if (!errors.isEmpty()) {
                throw new IllegalStateException(
                        "not valid with stubs: class=" + name, errors.getFirst());
            }
        });
    }

    /// Of these classes, and of the JDK's.
    static ClassHierarchyResolver resolver(Map<String, byte[]> classes) {
        return ClassHierarchyResolver.ofResourceParsing(
                        type -> {
                            String descriptor = type.descriptorString();
                            byte[] bytes =
                                    classes.get(descriptor.substring(1, descriptor.length() - 1));
                            return bytes == null ? null : new ByteArrayInputStream(bytes);
                        })
                .orElse(ClassHierarchyResolver.defaultResolver());
    }

    /// What a stub extends: what the class did, where that is the JDK's or a stub too.
    private String superclass(String name) {
        byte[] bytes = leftOut.get(name);
        String above =
                bytes == null
                        ? "java/lang/Object"
                        : ClassFile.of()
                                .parse(bytes)
                                .superclass()
                                .map(ClassEntry::asInternalName)
                                .orElse("java/lang/Object");
        return above.startsWith("java/") || isLeftOut(above) ? above : "java/lang/Object";
    }

    /// Whether a class names any that is left out.
    private boolean collect(ClassModel model) {
        boolean found = false;
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry type && !type.asInternalName().startsWith("[")) {
                found |= isLeftOut(type.asInternalName());
                Stub _ = stub(type.asInternalName());
            } else if (entry instanceof MethodHandleEntry handle
                    && isLeftOut(handle.reference().owner().asInternalName())) {
                throw new IllegalStateException(
                        "no stub for a method reference: class="
                                + model.thisClass().asInternalName()
                                + ", method="
                                + handle.reference().name());
            }
        }
        for (ClassEntry type : model.interfaces()) {
            stub(type.asInternalName()).isInterface = true;
        }
        for (MethodModel method : model.methods()) {
            for (CodeElement element :
                    method.code().map(CodeModel::elementList).orElseGet(List::of)) {
                if (element instanceof InvokeInstruction call) {
                    collect(call);
                } else if (element instanceof FieldInstruction field) {
                    stub(field.owner().asInternalName())
                            .fields
                            .put(field.name().stringValue(), field.typeSymbol());
                }
            }
        }
        return found;
    }

    private void collect(InvokeInstruction call) {
        Stub stub = stub(call.owner().asInternalName());
        stub.isInterface |= call.isInterface();
        stub.methods.putIfAbsent(
                call.name().stringValue() + call.type().stringValue(),
                new Method(
                        call.name().stringValue(),
                        call.typeSymbol(),
                        call.opcode() == Opcode.INVOKESTATIC));
    }

    /// The stub of that class; of one that is not left out, one that nobody keeps.
    private Stub stub(String name) {
        return isLeftOut(name) ? stubs.computeIfAbsent(name, _ -> new Stub()) : new Stub();
    }

    private final class Stub {
        private final Map<String, Method> methods = new TreeMap<>();
        private final Map<String, ClassDesc> fields = new TreeMap<>();
        private boolean isInterface;

        byte[] bytes(String name) {
            ClassDesc above = ClassDesc.ofInternalName(superclass(name));
            methods.putIfAbsent("<init>()V", new Method("<init>", ConstantDescs.MTD_void, false));
            return ClassFile.of()
                    .build(
                            ClassDesc.ofInternalName(name),
                            type -> {
                                type.withSuperclass(isInterface ? ConstantDescs.CD_Object : above);
                                type.withFlags(
                                        isInterface
                                                ? ClassFile.ACC_PUBLIC
                                                        | ClassFile.ACC_INTERFACE
                                                        | ClassFile.ACC_ABSTRACT
                                                : ClassFile.ACC_PUBLIC | ClassFile.ACC_SUPER);
                                fields.forEach(
                                        (field, of) -> type.withField(field, of, FIELD_FLAGS));
                                methods.values().forEach(method -> add(type, above, method));
                            });
        }

        private void add(ClassBuilder type, ClassDesc above, Method method) {
            if (method.isConstructor() && isInterface) {
                return;
            }
            int flags = METHOD_FLAGS | (method.isStatic() ? ClassFile.ACC_STATIC : 0);
            type.withMethodBody(
                    method.name(), method.type(), flags, code -> body(code, above, method));
        }
    }

    private void body(CodeBuilder code, ClassDesc above, Method method) {
        ClassDesc result = method.type().returnType();
        if (method.isConstructor()) {
            code.aload(0)
                    .invokespecial(above, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                    .return_();
        } else if (result.isClassOrInterface() && isMade(result)) {
            code.new_(result)
                    .dup()
                    .invokespecial(result, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                    .areturn();
        } else {
            code.new_(REFUSAL)
                    .dup()
                    .loadConstant("left out of this distribution: method=" + method.name())
                    .invokespecial(
                            REFUSAL,
                            ConstantDescs.INIT_NAME,
                            MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String))
                    .athrow();
        }
    }

    private boolean isMade(ClassDesc type) {
        String descriptor = type.descriptorString();
        Stub stub = stubs.get(descriptor.substring(1, descriptor.length() - 1));
        return stub != null && !stub.isInterface;
    }

    private record Method(String name, MethodTypeDesc type, boolean isStatic) {
        boolean isConstructor() {
            return name.equals(ConstantDescs.INIT_NAME);
        }
    }
}
