package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.storage.memory.OffHeap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The attribute keys that a list of actions names, each with a slot; what is compared on the hot
/// path is bytes, and from then on slots.
final class AttributeKeys {
    /// The slot of a key that nothing names.
    static final int NONE = -1;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final List<byte[]> added = new ArrayList<>();
    private byte[][] keys = new byte[0][];

    /// Bit `length & 63` is set where a key of such a length is named: most others end here.
    private long lengths;

    /// The slot of `key`, which is added where it has none.
    int slot(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        for (int slot = 0; slot < keys.length; slot++) {
            if (Arrays.equals(keys[slot], bytes)) {
                return slot;
            }
        }
        added.add(bytes);
        keys = added.toArray(new byte[0][]);
        lengths |= 1L << bytes.length;
        return keys.length - 1;
    }

    int count() {
        return keys.length;
    }

    byte[] key(int slot) {
        return keys[slot];
    }

    /// The slot of the key of `length` bytes at `address`, or [#NONE].
    int find(long address, int length) {
        if (((lengths >>> length) & 1) == 0) {
            return NONE;
        }
        byte[][] all = keys;
        for (int slot = 0; slot < all.length; slot++) {
            if (all[slot].length == length && equal(address, all[slot])) {
                return slot;
            }
        }
        return NONE;
    }

    /// Whether the bytes at `address` are those of `key`; the caller has compared the lengths.
    static boolean equal(long address, byte[] key) {
        int index = 0;
        for (; index + Long.BYTES <= key.length; index += Long.BYTES) {
            if (OffHeap.getLong(address + index) != (long) LONGS.get(key, index)) {
                return false;
            }
        }
        for (; index < key.length; index++) {
            if (OffHeap.getByte(address + index) != key[index]) {
                return false;
            }
        }
        return true;
    }
}
