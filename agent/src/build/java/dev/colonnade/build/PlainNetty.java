package dev.colonnade.build;

import java.lang.classfile.Attribute;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Interfaces;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.RuntimeVisibleAnnotationsAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.ConstantPoolBuilder;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Puts plain code where Netty looks things up by reflection because it runs on Java 8 too.
///
/// Each method handle that it combines and each annotation that it reads makes classes at run time,
/// which no ahead-of-time cache holds: a tenth of the time to the first answer. On the runtime of
/// the distribution all of what is looked up is there, and says the same.
final class PlainNetty {
    private static final String INTERNAL = "io/netty/util/internal/";
    private static final String PLATFORM = INTERNAL + "PlatformDependent0";
    private static final String CLEANER = INTERNAL + "CleanerJava9";
    private static final String CHANNEL = "io/netty/channel/";
    private static final String SHARABLE = CHANNEL + "ChannelHandler$Sharable";
    private static final String SKIP = CHANNEL + "ChannelHandlerMask$Skip";

    /// What looks up a handle on what; the name of it stands in its constants.
    private static final Map<String, String> LOOKUPS =
            Map.of(
                    PLATFORM + "$8", "alignedSlice",
                    PLATFORM + "$9", "slice",
                    PLATFORM + "$10", "put",
                    PLATFORM + "$11", "put",
                    PLATFORM + "$12", "ofBuffer",
                    PLATFORM + "$13", "nextBytes",
                    CLEANER + "$1", "invokeCleaner");

    private static final ClassDesc BUFFER = ClassDesc.of("java.nio.ByteBuffer");
    private static final ClassDesc CLASS = ConstantDescs.CD_Class;
    private static final ClassDesc METHOD = ClassDesc.of("java.lang.reflect.Method");
    private static final ClassDesc SEGMENT = ClassDesc.of("java.lang.foreign.MemorySegment");
    private static final ClassDesc UNSAFE = ClassDesc.of("sun.misc.Unsafe");
    private static final ClassDesc PLATFORM_TYPE = ClassDesc.ofInternalName(PLATFORM);

    private final Map<String, byte[]> classes;
    private final MethodBodies bodies;
    private final ClassFile classFile;

    /// For classes by internal name, which [#apply] changes.
    PlainNetty(Map<String, byte[]> classes) {
        this.classes = classes;
        bodies = new MethodBodies(classes);
        classFile =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(Stubs.resolver(classes)));
    }

    /// Does it.
    ///
    /// @throws IllegalStateException when this is another Netty than the one that was looked at
    void apply() {
        platform();
        cleaner();
        LOOKUPS.forEach(this::lookUpNothing);
        // The runtime has not that module, and the search for it opens the jar.
        replaceCall(
                INTERNAL + "PlatformDependent",
                ClassDesc.of("jdk.jfr.FlightRecorder"),
                "isAvailable",
                CodeBuilder::iconst_0);
        sharable();
        skippable();
    }

    private void platform() {
        Map<String, Consumer<CodeBuilder>> plain = new HashMap<>();
        for (String has :
                List.of(
                        "hasAlignSliceMethod",
                        "hasOffsetSliceMethod",
                        "hasAbsolutePutBufferMethod",
                        "hasAbsolutePutArrayMethod",
                        "hasMemorySegmentAddressOfBuffer")) {
            plain.put(has + "()Z", code -> code.iconst_1().ireturn());
        }
        String buffer = BUFFER.descriptorString();
        plain.put(
                "alignSlice(" + buffer + "I)" + buffer,
                code -> {
                    code.aload(0).iload(1);
                    code.invokevirtual(BUFFER, "alignedSlice", type("(I)" + buffer)).areturn();
                });
        plain.put(
                "offsetSlice(" + buffer + "II)" + buffer,
                code -> {
                    code.aload(0).iload(1).iload(2);
                    code.invokevirtual(BUFFER, "slice", type("(II)" + buffer)).areturn();
                });
        for (String source : List.of(buffer, "[B")) {
            plain.put(
                    "absolutePut(" + buffer + "I" + source + "II)" + buffer,
                    code -> {
                        code.aload(0).iload(1).aload(2).iload(3).iload(4);
                        code.invokevirtual(BUFFER, "put", type("(I" + source + "II)" + buffer))
                                .areturn();
                    });
        }
        plain.put(
                "splittableRandomNextBytes(Ljava/util/SplittableRandom;[B)V",
                code -> {
                    code.aload(0).aload(1);
                    code.invokevirtual(
                            ClassDesc.of("java.util.SplittableRandom"), "nextBytes", type("([B)V"));
                    code.return_();
                });
        plain.put("directBufferAddress(" + buffer + ")J", PlainNetty::address);
        bodies.replace(PLATFORM, plain);
    }

    private static void address(CodeBuilder code) {
        String buffer = BUFFER.descriptorString();
        Label isSafe = code.newLabel();
        code.invokestatic(PLATFORM_TYPE, "hasUnsafe", type("()Z")).ifeq(isSafe);
        code.aload(0).getstatic(PLATFORM_TYPE, "ADDRESS_FIELD_OFFSET", ConstantDescs.CD_long);
        code.invokestatic(PLATFORM_TYPE, "getLong", type("(Ljava/lang/Object;J)J")).lreturn();
        code.labelBinding(isSafe);
        code.aload(0);
        code.invokestatic(
                SEGMENT,
                "ofBuffer",
                MethodTypeDesc.of(SEGMENT, ClassDesc.of("java.nio.Buffer")),
                true);
        code.invokeinterface(SEGMENT, "address", type("()J"));
        code.aload(0).invokevirtual(BUFFER, "position", type("()I")).i2l().lsub().lreturn();
    }

    private void cleaner() {
        String free = "(" + BUFFER.descriptorString() + ")V";
        bodies.replace(
                CLEANER,
                Map.of(
                        "isSupported()Z",
                        code ->
                                code.invokestatic(PLATFORM_TYPE, "hasUnsafe", type("()Z"))
                                        .ireturn(),
                        "freeDirectBufferStatic" + free,
                        code ->
                                code.getstatic(PLATFORM_TYPE, "UNSAFE", UNSAFE)
                                        .aload(0)
                                        .invokevirtual(UNSAFE, "invokeCleaner", type(free))
                                        .return_()));
    }

    private void lookUpNothing(String name, String constant) {
        boolean isKnown = false;
        for (PoolEntry entry : classFile.parse(bodies.bytes(name)).constantPool()) {
            isKnown |= entry instanceof StringEntry text && text.stringValue().equals(constant);
        }
        if (!isKnown) {
            throw changed(name, constant);
        }
        bodies.replace(
                name, Map.of("run()Ljava/lang/Object;", code -> code.aconst_null().areturn()));
    }

    /// Handlers that are annotated as sharable become instances of the annotation's interface,
    /// which subclasses inherit as they do the annotation.
    private void sharable() {
        ClassDesc sharable = ClassDesc.ofInternalName(SHARABLE);
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            ClassModel model = classFile.parse(each.getValue());
            if (isAnnotated(model.attributes(), SHARABLE)) {
                List<ClassEntry> interfaces = new ArrayList<>(model.interfaces());
                interfaces.add(ConstantPoolBuilder.of(model).classEntry(sharable));
                each.setValue(
                        classFile.transformClass(
                                model,
                                (builder, element) -> {
                                    if (!(element instanceof Interfaces)) {
                                        builder.with(element);
                                    } else {
                                        builder.withInterfaces(interfaces);
                                    }
                                }));
            }
        }
        replaceCall(
                CHANNEL + "ChannelHandlerAdapter",
                CLASS,
                "isAnnotationPresent",
                code -> code.swap().invokevirtual(CLASS, "isAssignableFrom", isOf(CLASS)));
    }

    /// A handler's method can be skipped when its class is one of those whose handler methods are
    /// all annotated so.
    private void skippable() {
        Set<String> skipped = new TreeSet<>();
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            ClassModel model = classFile.parse(each.getValue());
            List<MethodModel> handling =
                    model.methods().stream()
                            .filter(method ->
                                    method.methodType()
                                            .stringValue()
                                            .startsWith("(L" + CHANNEL + "ChannelHandlerContext;"))
                            .filter(method -> method.flags().has(AccessFlag.PUBLIC))
                            .filter(method ->
                                    !method.methodName().stringValue().startsWith("handler"))
                            .toList();
            long annotated =
                    handling.stream()
                            .filter(method -> isAnnotated(method.attributes(), SKIP))
                            .count();
            if (annotated > 0 && annotated < handling.size()) {
                throw changed(each.getKey(), "@Skip");
            }
            if (annotated > 0) {
                skipped.add(each.getKey().replace('/', '.'));
            }
        }
        replaceCall(
                CHANNEL + "ChannelHandlerMask$2",
                METHOD,
                "isAnnotationPresent",
                code -> {
                    Label yes = code.newLabel();
                    Label end = code.newLabel();
                    code.pop();
                    code.invokevirtual(METHOD, "getDeclaringClass", MethodTypeDesc.of(CLASS));
                    code.invokevirtual(
                            CLASS, "getName", MethodTypeDesc.of(ConstantDescs.CD_String));
                    code.astore(2);
                    for (String name : skipped) {
                        code.loadConstant(name).aload(2);
                        code.invokevirtual(
                                ConstantDescs.CD_String, "equals", isOf(ConstantDescs.CD_Object));
                        code.ifne(yes);
                    }
                    code.iconst_0().goto_(end).labelBinding(yes).iconst_1().labelBinding(end);
                });
    }

    private static boolean isAnnotated(List<Attribute<?>> attributes, String annotation) {
        return attributes.stream()
                .filter(RuntimeVisibleAnnotationsAttribute.class::isInstance)
                .map(RuntimeVisibleAnnotationsAttribute.class::cast)
                .flatMap(attribute -> attribute.annotations().stream())
                .anyMatch(each -> each.className().equalsString("L" + annotation + ";"));
    }

    /// Replaces the one call of a method in a class.
    private void replaceCall(
            String name, ClassDesc owner, String method, Consumer<CodeBuilder> by) {
        int[] count = new int[1];
        CodeTransform calls =
                (code, element) -> {
                    if (element instanceof InvokeInstruction call
                            && call.owner().asSymbol().equals(owner)
                            && call.name().equalsString(method)) {
                        by.accept(code);
                        count[0]++;
                    } else {
                        code.with(element);
                    }
                };
        bodies.put(
                name,
                classFile.transformClass(
                        classFile.parse(bodies.bytes(name)),
                        ClassTransform.transformingMethodBodies(calls)));
        if (count[0] != 1) {
            throw changed(name, method);
        }
    }

    private static MethodTypeDesc type(String descriptor) {
        return MethodTypeDesc.ofDescriptor(descriptor);
    }

    private static MethodTypeDesc isOf(ClassDesc argument) {
        return MethodTypeDesc.of(ConstantDescs.CD_boolean, argument);
    }

    private static IllegalStateException changed(String name, String what) {
        return new IllegalStateException(
                "another Netty, see PlainNetty: class=" + name + ", not as known=" + what);
    }
}
