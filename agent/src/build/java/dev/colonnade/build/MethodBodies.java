package dev.colonnade.build;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Puts other code into methods.
final class MethodBodies {
    private final Map<String, byte[]> classes;
    private final ClassFile classFile;

    /// For classes by internal name, which [#replace] changes.
    MethodBodies(Map<String, byte[]> classes) {
        this.classes = classes;
        classFile =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(Stubs.resolver(classes)));
    }

    /// Replaces the bodies of methods of a class, each named by name and descriptor.
    ///
    /// @throws IllegalStateException when there is no such class or method
    void replace(String name, Map<String, Consumer<CodeBuilder>> bodies) {
        Set<String> left = new TreeSet<>(bodies.keySet());
        byte[] replaced =
                classFile.transformClass(
                        classFile.parse(bytes(name)),
                        (builder, element) -> {
                            Consumer<CodeBuilder> body =
                                    element instanceof MethodModel method
                                            ? bodies.get(signature(method))
                                            : null;
                            if (body == null) {
                                builder.with(element);
                                return;
                            }
                            MethodModel method = (MethodModel) element;
                            left.remove(signature(method));
                            builder.transformMethod(
                                    method,
                                    (to, part) -> {
                                        if (part instanceof CodeModel) {
                                            to.withCode(body);
                                        } else {
                                            to.with(part);
                                        }
                                    });
                        });
        if (!left.isEmpty()) {
            throw new IllegalStateException("no such methods: class=" + name + ", methods=" + left);
        }
        put(name, replaced);
    }

    /// The class of that name.
    ///
    /// @throws IllegalStateException when there is none
    byte[] bytes(String name) {
        byte[] bytes = classes.get(name);
        if (bytes == null) {
            throw new IllegalStateException("no such class: name=" + name);
        }
        return bytes;
    }

    /// Puts a class in the place of another one.
    ///
    /// @throws IllegalStateException when the verifier refuses it
    void put(String name, byte[] bytes) {
        List<VerifyError> errors = classFile.verify(bytes);
        if (!errors.isEmpty()) {
            throw new IllegalStateException("not valid: class=" + name, errors.getFirst());
        }
        classes.put(name, bytes);
    }

    private static String signature(MethodModel method) {
        return method.methodName().stringValue() + method.methodType().stringValue();
    }
}
