package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.OtlpOracle.Row;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What was sent, to be compared with what arrived, record by record, each with its resource, scope
/// and metric. Thread-safe.
final class Sent {
    private final Map<Signal, List<Row>> accepted = new EnumMap<>(Signal.class);
    private final Set<Row> doubtful = new HashSet<>();

    /// Notes a request that was accepted.
    synchronized void add(Signal signal, byte[] plain) {
        accepted.computeIfAbsent(signal, _ -> new ArrayList<>()).addAll(rows(signal, plain));
    }

    /// Notes a request of which it is not known whether it was accepted.
    synchronized void addDoubtful(Signal signal, byte[] plain) {
        doubtful.addAll(rows(signal, plain));
    }

    /// The accepted records of a signal, in order.
    synchronized List<Row> rows(Signal signal) {
        return List.copyOf(accepted.getOrDefault(signal, List.of()));
    }

    /// How many records were accepted.
    synchronized int records() {
        return accepted.values().stream().mapToInt(List::size).sum();
    }

    /// Checks that the backend took exactly what was accepted, in any order.
    void arrivedExactlyAt(Backend backend) {
        for (Signal signal : Signal.values()) {
            same(signal.label(), rows(signal), backend.rows(signal));
        }
    }

    /// Checks that the backend took everything that was accepted, and nothing that was not sent.
    void arrivedAtLeastOnceAt(Backend backend) {
        for (Signal signal : Signal.values()) {
            Set<Row> arrived = new HashSet<>(backend.rows(signal));
            List<Row> missing =
                    rows(signal).stream().filter(row -> !arrived.contains(row)).toList();
            assertThat(missing.size()).as("accepted %s that did not arrive", signal).isZero();
            arrived.removeAll(new HashSet<>(rows(signal)));
            synchronized (this) {
                arrived.removeAll(doubtful);
            }
            assertThat(arrived.size()).as("%s that nobody sent", signal).isZero();
        }
    }

    /// The records of a request.
    static List<Row> rows(Signal signal, byte[] plain) {
        try {
            return OtlpOracle.rows(OtlpOracle.whole().parse(signal, plain));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /// Checks that two lists hold the same records, each as often.
    static void same(String what, List<Row> wanted, List<Row> found) {
        Map<Row, Integer> difference = new HashMap<>();
        wanted.forEach(row -> difference.merge(row, 1, Integer::sum));
        found.forEach(row -> difference.merge(row, -1, Integer::sum));
        int missing = difference.values().stream().mapToInt(n -> Math.max(n, 0)).sum();
        int surplus = difference.values().stream().mapToInt(n -> Math.max(-n, 0)).sum();
        assertThat(missing)
                .as("%s: missing of %d, surplus=%d", what, wanted.size(), surplus)
                .isZero();
        assertThat(surplus).as("%s: more than the %d that were sent", what, wanted.size()).isZero();
    }
}
