package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.Facts;
import org.jspecify.annotations.Nullable;

/// Compares what a load generator was promised with what arrived.
///
/// A ledger is text, as `LoadMain --ledger` writes it: `generator=N`, then runs of request numbers,
/// `A first last` for accepted, `R` for refused, `U` for those whose answer never came. Where
/// bodies repeat, `C slot accepted uncertain` counts for each body of the ring how often it was
/// accepted and how often nobody knows.
final class LedgerCheck {
    private final Checker checker;
    private @Nullable Track track;
    private long accepted;
    private long lost;
    private long refusedArrived;
    private long uncertainArrived;
    private long surplus;

    LedgerCheck(Checker checker) {
        this.checker = checker;
    }

    /// Reads a ledger and says what is missing.
    ///
    /// @throws IllegalArgumentException when the text is no ledger
    Facts check(String ledger) {
        ledger.lines().forEach(this::line);
        return new Facts()
                .put("accepted_records", accepted)
                .put("lost_records", lost)
                .put("refused_arrived_records", refusedArrived)
                .put("uncertain_arrived_records", uncertainArrived)
                .put("surplus_records", surplus);
    }

    private void line(String line) {
        if (line.startsWith("generator=")) {
            track = checker.track(Integer.parseInt(line.substring("generator=".length())));
            return;
        }
        String[] parts = line.split(" ", -1);
        if (parts.length < 3) {
            return;
        }
        if (parts[0].equals("N")) {
            // Nothing arrived at all, so records per request are not known from the data.
            missing(Long.parseLong(parts[1]), Long.parseLong(parts[2]));
            return;
        }
        Track known = track;
        if (known == null) {
            return;
        }
        if (parts[0].equals("C")) {
            repeated(
                    known,
                    Integer.parseInt(parts[1]),
                    Long.parseLong(parts[2]),
                    Long.parseLong(parts[3]));
        } else {
            run(known, parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]));
        }
    }

    /// A whole ledger's accepted requests and records per request.
    private void missing(long requests, long recordsPerRequest) {
        if (track == null) {
            accepted += requests * recordsPerRequest;
            lost += requests * recordsPerRequest;
        }
    }

    private void run(Track known, String state, long first, long last) {
        long arrived = known.arrived(first, last);
        long records = (last - first + 1) * known.descriptor().recordsPerRequest();
        switch (state) {
            case "A" -> {
                accepted += records;
                lost += records - arrived;
            }
            case "R" -> refusedArrived += arrived;
            case "U" -> uncertainArrived += arrived;
            default -> throw new IllegalArgumentException("unknown ledger line: state=" + state);
        }
    }

    private void repeated(Track known, int slot, long acceptedTimes, long uncertainTimes) {
        int records = known.descriptor().recordsPerRequest();
        accepted += acceptedTimes * records;
        for (int number = 0; number < records; number++) {
            long count = known.count(slot, number);
            lost += Math.max(0, acceptedTimes - count);
            surplus += Math.max(0, count - acceptedTimes - uncertainTimes);
        }
    }
}
