package dev.colonnade.storage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The request metadata that one loop's part of a store keeps: each combination of values once, by
/// a number that entries carry, for as long as an entry carries it.
///
/// ```
///   acquire -> id, one reference     append: the entry has it     settle -> release
///      +-> FULL                      not appended -> release
/// ```
///
/// Numbers begin at 1 and are used again. Used on the store's loop only.
public final class MetadataTable {
    /// The number of requests that brought none of the keys.
    public static final int NONE = 0;

    /// There is no room for one more combination.
    public static final int FULL = -1;

    /// Characters that may be held on one loop, 64 for each combination included: two megabytes of
    /// heap at most, whatever senders write.
    public static final int CHARS_MAX = 1 << 20;

    private static final int CHARS_EACH = 64;

    private final MetadataKeys keys;
    private final Map<List<List<String>>, Integer> ids = new HashMap<>();
    private @Nullable Combination[] combinations = new @Nullable Combination[8];
    private int[] free = new int[8];
    private int freeCount;
    private int highest;
    private int chars;

    MetadataTable(MetadataKeys keys) {
        this.keys = keys;
    }

    /// Whether no key is kept: every request is [#NONE] then.
    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /// The number of a request's values, with a reference to it that goes to the entry or back by
    /// [#release]; [#NONE] where none of the keys has a value, [#FULL] where there is no room.
    ///
    /// @param metadata the values of a key, in order; empty where there are none
    public int acquire(Function<String, List<String>> metadata) {
        if (keys.isEmpty()) {
            return NONE;
        }
        List<List<String>> values = new ArrayList<>(keys.names().size());
        int length = 0;
        for (String name : keys.names()) {
            List<String> own = metadata.apply(name);
            values.add(own);
            for (String value : own) {
                length += value.length() + 1;
            }
        }
        return length == 0 ? NONE : acquire(values, length + CHARS_EACH);
    }

    private int acquire(List<List<String>> values, int length) {
        @Nullable Integer known = ids.get(values);
        if (known != null) {
            combination(known).references++;
            return known;
        }
        boolean isLimited = keys.combinationsMax() > 0;
        if (length > CHARS_MAX - chars || (isLimited && ids.size() >= keys.combinationsMax())) {
            return FULL;
        }
        int id = freeCount > 0 ? free[--freeCount] : ++highest;
        if (id > combinations.length) {
            combinations = Arrays.copyOf(combinations, combinations.length * 2);
        }
        List<List<String>> kept = values.stream().map(List::copyOf).toList();
        combinations[id - 1] = new Combination(kept, length);
        ids.put(kept, id);
        chars += length;
        return id;
    }

    /// Gives back one reference; with the last one the number is free.
    public void release(int id) {
        if (id == NONE || keys.isEmpty()) {
            return;
        }
        Combination combination = combination(id);
        if (--combination.references > 0) {
            return;
        }
        ids.remove(combination.values);
        combinations[id - 1] = null;
        chars -= combination.length;
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, freeCount * 2);
        }
        free[freeCount++] = id;
    }

    /// The values of a key in the combination `id`, in order; empty where there are none and where
    /// the key is not kept.
    ///
    /// @param name in lower case
    public List<String> values(int id, String name) {
        int index = keys.names().indexOf(name);
        return id == NONE || index < 0 ? List.of() : combination(id).values.get(index);
    }

    /// Combinations held now.
    public int size() {
        return ids.size();
    }

    private Combination combination(int id) {
        return Objects.requireNonNull(
                combinations[id - 1], () -> "no such metadata: id=" + id + ", held=" + ids.size());
    }

    private static final class Combination {
        final List<List<String>> values;
        final int length;
        int references = 1;

        Combination(List<List<String>> values, int length) {
            this.values = values;
            this.length = length;
        }
    }
}
