package dev.colonnade.agent.telemetry;

import dev.colonnade.agent.config.LogConfig;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes log lines: `2026-01-31T12:00:00.000Z INFO component message`, or the same as JSON. Until
/// it is configured it writes to standard error.
///
/// A line is one write, so lines of several threads do not mix. Warnings and errors that repeat are
/// held back and counted, see [Repeats].
public final class Console {
    /// Longer messages are cut: whoever answered with a whole page is not quoted in full.
    private static final int MESSAGE_LENGTH_MAX = 2_000;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private static final Console PROCESS =
            new Console(System.out, System.err, InstantSource.system());

    private final PrintStream standardOut;
    private final PrintStream standardError;
    private final InstantSource clock;
    private volatile Level level = Level.INFO;
    private volatile Setup setup;

    /// How lines are written.
    private record Setup(LogConfig config, List<PrintStream> streams, Repeats repeats) {}

    /// A console on these streams.
    Console(PrintStream standardOut, PrintStream standardError, InstantSource clock) {
        this.standardOut = standardOut;
        this.standardError = standardError;
        this.clock = clock;
        setup =
                new Setup(
                        LogConfig.DEFAULT,
                        List.of(standardError),
                        new Repeats(LogConfig.DEFAULT.sampling()));
    }

    /// The console of the process.
    public static Console ofProcess() {
        return PROCESS;
    }

    /// Writes as `config` says from now on.
    ///
    /// @throws IOException when a file cannot be opened; nothing changes then
    public void configure(LogConfig config) throws IOException {
        List<PrintStream> streams = new ArrayList<>();
        for (String path : config.outputPaths()) {
            streams.add(
                    switch (path) {
                        case LogConfig.STDERR -> standardError;
                        case LogConfig.STDOUT -> standardOut;
                        default ->
                                new PrintStream(
                                        new FileOutputStream(path, true),
                                        false,
                                        StandardCharsets.UTF_8);
                    });
        }
        setup = new Setup(config, List.copyOf(streams), new Repeats(config.sampling()));
        level = config.level();
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
        Setup present = setup;
        boolean isComplaint = of.getSeverity() >= Level.WARNING.getSeverity();
        String text = message.strip();
        if (isComplaint) {
            tellHeld(present, present.repeats().over(clock.millis()));
            if (!present.repeats().admits(of, component, text, clock.millis())) {
                return;
            }
            text = cut(text);
        }
        write(present, of, component, text, thrown);
    }

    /// Tells what was held back in periods that are over; called now and then.
    public void tellHeld() {
        Setup present = setup;
        tellHeld(present, present.repeats().over(clock.millis()));
    }

    /// Tells whatever was held back; called at the end.
    public void tellRest() {
        Setup present = setup;
        tellHeld(present, present.repeats().rest());
    }

    private void tellHeld(Setup present, List<Repeats.Held> all) {
        for (Repeats.Held held : all) {
            write(
                    present,
                    held.level(),
                    held.component(),
                    cut(held.message()) + " (and " + held.times() + " more like it)",
                    null);
        }
    }

    private void write(
            Setup present, Level of, String component, String message, @Nullable Throwable thrown) {
        @Nullable String stack =
                thrown == null || !present.config().stacktraces() ? null : stack(thrown);
        String line =
                present.config().json()
                        ? json(present, of, component, message, stack)
                        : text(present, of, component, message, stack);
        for (PrintStream stream : present.streams()) {
            stream.print(line);
            stream.flush();
        }
    }

    private String text(
            Setup present, Level of, String component, String message, @Nullable String stack) {
        StringBuilder line = new StringBuilder(128);
        TIME.formatTo(now(), line);
        line.append(' ').append(label(of)).append(' ').append(component).append(' ');
        line.append(message.replace("\n", "\n    "));
        new TreeMap<>(present.config().initialFields())
                .forEach((name, value) -> line.append(' ').append(name).append('=').append(value));
        if (stack != null) {
            line.append('\n').append(stack);
        }
        return line.append('\n').toString();
    }

    /// Members as the Collector's encoder calls them.
    private String json(
            Setup present, Level of, String component, String message, @Nullable String stack) {
        Json line = new Json();
        line.text("level", label(of).toLowerCase(Locale.ROOT));
        line.text("ts", TIME.format(now()));
        line.text("logger", component);
        line.text("msg", message);
        new TreeMap<>(present.config().initialFields()).forEach(line::text);
        line.text("stacktrace", stack);
        return line.close() + "\n";
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }

    private static String label(Level of) {
        return of == Level.WARNING ? "WARN" : of.name();
    }

    private static String stack(Throwable thrown) {
        StringWriter stack = new StringWriter();
        thrown.printStackTrace(new PrintWriter(stack));
        return stack.toString().strip();
    }

    private static String cut(String message) {
        return message.length() <= MESSAGE_LENGTH_MAX
                ? message
                : message.substring(0, MESSAGE_LENGTH_MAX) + "...";
    }
}
