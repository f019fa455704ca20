package dev.colonnade.pipeline.processor.attributes;

import com.google.re2j.Pattern;
import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A regular expression on attribute keys that remembers what it said.
///
/// Keys repeat from record to record, so that the expression runs a few times and not once for each
/// attribute. The memory has a fixed number of places, one key each; the newest stays. Allocates
/// where it has to ask.
final class KeyPattern {
    private static final int PLACES = 1 << 9;

    /// Longer keys are not remembered.
    private static final int KEY_LENGTH_MAX = 256;

    private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

    private final Pattern pattern;
    private final byte[] @Nullable [] keys = new byte[PLACES] @Nullable [];
    private final boolean[] verdicts = new boolean[PLACES];

    KeyPattern(String expression) {
        pattern = Pattern.compile(expression);
    }

    /// Whether it is found in the key of an entry.
    boolean matches(AttributeTable table, AttributeKeys named, int index) {
        int slot = table.slot(index);
        if (slot != AttributeKeys.NONE) {
            return matches(named.key(slot));
        }
        return matches(table.keyAt(index), table.keyLength(index));
    }

    private boolean matches(byte[] key) {
        int place = place(key.length, key.length == 0 ? 0 : key[key.length - 1], key);
        byte @Nullable [] known = keys[place];
        if (known == null || !Arrays.equals(known, key)) {
            remember(place, key);
        }
        return verdicts[place];
    }

    private boolean matches(long address, int length) {
        if (length > KEY_LENGTH_MAX) {
            return pattern.matcher(copy(address, length)).find();
        }
        int place = place(address, length);
        byte @Nullable [] known = keys[place];
        if (known == null || known.length != length || !AttributeKeys.equal(address, known)) {
            remember(place, copy(address, length));
        }
        return verdicts[place];
    }

    private void remember(int place, byte[] key) {
        keys[place] = key;
        verdicts[place] = pattern.matcher(key).find();
    }

    private static byte[] copy(long address, int length) {
        byte[] key = new byte[length];
        OffHeap.copy(address, key, 0, length);
        return key;
    }

    private static int place(int length, int last, byte[] key) {
        long hash = length;
        for (byte next : key) {
            hash = (hash ^ next) * MIX;
        }
        return (int) ((hash >>> 40) ^ last) & (PLACES - 1);
    }

    private static int place(long address, int length) {
        long hash = length;
        for (int index = 0; index < length; index++) {
            hash = (hash ^ OffHeap.getByte(address + index)) * MIX;
        }
        int last = length == 0 ? 0 : OffHeap.getByte(address + length - 1);
        return (int) ((hash >>> 40) ^ last) & (PLACES - 1);
    }
}
