package dev.colonnade.pipeline.processor;

import dev.colonnade.pipeline.Processor;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.OffHeap;

/// Writes a changed copy of a protobuf request: runs of unchanged bytes are copied at once, and the
/// lengths of the messages around a change are put right.
///
/// ```
///   source   | resource | scope | record | record | record | record |
///                                              ^ skip   ^ put
///   target   | resource'| scope'| record | recor'|.| record'        |
///              one copy up to the change ^        ^ one copy         lengths are fixed on close
/// ```
///
/// Nothing is copied before the first change, so that a request without one costs no copy. A length
/// is written over the old one where it needs as many bytes; otherwise the message's bytes move by
/// the difference, which happens when a length crosses 128, 16,384 and so on. Only where the target
/// was widened meanwhile and the length shrinks does it keep its bytes, more than it needs.
///
/// Positions are addresses in the source and must not go backwards. When memory is refused the
/// splice goes dead: further calls do nothing, [#finish] says so. Reads are in the range the caller
/// gives, which it has checked; writes are sized first. Reusable, not thread-safe.
public final class Splice {
    /// Messages that can be open at once: OTLP nests five down to a data point.
    private static final int DEPTH_MAX = 8;

    private static final long NOT_PLACED = -1;

    private final long[] lengthAt = new long[DEPTH_MAX];
    private final long[] bodyAt = new long[DEPTH_MAX];
    private final long[] bodyEnd = new long[DEPTH_MAX];

    /// Where a message's length stands in the target; known once it was copied.
    private final long[] placedAt = new long[DEPTH_MAX];

    private int depth;

    /// How many of the open messages have their length in the target.
    private int placed;

    private long sourceEnd;

    /// Up to where the source was copied or skipped.
    private long copied;

    private Extent target = NO_EXTENT;
    private Processor.Grower grower = NO_GROWER;
    private long targetAt;
    private long written;
    private int capacity;
    private int sourceLength;
    private boolean changed;
    private boolean refused;

    private static final Extent NO_EXTENT = new Extent();
    private static final Processor.Grower NO_GROWER = (_, _) -> false;

    /// Starts a copy of the `length` bytes at `address`.
    public void begin(long address, int length, Extent target, Processor.Grower grower) {
        depth = 0;
        placed = 0;
        sourceEnd = address + length;
        sourceLength = length;
        copied = address;
        this.target = target;
        this.grower = grower;
        written = 0;
        capacity = 0;
        targetAt = 0;
        changed = false;
        refused = false;
    }

    /// Enters the message in the field that `fields` stands on.
    public void open(WireFields fields) {
        bodyAt[depth] = fields.bodyAt();
        bodyEnd[depth] = fields.end();
        // A length may be written with more bytes than it needs: count what is there.
        long tagAt = fields.start();
        while (OffHeap.getByte(tagAt) < 0) {
            tagAt++;
        }
        lengthAt[depth] = tagAt + 1;
        placedAt[depth] = NOT_PLACED;
        depth++;
    }

    /// Leaves the innermost message; its length is put right where something in it changed.
    public void close() {
        depth--;
        if (placed <= depth) {
            return;
        }
        placed = depth;
        if (refused) {
            return;
        }
        int width = (int) (bodyAt[depth] - lengthAt[depth]);
        long targetBody = placedAt[depth] + width;
        long length = written - targetBody + (bodyEnd[depth] - copied);
        if (length == bodyEnd[depth] - bodyAt[depth]) {
            return;
        }
        if (length > Integer.MAX_VALUE) {
            refused = true;
            return;
        }
        int wanted = varintSize((int) length);
        if (wanted < width && written + wanted - width < target.length()) {
            // What the extent counts as written cannot be taken back: spend the bytes instead.
            writeWideVarint(targetAt + placedAt[depth], (int) length, width);
            return;
        }
        if (wanted != width) {
            if (!fits(wanted - width)) {
                return;
            }
            OffHeap.copy(
                    targetAt + targetBody,
                    targetAt + placedAt[depth] + wanted,
                    written - targetBody);
            written += wanted - width;
        }
        writeVarint(targetAt + placedAt[depth], (int) length);
    }

    /// Copies what lies before `address` and was not copied yet.
    public void copyTo(long address) {
        long count = address - copied;
        changed = true;
        if (!fits(count)) {
            return;
        }
        while (placed < depth && lengthAt[placed] < address) {
            placedAt[placed] = written + (lengthAt[placed] - copied);
            placed++;
        }
        OffHeap.copy(copied, targetAt + written, count);
        written += count;
        copied = address;
    }

    /// Leaves out what lies before `address`; [#copyTo] was called for what precedes it.
    public void skipTo(long address) {
        copied = address;
    }

    /// Adds the head of a length-delimited field.
    ///
    /// @param tag below 128
    public void putHead(int tag, int length) {
        if (fits(1 + 5)) {
            OffHeap.putByte(targetAt + written, (byte) tag);
            written++;
            written += writeVarint(targetAt + written, length);
        }
    }

    /// Adds bytes from the heap.
    public void put(byte[] bytes, int offset, int length) {
        if (fits(length)) {
            OffHeap.copy(bytes, offset, targetAt + written, length);
            written += length;
        }
    }

    /// Adds a field from the heap that begins with a tag of one byte, under another tag.
    public void putField(int tag, byte[] field) {
        if (fits(field.length)) {
            OffHeap.copy(field, 0, targetAt + written, field.length);
            OffHeap.putByte(targetAt + written, (byte) tag);
            written += field.length;
        }
    }

    /// Adds bytes from off the heap.
    public void put(long address, int length) {
        if (fits(length)) {
            OffHeap.copy(address, targetAt + written, length);
            written += length;
        }
    }

    /// Whether memory was refused: there is no point in going on.
    public boolean isRefused() {
        return refused;
    }

    /// Ends the copy: the rest of the source follows, the target's length is set.
    public Processor.Outcome finish() {
        if (!changed) {
            return Processor.Outcome.UNCHANGED;
        }
        copyTo(sourceEnd);
        if (refused) {
            return Processor.Outcome.REFUSED_MEMORY;
        }
        commit();
        target = NO_EXTENT;
        grower = NO_GROWER;
        return Processor.Outcome.CHANGED;
    }

    /// Bytes that a varint of `value`, not negative, needs.
    public static int varintSize(int value) {
        return (38 - Integer.numberOfLeadingZeros(value | 1)) / 7;
    }

    private static int writeVarint(long address, int value) {
        int count = 0;
        while (value >= 0x80) {
            OffHeap.putByte(address + count, (byte) (value | 0x80));
            value >>>= 7;
            count++;
        }
        OffHeap.putByte(address + count, (byte) value);
        return count + 1;
    }

    /// Writes a varint with more bytes than it needs.
    private static void writeWideVarint(long address, int value, int width) {
        int rest = value;
        for (int index = 0; index < width - 1; index++) {
            OffHeap.putByte(address + index, (byte) (rest | 0x80));
            rest >>>= 7;
        }
        OffHeap.putByte(address + width - 1, (byte) rest);
    }

    private boolean fits(long count) {
        return !refused && (written + count <= capacity || widen(count));
    }

    /// Asks for room for `count` bytes and for what is likely to follow them.
    private boolean widen(long count) {
        long rest = sourceEnd - copied;
        long needed = Math.max(written + count, sourceLength);
        long wanted = Math.max(needed, written + Math.max(count, rest));
        wanted += (wanted >>> 3) + 256;
        if (needed > Integer.MAX_VALUE) {
            refused = true;
            return false;
        }
        if (written > 0) {
            commit();
        }
        int most = (int) Math.min(wanted, Integer.MAX_VALUE);
        if (!grower.grow(target, most) && !grower.grow(target, Math.toIntExact(written + count))) {
            refused = true;
            return false;
        }
        targetAt = target.address();
        capacity = target.capacity();
        return true;
    }

    /// Tells the extent what was written, before it may move.
    private void commit() {
        target.advance(Math.toIntExact(written - target.length()));
    }
}
