package dev.colonnade.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The table of the quick performance test: figures beside their limits.
///
/// A figure that has a limit and could not be measured is a miss. Only the ratio to nginx may be
/// absent, where nginx is.
final class QuickReport {
    /// Microseconds in a millisecond, the unit in which latencies are shown.
    private static final double MICROS = 1e3;

    /// One line of the table.
    ///
    /// @param name what was measured
    /// @param value the figure, NaN where there is none
    /// @param unit of the figure
    /// @param beside what to read it beside, or why there is no figure
    /// @param limit the most it may be, NaN where nothing is asked of it
    /// @param excused whether the figure may be absent
    record Row(
            String name, double value, String unit, String beside, double limit, boolean excused) {
        boolean isMissed() {
            boolean absent = Double.isNaN(value);
            return !Double.isNaN(limit) && (absent ? !excused : value > limit);
        }

        String verdict() {
            if (Double.isNaN(limit) || (Double.isNaN(value) && excused)) {
                return "-";
            }
            return isMissed() ? "MISS" : "ok";
        }
    }

    private final List<Facts> rounds;
    private final Facts run;
    private final Scrape heldBefore;
    private final Scrape heldAfter;
    private final List<Row> rows = new ArrayList<>();

    /// @param rounds what the load generator found; `group` is `http` or `grpc` (closed loop),
    ///   `http latency` or `grpc latency` (open loop), or `held` (backend down)
    /// @param run `machine`, `commit`, `command`, the limits as `limit_NAME`, the starts as
    ///   `start_us_N` and the shapes as `shape_GROUP`
    /// @param heldBefore the agent's metrics before the backend went down
    /// @param heldAfter the same when the records are held
    QuickReport(List<Facts> rounds, Facts run, Scrape heldBefore, Scrape heldAfter) {
        this.rounds = rounds;
        this.run = run;
        this.heldBefore = heldBefore;
        this.heldAfter = heldAfter;
        through("http", "nginx-http");
        through("grpc", "nginx-tcp");
        latency("http");
        latency("grpc");
        held();
        process();
    }

    List<Row> rows() {
        return List.copyOf(rows);
    }

    /// Whether any limit was missed.
    boolean isMissed() {
        return rows.stream().anyMatch(Row::isMissed);
    }

    private List<Facts> of(String group, String subject) {
        return rounds.stream()
                .filter(round -> group.equals(round.text("group")))
                .filter(round -> subject.equals(round.text("subject")))
                .toList();
    }

    private static double median(List<Facts> rounds, String name) {
        return rounds.isEmpty() ? Double.NaN : Samples.of(rounds, name).median();
    }

    private double limit(String name) {
        return run.number("limit_" + name, Double.NaN);
    }

    private void row(String name, double value, String unit, String beside) {
        rows.add(new Row(name, value, unit, beside, Double.NaN, false));
    }

    private void row(String name, double value, String unit, String beside, double limit) {
        rows.add(new Row(name, value, unit, beside, limit, false));
    }

    private void through(String protocol, String yardstick) {
        List<Facts> agent = of(protocol, "agent");
        List<Facts> nginx = of(protocol, yardstick);
        String absent = nginx.isEmpty() ? "no " + yardstick + " here" : "";
        double cost = cost(agent);
        double one = cost(nginx);
        String title = protocol + " through: ";
        row(title + "processor time", cost, "ns/record", beside(yardstick, one, absent));
        rows.add(
                new Row(
                        title + "ratio",
                        cost / one,
                        "x " + yardstick,
                        absent,
                        limit(protocol + "_ratio"),
                        nginx.isEmpty()));
        row(title + "throughput", rate(agent), "records/s", beside(yardstick, rate(nginx), absent));
        row(
                title + "garbage",
                median(agent, "allocated_bytes_per_request"),
                "B/request",
                "",
                limit("garbage_bytes"));
        double share = 0.1 * median(agent, "gc_pause_ms") / median(agent, "measured_s");
        row(title + "collections", share, "% of time", "", limit("gc_percent"));
    }

    /// Nanoseconds of processor time per record, of all rounds together: a round in which the
    /// machine was taken away weighs as little as it carried. NaN where nothing came through.
    private static double cost(List<Facts> rounds) {
        double records = sum(rounds, "accepted_records");
        return records > 0 ? 1e6 * sum(rounds, "subject_cpu_ms") / records : Double.NaN;
    }

    private static double rate(List<Facts> rounds) {
        return sum(rounds, "accepted_records") / sum(rounds, "measured_s");
    }

    private static double sum(List<Facts> rounds, String name) {
        return rounds.isEmpty() ? Double.NaN : Samples.of(rounds, name).sum();
    }

    private static String beside(String what, double value, String absent) {
        return absent.isEmpty() ? what + " " + Table.number(value) : absent;
    }

    private void latency(String protocol) {
        List<Facts> agent = of(protocol + " latency", "agent");
        for (String percentile : List.of("p50", "p99", "p999")) {
            String shown = percentile.equals("p999") ? "p99.9" : percentile;
            double delivered = median(agent, "colonnade_delivery_seconds_us_" + percentile);
            row(
                    protocol + " answer: " + shown,
                    median(agent, "latency_us_" + percentile) / MICROS,
                    "ms",
                    "to the exporter's socket <= " + Table.number(delivered / MICROS),
                    percentile.equals("p99") ? limit("p99_ms") : Double.NaN);
        }
        row(
                protocol + " answer: unsent or refused",
                median(agent, "unsent_requests") + median(agent, "refused_requests"),
                "requests",
                "of " + Table.number(median(agent, "offered_requests")) + " offered");
    }

    private void held() {
        double records = heldAfter.total("colonnade_storage_records");
        double more = records - heldBefore.total("colonnade_storage_records");
        double wire = figure(heldAfter, "colonnade_storage_wire_bytes_per_record");
        double grown =
                figure(heldAfter, "process_resident_memory_bytes")
                        - figure(heldBefore, "process_resident_memory_bytes");
        double accepted = median(of("held", "agent"), "total_accepted_records");
        row("backend down: held", records, "records", "accepted " + Table.number(accepted));
        row("backend down: missing", accepted - more, "records", "", limit("lost"));
        row(
                "backend down: store",
                figure(heldAfter, "colonnade_storage_bytes_per_record"),
                "B/record",
                "wire " + Table.number(wire),
                limit("held_factor") * (Double.isNaN(wire) ? 0 : wire) + limit("held_plus"));
        row("backend down: RSS growth", more > 0 ? grown / more : Double.NaN, "B/record", "");
    }

    private static double figure(Scrape page, String name) {
        return page.has(name) ? page.total(name) : Double.NaN;
    }

    private void process() {
        double peak = Double.NaN;
        for (Facts round : rounds) {
            if ("agent".equals(round.text("subject"))) {
                double rss = round.number("subject_rss_peak_mib", Double.NaN);
                peak = Double.isNaN(peak) ? rss : Math.max(peak, rss);
            }
        }
        row("peak RSS", peak, "MiB", "", limit("rss_mib"));
        List<Facts> starts = new ArrayList<>();
        for (int i = 1; run.text("start_us_" + i) != null; i++) {
            starts.add(new Facts().put("ms", run.number("start_us_" + i, Double.NaN) / MICROS));
        }
        String range =
                starts.isEmpty()
                        ? ""
                        : Table.number(Samples.of(starts, "ms").lowest())
                                + " to "
                                + Table.number(Samples.of(starts, "ms").highest());
        row("start to first answer", median(starts, "ms"), "ms", range, limit("start_ms"));
        row("lost, changed or refused wrongly", wrong(), "findings", "", limit("lost"));
    }

    /// How many findings the sink has held against the rounds.
    private double wrong() {
        return rounds.isEmpty() ? Double.NaN : ReportMain.failures(rounds).size();
    }

    /// The table for people, Markdown.
    String table() {
        Table table = new Table("figure", "value", "unit", "beside", "limit", "verdict");
        for (Row row : rows) {
            table.row(
                    row.name(),
                    Table.number(row.value()),
                    row.unit(),
                    row.beside(),
                    Double.isNaN(row.limit()) ? "" : "<= " + Table.number(row.limit()),
                    row.verdict());
        }
        return table.toString();
    }

    /// One JSON object: where it ran, whether all limits held, the figures. Absent figures and
    /// limits are left out.
    String json() {
        StringBuilder json = new StringBuilder("{");
        for (String name : List.of("machine", "commit", "command")) {
            Facts one = new Facts().put(name, text(run.text(name)));
            String object = one.toJson();
            json.append(object, 1, object.length() - 1).append(",\n ");
        }
        json.append(String.format(Locale.ROOT, "\"ok\": %b,%n \"figures\": [", !isMissed()));
        for (Row row : rows) {
            Facts facts = new Facts().put("name", row.name()).put("unit", row.unit());
            if (Double.isFinite(row.value())) {
                facts.put("value", row.value());
            }
            facts.put("beside", row.beside());
            if (Double.isFinite(row.limit())) {
                facts.put("limit", row.limit());
            }
            facts.put("verdict", row.verdict());
            json.append(json.charAt(json.length() - 1) == '[' ? "\n  " : ",\n  ")
                    .append(facts.toJson());
        }
        return json.append("\n ]}\n").toString();
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
