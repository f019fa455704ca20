package dev.colonnade.agent.telemetry;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Writes log lines to standard error: `2026-01-31T12:00:00.000Z INFO component message`.
///
/// A line is one write, so lines of several threads do not mix.
public final class Console {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private static final Console PROCESS = new Console(System.err, InstantSource.system());

    private final PrintStream out;
    private final InstantSource clock;
    private volatile Level level = Level.INFO;

    /// A console on `out`.
    Console(PrintStream out, InstantSource clock) {
        this.out = out;
        this.clock = clock;
    }

    /// The console of the process.
    public static Console ofProcess() {
        return PROCESS;
    }

    /// Sets the lowest level that is written.
    public void level(Level lowest) {
        level = lowest;
    }

    /// Whether lines of this level are written.
    public boolean isWritten(Level of) {
        return of != Level.OFF && of.getSeverity() >= level.getSeverity();
    }

    /// Writes a line, with the stack of `thrown` below it where there is one.
    public void write(Level of, String component, String message, @Nullable Throwable thrown) {
        if (!isWritten(of)) {
            return;
        }
        StringBuilder line = new StringBuilder(128);
        TIME.formatTo(Instant.ofEpochMilli(clock.millis()), line);
        line.append(' ').append(of == Level.WARNING ? "WARN" : of.name());
        line.append(' ').append(component).append(' ');
        line.append(message.strip().replace("\n", "\n    "));
        if (thrown != null) {
            StringWriter stack = new StringWriter();
            thrown.printStackTrace(new PrintWriter(stack));
            line.append('\n').append(stack.toString().strip());
        }
        out.print(line.append('\n'));
        out.flush();
    }
}
