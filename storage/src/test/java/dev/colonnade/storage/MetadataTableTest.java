package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What entries know of the requests that brought them.
final class MetadataTableTest {
    private static final MetadataKeys KEYS =
            new MetadataKeys(List.of("Tenant", "user", "tenant"), 3);

    @Test
    void requestsWithTheSameValuesHaveOneNumber() {
        MetadataTable table = new MetadataTable(KEYS);
        int first = acquire(table, Map.of("tenant", List.of("a"), "other", List.of("1")));
        int second = acquire(table, Map.of("tenant", List.of("a"), "other", List.of("2")));
        int twice = acquire(table, Map.of("tenant", List.of("a", "a")));
        int user = acquire(table, Map.of("user", List.of("a")));
        assertThat(List.of(first, second, twice, user)).containsExactly(1, 1, 2, 3);
        assertThat(table.values(first, "tenant")).containsExactly("a");
        assertThat(table.values(twice, "tenant")).containsExactly("a", "a");
        assertThat(table.values(user, "tenant")).isEmpty();
        assertThat(table.values(user, "user")).containsExactly("a");
        assertThat(table.values(first, "other")).isEmpty();
        assertThat(table.values(MetadataTable.NONE, "tenant")).isEmpty();
        assertThat(acquire(table, Map.of("other", List.of("x")))).isEqualTo(MetadataTable.NONE);
    }

    @Test
    void numberIsFreeWhenItsLastEntryIsGone() {
        MetadataTable table = new MetadataTable(KEYS);
        int first = acquire(table, Map.of("tenant", List.of("a")));
        assertThat(acquire(table, Map.of("tenant", List.of("a")))).isEqualTo(first);
        table.release(first);
        assertThat(table.size()).isOne();
        table.release(first);
        assertThat(table.size()).isZero();
        assertThatThrownBy(() -> table.release(first)).isInstanceOf(NullPointerException.class);
        assertThat(acquire(table, Map.of("tenant", List.of("b")))).isEqualTo(first);
        assertThat(table.values(first, "tenant")).containsExactly("b");
    }

    @Test
    void oneCombinationTooManyIsRefusedUntilAnotherIsGone() {
        MetadataTable table = new MetadataTable(KEYS);
        for (int tenant = 1; tenant <= 3; tenant++) {
            assertThat(acquire(table, Map.of("tenant", List.of("t" + tenant)))).isEqualTo(tenant);
        }
        assertThat(acquire(table, Map.of("tenant", List.of("t4")))).isEqualTo(MetadataTable.FULL);
        assertThat(acquire(table, Map.of("tenant", List.of("t2")))).isEqualTo(2);
        table.release(3);
        assertThat(acquire(table, Map.of("tenant", List.of("t4")))).isEqualTo(3);
    }

    @Test
    void longValuesAreRefusedBeforeTheyFillTheHeap() {
        MetadataTable table = new MetadataTable(new MetadataKeys(List.of("k"), 0));
        String large = "x".repeat(MetadataTable.CHARS_MAX / 2 - 1000);
        assertThat(acquire(table, Map.of("k", List.of(large)))).isEqualTo(1);
        assertThat(acquire(table, Map.of("k", List.of(large + 1)))).isEqualTo(2);
        assertThat(acquire(table, Map.of("k", List.of(large + 2)))).isEqualTo(MetadataTable.FULL);
        table.release(1);
        assertThat(acquire(table, Map.of("k", List.of(large + 2)))).isEqualTo(1);
    }

    @Test
    void numbersAlwaysStandForWhatTheyWereGivenFor() {
        Random random = new Random(7);
        MetadataTable table = new MetadataTable(new MetadataKeys(List.of("k"), 0));
        List<Integer> held = new ArrayList<>();
        Map<Integer, String> expected = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            if (held.isEmpty() || random.nextInt(5) > 1) {
                String value = "v" + random.nextInt(60);
                int id = acquire(table, Map.of("k", List.of(value)));
                held.add(id);
                assertThat(expected.putIfAbsent(id, value)).isIn(null, value);
            } else {
                int place = random.nextInt(held.size());
                int id = held.get(place);
                held.set(place, held.getLast());
                held.removeLast();
                table.release(id);
                if (!held.contains(id)) {
                    expected.remove(id);
                }
            }
            if (held.size() > 200) {
                held.forEach(table::release);
                held.clear();
                expected.clear();
            }
            assertThat(table.size()).isEqualTo(expected.size());
        }
        expected.forEach((id, value) -> assertThat(table.values(id, "k")).containsExactly(value));
    }

    private static int acquire(MetadataTable table, Map<String, List<String>> request) {
        return table.acquire(name -> request.getOrDefault(name, List.of()));
    }
}
