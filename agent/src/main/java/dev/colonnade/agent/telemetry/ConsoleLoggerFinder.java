package dev.colonnade.agent.telemetry;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/// Sends what is logged through [System.Logger] to the [Console]. Found as a service:
/// `java.util.logging` is never started.
public final class ConsoleLoggerFinder extends System.LoggerFinder {
    /// Called by the service loader.
    public ConsoleLoggerFinder() {}

    @Override
    public System.Logger getLogger(String name, Module module) {
        return logger(name);
    }

    /// What [System#getLogger(String)] gives where this class is found as a service.
    ///
    /// The packaging calls it in its place: to look for the service opens the jar, at each start.
    public static System.Logger logger(String name) {
        return new ConsoleLogger(name, Console.ofProcess());
    }

    /// One component's way to the console.
    ///
    /// @param name a class's, of which the last part is shown
    record ConsoleLogger(String name, Console console) implements System.Logger {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            return console.isWritten(level);
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String message,
                @Nullable Throwable thrown) {
            console.write(level, component(), String.valueOf(message), thrown);
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String format,
                @Nullable Object @Nullable ... parameters) {
            if (!isLoggable(level)) {
                return;
            }
            String text = String.valueOf(format);
            boolean isPattern = parameters != null && parameters.length > 0;
            console.write(
                    level,
                    component(),
                    isPattern ? new MessageFormat(text, Locale.ROOT).format(parameters) : text,
                    null);
        }

        private String component() {
            return name.substring(name.lastIndexOf('.') + 1);
        }
    }
}
