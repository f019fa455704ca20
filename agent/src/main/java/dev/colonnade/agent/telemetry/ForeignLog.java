package dev.colonnade.agent.telemetry;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// Log lines of libraries: warnings and errors, whatever the level of the agent's own lines; their
/// lower levels tell of their insides.
public final class ForeignLog {
    private ForeignLog() {}

    /// Has the libraries write to `console`; called before any of their classes is used.
    public static void toConsole(Console console) {
        io.netty.util.internal.logging.InternalLoggerFactory.setDefaultFactory(
                NettyLogger.factory(console));
        io.micrometer.common.util.internal.logging.InternalLoggerFactory.setDefaultFactory(
                MicrometerLogger.factory(console));
    }

    static boolean isWritten(Console console, Level level) {
        return level.getSeverity() >= Level.WARNING.getSeverity() && console.isWritten(level);
    }

    static void write(
            Console console,
            Level level,
            String component,
            @Nullable String format,
            @Nullable Object... arguments) {
        if (!isWritten(console, level)) {
            return;
        }
        @Nullable Throwable thrown =
                arguments.length > 0 && arguments[arguments.length - 1] instanceof Throwable last
                        ? last
                        : null;
        console.write(level, component, filled(String.valueOf(format), arguments), thrown);
    }

    /// The format with its `{}` filled in turn.
    static String filled(String format, @Nullable Object... arguments) {
        StringBuilder filled = new StringBuilder(format.length() + 64);
        int from = 0;
        for (Object argument : arguments) {
            int brace = format.indexOf("{}", from);
            if (brace < 0) {
                break;
            }
            filled.append(format, from, brace).append(argument);
            from = brace + 2;
        }
        return filled.append(format, from, format.length()).toString();
    }
}
