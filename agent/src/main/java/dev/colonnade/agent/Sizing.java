package dev.colonnade.agent;

import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.MemoryPlan;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// `colonnade sizing`: how many records fit into a limit while a backend is away, and for how long.
///
/// What a record takes is measured and never guessed: by the agent that is asked, or, for signals
/// that it has not packed and where none is asked, with standard data by `scripts/measure-sizing`.
/// What an agent keeps for itself and for sending is planned as the agent plans it.
final class Sizing {
    private static final int SIGNALS = Signal.values().length;
    private static final long RATE_NANOS = 5_000_000_000L;
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int PAGE_BYTES_MAX = 16 << 20;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double SECONDS_PER_MINUTE = 60;

    /// One signal's records.
    ///
    /// @param bytes what one takes, packed
    /// @param wireBytes what one takes as plain OTLP
    /// @param perSecond how many come; 0 when it is not known, or none do
    /// @param isOwn whether the agent measured it, and not somebody else with standard data
    record Figure(double bytes, double wireBytes, double perSecond, boolean isOwn) {}

    /// What is known of an agent, or assumed of one.
    ///
    /// @param runtimeBytes what it needs beside telemetry
    record Agent(long runtimeBytes, int loops, int cursors, Map<Signal, Figure> figures) {}

    private Sizing() {}

    /// Answers.
    ///
    /// @return the exit code
    static int run(CommandLine.Size asked, PrintStream out, PrintStream err) {
        try {
            Agent agent =
                    asked.agent() == null
                            ? assumed(
                                    asked.limitBytes(),
                                    Runtime.getRuntime().maxMemory(),
                                    Runtime.getRuntime().availableProcessors())
                            : measured(asked.agent());
            answer(asked.limitBytes(), agent).forEach(out::println);
            return Summary.EXIT_CLEAN;
        } catch (IOException | IllegalArgumentException e) {
            err.println("colonnade: cannot tell what fits: cause=" + e.getMessage());
            return Summary.EXIT_NOT_STARTED;
        }
    }

    /// The lines of an answer.
    ///
    /// @throws IllegalArgumentException when the limit is too small for an agent
    static List<String> answer(long limitBytes, Agent agent) throws IOException {
        long budget = limitBytes - agent.runtimeBytes();
        if (budget < MemoryPlan.BUDGET_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "limit is too small for an agent: limit="
                            + limitBytes
                            + ", runtime="
                            + agent.runtimeBytes()
                            + ", needed="
                            + (agent.runtimeBytes() + MemoryPlan.BUDGET_BYTES_MIN)
                            + "; a smaller heap needs less");
        }
        boolean packs = TelemetryMemory.isPacking(budget, agent.loops(), agent.cursors());
        long room = budget - TelemetryMemory.keptBytes(budget, agent.loops(), agent.cursors());
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(
                        Locale.ROOT,
                        "limit %s: runtime %s, to send and to change shapes %s, for records %s",
                        mebibytes(limitBytes),
                        mebibytes(agent.runtimeBytes()),
                        mebibytes(budget - room),
                        mebibytes(room)));
        if (!packs) {
            lines.add("too little memory to pack: records stay rows");
        }
        double bytesPerSecond = 0;
        for (Signal signal : Signal.values()) {
            @Nullable Figure figure = agent.figures().get(signal);
            if (figure == null) {
                figure = standard(budget, signal, 0);
            }
            double each = packs ? figure.bytes() : figure.wireBytes();
            bytesPerSecond += each * figure.perSecond();
            lines.add(line(signal, figure, each, room));
        }
        if (bytesPerSecond > 0) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "at the present rate of all signals together: %.1f minutes",
                            room / bytesPerSecond / SECONDS_PER_MINUTE));
        }
        return lines;
    }

    private static String line(Signal signal, Figure figure, double each, long room) {
        return String.format(
                Locale.ROOT,
                "%-7s %,15d records of %.1f bytes (%.0f as OTLP), measured %s%s",
                signal.label(),
                (long) (room / each),
                each,
                figure.wireBytes(),
                figure.isOwn() ? "by the agent" : "with standard data",
                figure.perSecond() > 0
                        ? String.format(Locale.ROOT, ", %.1f come per second", figure.perSecond())
                        : "");
    }

    /// The agent that would run as this command does, with its heap and its processors.
    static Agent assumed(long limitBytes, long heapBytes, int processors) {
        int loops =
                LoopCount.of(
                        processors, count -> limitBytes - RuntimeReserve.bytes(heapBytes, count));
        return new Agent(RuntimeReserve.bytes(heapBytes, loops), loops, SIGNALS, Map.of());
    }

    /// Reads a running agent twice, to know its rates.
    private static Agent measured(String uri) throws IOException {
        MetricsPage before = read(uri);
        long began = System.nanoTime();
        long end = began + RATE_NANOS;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        MetricsPage now = read(uri);
        return of(before, now, (System.nanoTime() - began) / NANOS_PER_SECOND);
    }

    /// What two pages that are `seconds` apart say of their agent.
    static Agent of(MetricsPage before, MetricsPage now, double seconds) throws IOException {
        OptionalDouble budget = now.sum("colonnade_memory_limit_bytes");
        if (budget.isEmpty()) {
            throw new IOException("no agent's metrics: colonnade_memory_limit_bytes is missing");
        }
        int loops = Math.max(1, now.count("colonnade_loop_silence_seconds"));
        long heap =
                (long)
                        now.sum("jvm_memory_max_bytes", "area=\"heap\"")
                                .orElse((double) Runtime.getRuntime().maxMemory());
        Map<Signal, Figure> figures = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            String label = "signal=\"" + signal.label() + "\"";
            double rate = (accepted(now, label) - accepted(before, label)) / seconds;
            @Nullable Figure own = own(now, label, rate);
            figures.put(
                    signal,
                    own == null ? standard((long) budget.getAsDouble(), signal, rate) : own);
        }
        return new Agent(
                RuntimeReserve.bytes(heap, loops),
                loops,
                Math.max(1, now.count("colonnade_exporter_backlog_records")),
                figures);
    }

    private static double accepted(MetricsPage page, String label) {
        return page.sum("colonnade_records_accepted_total", label).orElse(0);
    }

    /// Of what the agent holds packed now, the mean over its pipelines; null when that is nothing.
    private static @Nullable Figure own(MetricsPage page, String label, double rate) {
        String shape = "shape=\"packed\"";
        double records = page.sum("colonnade_storage_records", label, shape).orElse(0);
        double bytes = page.sum("colonnade_storage_bytes", label, shape).orElse(0);
        String wire = "colonnade_storage_shape_wire_bytes_per_record";
        double wires = page.sum(wire, label, shape).orElse(0);
        if (records <= 0 || bytes <= 0 || wires <= 0) {
            return null;
        }
        return new Figure(bytes / records, wires / page.count(wire, label, shape), rate, true);
    }

    /// What was measured with the largest budget that is not larger than `budgetBytes`, or the
    /// smallest: the more memory, the larger the blocks.
    private static Figure standard(long budgetBytes, Signal signal, double rate)
            throws IOException {
        Properties measured = new Properties();
        try (InputStream file = Sizing.class.getResourceAsStream("sizing.properties")) {
            if (file == null) {
                throw new IOException("figures are missing: file=sizing.properties");
            }
            measured.load(file);
        }
        TreeSet<Long> budgets = new TreeSet<>();
        for (String key : measured.stringPropertyNames()) {
            budgets.add(Long.parseLong(key.substring(0, key.indexOf('.'))));
        }
        @Nullable Long floor = budgets.floor(budgetBytes >> 20);
        long best = floor == null ? budgets.first() : floor;
        String[] figure = measured.getProperty(best + "." + signal.label(), "").split(" of ", -1);
        return new Figure(
                Double.parseDouble(figure[0]), Double.parseDouble(figure[1]), rate, false);
    }

    private static MetricsPage read(String uri) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create(uri).toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        try (InputStream body = connection.getInputStream()) {
            byte[] page = body.readNBytes(PAGE_BYTES_MAX);
            return MetricsPage.of(new String(page, StandardCharsets.UTF_8));
        } finally {
            connection.disconnect();
        }
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }
}
