package dev.colonnade.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Makes the tables of the benchmark scripts out of their rounds.
///
/// `ReportMain through|edits|overload|latency|quick|quick-json|json DIRECTORY`: each `*.facts` file
/// there holds what `LoadMain` printed in one round, and the lines `group=`, `subject=` and
/// `yardstick=` that the script added. Files are read in the order of their names. Ends with status
/// 1 when a check failed in any of them.
public final class ReportMain {
    private ReportMain() {}

    /// Prints the tables.
    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            Console.ERR.println(
                    "usage: ReportMain through|edits|overload|latency|quick|quick-json|json"
                            + " DIRECTORY");
            System.exit(2);
            return;
        }
        List<Facts> rounds = read(Path.of(args[1]));
        if (args[0].equals("json")) {
            rounds.forEach(round -> Console.OUT.println(round.toJson()));
            return;
        }
        if (args[0].startsWith("quick")) {
            quick(rounds, Path.of(args[1]), args[0].equals("quick-json"));
            return;
        }
        String text =
                switch (args[0]) {
                    case "through" -> through(rounds);
                    case "edits" -> EditsReport.table(rounds);
                    case "overload" -> overload(rounds);
                    case "latency" -> latency(rounds);
                    default ->
                            throw new IllegalArgumentException("unknown report: name=" + args[0]);
                };
        Console.OUT.print(text);
        List<String> failures = failures(rounds);
        failures.forEach(failure -> Console.OUT.println("FAILED: " + failure));
        if (!failures.isEmpty()) {
            System.exit(1);
        }
    }

    /// Reads, beside the rounds, what the script wrote: `run`, `held-before` and `held-after`.
    private static void quick(List<Facts> rounds, Path directory, boolean json) throws IOException {
        QuickReport report =
                new QuickReport(
                        rounds,
                        Facts.parseLines(Files.readString(directory.resolve("run"))),
                        Scrape.parse(Files.readString(directory.resolve("held-before"))),
                        Scrape.parse(Files.readString(directory.resolve("held-after"))));
        Console.OUT.print(json ? report.json() : report.table());
        failures(rounds).forEach(failure -> Console.ERR.println("FAILED: " + failure));
        if (report.isMissed()) {
            System.exit(1);
        }
    }

    private static List<Facts> read(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.filter(file -> file.toString().endsWith(".facts")).sorted().toList();
        }
        List<Facts> rounds = new ArrayList<>();
        for (Path file : files) {
            rounds.add(Facts.parseLines(Files.readString(file)));
        }
        return rounds;
    }

    /// What the sink held against any round.
    static List<String> failures(List<Facts> rounds) {
        List<String> failures = new ArrayList<>();
        for (Facts round : rounds) {
            for (String name :
                    List.of(
                            "check_lost_records",
                            "check_surplus_records",
                            "check_refused_arrived_records",
                            "check_records_changed",
                            "check_resources_changed",
                            "check_scopes_changed",
                            "check_records_unidentified",
                            "check_requests_malformed",
                            "refused_without_delay",
                            "permanent_requests")) {
                double count = round.number(name, 0);
                if (count != 0) {
                    failures.add(label(round) + ": " + name + "=" + Table.number(count));
                }
            }
            if (round.number("accepted_records", 0) == 0) {
                failures.add(label(round) + ": nothing was accepted");
            }
        }
        return failures;
    }

    private static String label(Facts round) {
        return round.text("group") + ", " + round.text("subject");
    }

    private static Map<String, List<Facts>> groupBy(List<Facts> rounds, String name) {
        Map<String, List<Facts>> groups = new LinkedHashMap<>();
        for (Facts round : rounds) {
            String key = round.text(name);
            groups.computeIfAbsent(key == null ? "" : key, _ -> new ArrayList<>()).add(round);
        }
        return groups;
    }

    static String through(List<Facts> rounds) {
        Table table =
                new Table(
                        "path",
                        "subject",
                        "CPU ns/record",
                        "lowest",
                        "ratio",
                        "records/s",
                        "peak RSS MiB",
                        "alloc B/request",
                        "GC % of time",
                        "p99 ms",
                        "generator ns/record",
                        "lost",
                        "twice");
        groupBy(rounds, "group")
                .forEach((group, all) -> {
                    Map<String, List<Facts>> subjects = groupBy(all, "subject");
                    String yardstick = String.valueOf(all.getFirst().text("yardstick"));
                    List<Facts> base = subjects.get(yardstick);
                    double one =
                            base == null
                                    ? Double.NaN
                                    : Samples.of(base, "subject_cpu_ns_per_delivered").median();
                    subjects.forEach(
                            (subject, own) -> table.row(throughRow(group, subject, own, one)));
                });
        return table.toString();
    }

    private static String[] throughRow(
            String group, String subject, List<Facts> rounds, double one) {
        Samples cpu = Samples.of(rounds, "subject_cpu_ns_per_delivered");
        return new String[] {
            group,
            subject,
            Table.number(cpu.median()),
            Table.number(cpu.lowest()),
            Table.number(cpu.median() / one),
            Table.number(Samples.of(rounds, "accepted_records_per_s").median()),
            Table.number(Samples.of(rounds, "subject_rss_peak_mib").highest()),
            Table.number(Samples.of(rounds, "allocated_bytes_per_request").median()),
            Table.number(gcPercent(rounds)),
            Table.number(Samples.of(rounds, "latency_us_p99").median() / 1e3),
            Table.number(Samples.of(rounds, "own_cpu_ns_per_record").median()),
            Table.number(Samples.of(rounds, "check_lost_records").sum()),
            Table.number(Samples.of(rounds, "check_records_duplicate").sum())
        };
    }

    private static double gcPercent(List<Facts> rounds) {
        double seconds = Samples.of(rounds, "measured_s").sum();
        return Samples.of(rounds, "gc_pause_ms").sum() / 10 / seconds;
    }

    /// Groups are paths; subjects are `below`, `peak` and the factors, in this order in each group.
    static String overload(List<Facts> rounds) {
        Table table =
                new Table(
                        "path",
                        "offered",
                        "offered rec/s",
                        "accepted rec/s",
                        "of peak %",
                        "refused req/s",
                        "unsent req/s",
                        "no delay",
                        "RSS min MiB",
                        "RSS max MiB",
                        "accept us",
                        "refuse us",
                        "refuse/accept %",
                        "drain s",
                        "lost",
                        "twice");
        groupBy(rounds, "group")
                .forEach((group, all) -> {
                    double peak = Double.NaN;
                    double acceptCost = Double.NaN;
                    for (Facts round : all) {
                        String subject = String.valueOf(round.text("subject"));
                        if (subject.equals("below")) {
                            acceptCost = cpuPerAccepted(round);
                        } else if (subject.equals("peak")) {
                            peak = round.number("accepted_records_per_s", Double.NaN);
                        }
                        table.row(overloadRow(group, subject, round, peak, acceptCost));
                    }
                });
        return table.toString();
    }

    /// Microseconds of processor time per accepted request.
    private static double cpuPerAccepted(Facts round) {
        return 1e3
                * round.number("subject_cpu_ms", Double.NaN)
                / round.number("accepted_requests", Double.NaN);
    }

    /// Microseconds per refused request: what is left when acceptances are paid at the price of the
    /// run below capacity.
    static double cpuPerRefusal(Facts round, double acceptCost) {
        double refused = round.number("refused_requests", 0);
        if (refused == 0) {
            return Double.NaN;
        }
        double spent = 1e3 * round.number("subject_cpu_ms", Double.NaN);
        return (spent - acceptCost * round.number("accepted_requests", 0)) / refused;
    }

    private static String[] overloadRow(
            String group, String subject, Facts round, double peak, double acceptCost) {
        double seconds = round.number("measured_s", Double.NaN);
        double accepted = round.number("accepted_records_per_s", Double.NaN);
        double refusal = cpuPerRefusal(round, acceptCost);
        return new String[] {
            group,
            subject,
            Table.number(round.number("offered_records", Double.NaN) / seconds),
            Table.number(accepted),
            Table.number(100 * accepted / peak),
            Table.number(round.number("refused_requests", 0) / seconds),
            Table.number(round.number("unsent_requests", 0) / seconds),
            Table.number(round.number("refused_without_delay", 0)),
            Table.number(round.number("subject_rss_min_mib", Double.NaN)),
            Table.number(round.number("subject_rss_max_mib", Double.NaN)),
            Table.number(acceptCost),
            Table.number(refusal),
            Table.number(100 * refusal / acceptCost),
            Table.number(round.number("drain_s", Double.NaN)),
            Table.number(round.number("check_lost_records", Double.NaN)),
            Table.number(round.number("check_records_duplicate", Double.NaN))
        };
    }

    static String latency(List<Facts> rounds) {
        Table table = new Table("path", "latency", "p50 us", "p99 us", "p99.9 us", "samples");
        groupBy(rounds, "group")
                .forEach((group, all) -> {
                    latencyRow(
                            table,
                            group,
                            all,
                            "colonnade_delivery_seconds_us",
                            "agent: receive to socket write");
                    latencyRow(
                            table,
                            group,
                            all,
                            "colonnade_acknowledge_seconds_us",
                            "agent: receive to answer");
                    latencyRow(table, group, all, "latency_us", "client: intended send to answer");
                });
        return table.toString();
    }

    private static void latencyRow(
            Table table, String group, List<Facts> rounds, String name, String title) {
        String count =
                name.equals("latency_us") ? "accepted_requests" : name.replace("_us", "_count");
        table.row(
                group,
                title,
                Table.number(Samples.of(rounds, name + "_p50").median()),
                Table.number(Samples.of(rounds, name + "_p99").median()),
                Table.number(Samples.of(rounds, name + "_p999").median()),
                Table.number(Samples.of(rounds, count).sum()));
    }
}
