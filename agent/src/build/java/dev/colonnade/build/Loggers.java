package dev.colonnade.build;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Map;

/// Names the agent's loggers in the place of the service by which the JDK would find them: the
/// search opens the jar and the runtime's file of modules at each start.
final class Loggers {
    private static final String OWN = "dev/colonnade/";
    private static final ClassDesc FINDER =
            ClassDesc.of("dev.colonnade.agent.telemetry.ConsoleLoggerFinder");
    private static final MethodTypeDesc TYPE =
            MethodTypeDesc.of(ClassDesc.of("java.lang.System$Logger"), ConstantDescs.CD_String);

    private Loggers() {}

    /// Does it in the agent's own classes.
    static void linkIn(Map<String, byte[]> classes) {
        ClassFile classFile =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(Stubs.resolver(classes)));
        ClassTransform calls =
                ClassTransform.transformingMethodBodies((code, element) -> {
                    if (element instanceof InvokeInstruction call
                            && call.opcode() == Opcode.INVOKESTATIC
                            && call.owner().asInternalName().equals("java/lang/System")
                            && call.name().equalsString("getLogger")
                            && call.typeSymbol().equals(TYPE)) {
                        code.invokestatic(FINDER, "logger", TYPE);
                    } else {
                        code.with(element);
                    }
                });
        classes.replaceAll((name, bytes) ->
                name.startsWith(OWN)
                        ? classFile.transformClass(classFile.parse(bytes), calls)
                        : bytes);
    }
}
