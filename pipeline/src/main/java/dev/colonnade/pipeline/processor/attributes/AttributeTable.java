package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.processor.Splice;
import dev.colonnade.pipeline.processor.WireFields;
import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The attributes of one record or resource that actions may touch, and what became of them.
///
/// Only attributes with a key that some action names are entered; with patterns on keys, all. An
/// entry refers to its bytes in the request until an action replaces its value by bytes elsewhere.
/// The order is that of the message, added attributes last.
final class AttributeTable {
    static final byte KEPT = 0;
    static final byte REPLACED = 1;
    static final byte DELETED = 2;
    static final byte ADDED = 3;

    /// The most attributes that are entered for one record. OTLP wants keys to be unique; a record
    /// that repeats a key without end must not fill the heap: it is refused.
    static final int ENTRIES_MAX = 1 << 14;

    private static final int ENTRIES_KEPT_MAX = 1 << 10;
    private static final int KEY_TAG = 0x0a;
    private static final int VALUE_TAG = 0x12;

    private final AttributeKeys keys;
    private final boolean takesAll;
    private final ByteArena arena = new ByteArena();
    private final WireFields inner = new WireFields();

    private int count;
    private boolean changed;
    private int[] slots = new int[0];
    private byte[] states = new byte[0];
    private boolean[] odd = new boolean[0];
    private long[] starts = new long[0];
    private long[] ends = new long[0];
    private long[] keyAts = new long[0];
    private int[] keyLengths = new int[0];
    private byte[] @Nullable [] valueBytes = new byte[0] @Nullable [];
    private long[] valueAts = new long[0];
    private int[] valueLengths = new int[0];
    private byte[] @Nullable [] fields = new byte[0] @Nullable [];

    /// @param takesAll enters attributes with other keys, too
    AttributeTable(AttributeKeys keys, boolean takesAll) {
        this.keys = keys;
        this.takesAll = takesAll;
        resize(16);
    }

    /// Starts over with the next record.
    void clear() {
        count = 0;
        changed = false;
        arena.clear();
    }

    /// Lets go of what unusual records needed; called once per request.
    void trim() {
        arena.trim();
        if (slots.length > ENTRIES_KEPT_MAX) {
            resize(16);
        }
    }

    /// Enters the attribute that `attribute` stands on; false when it is no `KeyValue` or one too
    /// many.
    boolean add(WireFields attribute) {
        long at = attribute.bodyAt();
        long end = attribute.end();
        int keyLength =
                end - at >= 2 && OffHeap.getByte(at) == KEY_TAG ? OffHeap.getByte(at + 1) : -1;
        long valueTagAt = at + 2 + keyLength;
        if (keyLength < 0 || valueTagAt > end) {
            return addOdd(attribute);
        }
        long valueAt = valueTagAt;
        int valueLength = -1;
        if (valueTagAt < end) {
            if (end - valueTagAt < 2 || OffHeap.getByte(valueTagAt) != VALUE_TAG) {
                return addOdd(attribute);
            }
            valueLength = OffHeap.getByte(valueTagAt + 1);
            valueAt = valueTagAt + 2;
            if (valueLength < 0 && valueAt < end && OffHeap.getByte(valueAt) >= 0) {
                valueLength = (valueLength & 0x7f) | (OffHeap.getByte(valueAt) << 7);
                valueAt++;
            }
            if (valueLength < 0 || valueAt + valueLength != end) {
                return addOdd(attribute);
            }
        }
        int slot = keys.find(at + 2, keyLength);
        if (slot == AttributeKeys.NONE && !takesAll) {
            return true;
        }
        return enter(slot, attribute, at + 2, keyLength, null, valueAt, valueLength, false);
    }

    /// Enters a `KeyValue` whose fields are out of order, repeated, unknown or long: of keys the
    /// last counts, values merge, which is what their bytes in a row mean.
    private boolean addOdd(WireFields attribute) {
        long keyAt = 0;
        int keyLength = 0;
        int values = 0;
        long valueAt = 0;
        int valueLength = -1;
        int from = arena.top();
        inner.over(attribute.bodyAt(), attribute.bodyLength());
        while (inner.next()) {
            if (inner.tag() == KEY_TAG) {
                keyAt = inner.bodyAt();
                keyLength = inner.bodyLength();
            } else if (inner.tag() == VALUE_TAG) {
                if (++values > 1 && !gather(values, valueAt, valueLength)) {
                    return false;
                }
                valueAt = inner.bodyAt();
                valueLength = inner.bodyLength();
            }
        }
        if (inner.isMalformed()) {
            return false;
        }
        int slot = keys.find(keyAt, keyLength);
        if (slot == AttributeKeys.NONE && !takesAll) {
            return true;
        }
        if (values > 1) {
            return enter(
                    slot,
                    attribute,
                    keyAt,
                    keyLength,
                    arena.bytes(),
                    from,
                    arena.top() - from,
                    true);
        }
        return enter(slot, attribute, keyAt, keyLength, null, valueAt, valueLength, true);
    }

    /// Puts the value that `inner` stands on behind those before it.
    private boolean gather(int values, long firstAt, int firstLength) {
        if (!arena.reserve((long) firstLength + inner.bodyLength())) {
            return false;
        }
        if (values == 2) {
            arena.put(firstAt, firstLength);
        }
        arena.put(inner.bodyAt(), inner.bodyLength());
        return true;
    }

    private boolean enter(
            int slot,
            WireFields attribute,
            long keyAt,
            int keyLength,
            byte @Nullable [] bytes,
            long valueAt,
            int valueLength,
            boolean isOdd) {
        if (!makeRoom()) {
            return false;
        }
        int index = count++;
        slots[index] = slot;
        states[index] = KEPT;
        odd[index] = isOdd;
        starts[index] = attribute.start();
        ends[index] = attribute.end();
        keyAts[index] = keyAt;
        keyLengths[index] = keyLength;
        valueBytes[index] = bytes;
        valueAts[index] = valueAt;
        valueLengths[index] = valueLength;
        return true;
    }

    int count() {
        return count;
    }

    /// Whether an action changed something.
    boolean isChanged() {
        return changed;
    }

    boolean isDeleted(int index) {
        return states[index] == DELETED;
    }

    /// The slot of an entry's key, or [AttributeKeys#NONE].
    int slot(int index) {
        return slots[index];
    }

    /// Where the key of an entry of the request stands.
    long keyAt(int index) {
        return keyAts[index];
    }

    int keyLength(int index) {
        return keyLengths[index];
    }

    /// The array in which an entry's value stands; null while it stands in the request.
    byte @Nullable [] valueBytes(int index) {
        return valueBytes[index];
    }

    /// Where an entry's value stands, as an address or an index of [#valueBytes].
    long valueAt(int index) {
        return valueAts[index];
    }

    /// Bytes of an entry's value; 0 where it has none.
    int valueLength(int index) {
        return Math.max(0, valueLengths[index]);
    }

    /// Room for values of this record.
    ByteArena arena() {
        return arena;
    }

    /// The first entry with the key in `slot`, or -1.
    int find(int slot) {
        return findAfter(slot, -1);
    }

    /// The next such entry behind `index`, or -1.
    int findAfter(int slot, int index) {
        for (int next = index + 1; next < count; next++) {
            if (slots[next] == slot && states[next] != DELETED) {
                return next;
            }
        }
        return -1;
    }

    void delete(int index) {
        states[index] = DELETED;
        changed = true;
    }

    /// Gives an entry another value.
    ///
    /// @param field the whole attribute with this value, where it is at hand
    void replace(int index, byte @Nullable [] bytes, long at, int length, byte @Nullable [] field) {
        if (states[index] == KEPT) {
            states[index] = REPLACED;
        }
        valueBytes[index] = bytes;
        valueAts[index] = at;
        valueLengths[index] = length;
        fields[index] = field;
        changed = true;
    }

    /// Adds an attribute behind all others; false when it is one too many.
    boolean append(
            int slot, byte @Nullable [] bytes, long at, int length, byte @Nullable [] field) {
        if (!makeRoom()) {
            return false;
        }
        int index = count++;
        slots[index] = slot;
        states[index] = ADDED;
        odd[index] = false;
        starts[index] = 0;
        ends[index] = 0;
        keyLengths[index] = keys.key(slot).length;
        valueBytes[index] = bytes;
        valueAts[index] = at;
        valueLengths[index] = length;
        fields[index] = field;
        changed = true;
        return true;
    }

    /// Gives `slot` a string value that was put into the arena from `from` on.
    boolean putText(int slot, int from) {
        int length = arena.top() - from;
        int index = find(slot);
        if (index < 0) {
            return append(slot, arena.bytes(), from, length, null);
        }
        for (; index >= 0; index = findAfter(slot, index)) {
            replace(index, arena.bytes(), from, length, null);
        }
        return true;
    }

    /// Whether attributes are to be written behind the others.
    boolean hasAdded() {
        for (int index = count - 1; index >= 0; index--) {
            if (states[index] == ADDED) {
                return true;
            }
        }
        return false;
    }

    /// Writes replaced and leaves out deleted attributes between two addresses of the request.
    ///
    /// @param tag of the attributes field
    void writeEdits(Splice splice, int tag, long from, long to) {
        for (int index = 0; index < count; index++) {
            if (isEdit(index, from, to)) {
                splice.copyTo(starts[index]);
                if (states[index] == REPLACED) {
                    write(splice, tag, index);
                }
                splice.skipTo(ends[index]);
            }
        }
    }

    /// Writes added attributes.
    void writeAdded(Splice splice, int tag) {
        for (int index = 0; index < count; index++) {
            if (states[index] == ADDED) {
                write(splice, tag, index);
            }
        }
    }

    /// Bytes of the added attributes, heads included; 0 when there is none.
    int addedLength() {
        long length = 0;
        for (int index = 0; index < count; index++) {
            if (states[index] == ADDED) {
                int body = bodyLength(index);
                length += 1 + Splice.varintSize(body) + body;
            }
        }
        return Math.toIntExact(length);
    }

    private boolean isEdit(int index, long from, long to) {
        return (states[index] == REPLACED || states[index] == DELETED)
                && starts[index] >= from
                && starts[index] < to;
    }

    private void write(Splice splice, int tag, int index) {
        byte @Nullable [] field = fields[index];
        if (field != null && !odd[index]) {
            splice.putField(tag, field);
            return;
        }
        splice.putHead(tag, bodyLength(index));
        if (odd[index]) {
            writeOthers(splice, index);
        } else {
            splice.putHead(KEY_TAG, keyLengths[index]);
            if (slots[index] == AttributeKeys.NONE) {
                splice.put(keyAts[index], keyLengths[index]);
            } else {
                splice.put(keys.key(slots[index]), 0, keyLengths[index]);
            }
        }
        int length = valueLengths[index];
        splice.putHead(VALUE_TAG, length);
        byte @Nullable [] bytes = valueBytes[index];
        if (bytes == null) {
            splice.put(valueAts[index], length);
        } else {
            splice.put(bytes, (int) valueAts[index], length);
        }
    }

    private int bodyLength(int index) {
        int length = valueLengths[index];
        int key =
                odd[index]
                        ? othersLength(index)
                        : 1 + Splice.varintSize(keyLengths[index]) + keyLengths[index];
        return key + 1 + Splice.varintSize(length) + length;
    }

    /// All fields of an odd `KeyValue` but its values, as they are.
    private void writeOthers(Splice splice, int index) {
        reopen(index);
        while (inner.next()) {
            if (inner.tag() != VALUE_TAG) {
                splice.put(inner.start(), (int) (inner.end() - inner.start()));
            }
        }
    }

    private int othersLength(int index) {
        int length = 0;
        reopen(index);
        while (inner.next()) {
            if (inner.tag() != VALUE_TAG) {
                length += (int) (inner.end() - inner.start());
            }
        }
        return length;
    }

    /// Points `inner` at the fields of an entry of the request.
    private void reopen(int index) {
        inner.over(starts[index], (int) (ends[index] - starts[index]));
        inner.next();
        inner.over(inner.bodyAt(), inner.bodyLength());
    }

    private boolean makeRoom() {
        if (count == ENTRIES_MAX) {
            return false;
        }
        if (count == slots.length) {
            resize(count * 2);
        }
        fields[count] = null;
        return true;
    }

    private void resize(int capacity) {
        slots = Arrays.copyOf(slots, capacity);
        states = Arrays.copyOf(states, capacity);
        odd = Arrays.copyOf(odd, capacity);
        starts = Arrays.copyOf(starts, capacity);
        ends = Arrays.copyOf(ends, capacity);
        keyAts = Arrays.copyOf(keyAts, capacity);
        keyLengths = Arrays.copyOf(keyLengths, capacity);
        valueBytes = Arrays.copyOf(valueBytes, capacity);
        valueAts = Arrays.copyOf(valueAts, capacity);
        valueLengths = Arrays.copyOf(valueLengths, capacity);
        fields = Arrays.copyOf(fields, capacity);
    }
}
