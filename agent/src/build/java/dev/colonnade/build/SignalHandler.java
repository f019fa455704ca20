package dev.colonnade.build;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Map;

/// The class that hears signals, which javac does not compile without a warning that nothing
/// silences.
final class SignalHandler {
    private static final String USER = "dev/colonnade/agent/StopSignals";
    private static final String NAME = USER + "$Handler";
    private static final ClassDesc SELF = ClassDesc.ofInternalName(NAME);
    private static final ClassDesc RUNNABLE = ClassDesc.of("java.lang.Runnable");
    private static final ClassDesc SIGNAL = ClassDesc.of("sun.misc.Signal");
    private static final MethodTypeDesc OF_RUNNABLE =
            MethodTypeDesc.of(ConstantDescs.CD_void, RUNNABLE);

    private SignalHandler() {}

    /// Adds it to `classes`, and has it used in the place of a proxy.
    static void addTo(Map<String, byte[]> classes) {
        classes.put(NAME, bytes());
        new MethodBodies(classes)
                .replace(
                        USER,
                        Map.of(
                                "handler(Ljava/lang/Class;Ljava/lang/Runnable;)Ljava/lang/Object;",
                                code ->
                                        code.new_(SELF)
                                                .dup()
                                                .aload(1)
                                                .invokespecial(
                                                        SELF, ConstantDescs.INIT_NAME, OF_RUNNABLE)
                                                .areturn()));
    }

    private static byte[] bytes() {
        return ClassFile.of()
                .build(
                        SELF,
                        type -> {
                            type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
                            type.withInterfaceSymbols(ClassDesc.of("sun.misc.SignalHandler"));
                            type.withField("onSignal", RUNNABLE, ClassFile.ACC_FINAL);
                            type.withMethodBody(
                                    ConstantDescs.INIT_NAME,
                                    OF_RUNNABLE,
                                    0,
                                    code ->
                                            code.aload(0)
                                                    .invokespecial(
                                                            ConstantDescs.CD_Object,
                                                            ConstantDescs.INIT_NAME,
                                                            ConstantDescs.MTD_void)
                                                    .aload(0)
                                                    .aload(1)
                                                    .putfield(SELF, "onSignal", RUNNABLE)
                                                    .return_());
                            type.withMethodBody(
                                    "handle",
                                    MethodTypeDesc.of(ConstantDescs.CD_void, SIGNAL),
                                    ClassFile.ACC_PUBLIC,
                                    code ->
                                            code.aload(0)
                                                    .getfield(SELF, "onSignal", RUNNABLE)
                                                    .invokeinterface(
                                                            RUNNABLE, "run", ConstantDescs.MTD_void)
                                                    .return_());
                        });
    }
}
