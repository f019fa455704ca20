package dev.colonnade.agent;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/// Hears SIGTERM and SIGINT.
///
/// `sun.misc.Signal` is the only way to end with an exit code of one's own and to hear a second
/// signal: a shutdown hook gives neither. It is reached by reflection because javac warns of it in
/// a way that nothing silences; where it is missing, the virtual machine's own behaviour stays.
final class StopSignals {
    private static final System.Logger LOG = System.getLogger(StopSignals.class.getName());

    private StopSignals() {}

    /// Has `onSignal` run for each of the two signals, on a thread of the virtual machine.
    static void hear(Runnable onSignal) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> type = Class.forName("sun.misc.SignalHandler");
            Object handler = handler(type, onSignal);
            for (String name : new String[] {"TERM", "INT"}) {
                signal.getMethod("handle", signal, type)
                        .invoke(
                                null,
                                signal.getConstructor(String.class).newInstance(name),
                                handler);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot hear signals: " + e);
        }
    }

    /// A `type`, which is `sun.misc.SignalHandler`, that runs `onSignal`.
    ///
    /// The packaging puts a class in the place of the proxy, by the name and the types of this
    /// method: a proxy is made at run time, and takes milliseconds of a start.
    private static Object handler(Class<?> type, Runnable onSignal) {
        InvocationHandler handler =
                (_, method, _) ->
                        switch (method.getName()) {
                            case "handle" -> {
                                onSignal.run();
                                yield null;
                            }
                            case "hashCode" -> 1;
                            case "equals" -> false; // nobody puts it into a collection
                            default -> "stop signal";
                        };
        return Proxy.newProxyInstance(
                StopSignals.class.getClassLoader(), new Class<?>[] {type}, handler);
    }
}
