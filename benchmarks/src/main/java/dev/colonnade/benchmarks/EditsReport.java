package dev.colonnade.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an edit of every record costs beyond passing it on: each round of an edit against the plain
/// round before it.
///
/// The bytes that left per record tell whether the edit was done at all: the sink compares no
/// contents where they are meant to change.
final class EditsReport {
    private static final String CPU = "subject_cpu_ns_per_delivered";

    private EditsReport() {}

    /// The table of rounds in the order in which they were run.
    static String table(List<Facts> rounds) {
        Map<String, Rounds> subjects = new LinkedHashMap<>();
        Map<String, Double> plain = new LinkedHashMap<>();
        for (Facts round : rounds) {
            String group = String.valueOf(round.text("group"));
            String subject = String.valueOf(round.text("subject"));
            double cpu = round.number(CPU, Double.NaN);
            if (subject.equals(round.text("yardstick"))) {
                plain.put(group, cpu);
            }
            Rounds own =
                    subjects.computeIfAbsent(
                            group + "\n" + subject, _ -> new Rounds(group, subject));
            own.cpu.add(cpu);
            own.extra.add(cpu - plain.getOrDefault(group, Double.NaN));
            own.bytes.add(
                    round.number("delivered_wire_bytes", Double.NaN)
                            / round.number("delivered_records", Double.NaN));
        }
        Table table =
                new Table(
                        "path",
                        "edit",
                        "CPU ns/record",
                        "extra ns/record",
                        "lowest extra",
                        "highest extra",
                        "bytes out/record");
        subjects.values().forEach(own -> own.addTo(table));
        return table.toString();
    }

    private static final class Rounds {
        final List<Double> cpu = new ArrayList<>();
        final List<Double> extra = new ArrayList<>();
        final List<Double> bytes = new ArrayList<>();
        private final String group;
        private final String subject;

        Rounds(String group, String subject) {
            this.group = group;
            this.subject = subject;
        }

        void addTo(Table table) {
            Samples extras = Samples.of(extra);
            table.row(
                    group,
                    subject,
                    Table.number(Samples.of(cpu).median()),
                    Table.number(extras.median()),
                    Table.number(extras.lowest()),
                    Table.number(extras.highest()),
                    Table.number(Samples.of(bytes).median()));
        }
    }
}
