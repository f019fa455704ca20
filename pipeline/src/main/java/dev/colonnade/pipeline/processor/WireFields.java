package dev.colonnade.pipeline.processor;

import dev.colonnade.storage.memory.OffHeap;

/// A cursor over the fields of one protobuf message off the heap.
///
/// It steps from field to field, groups as a whole, and reads no byte outside of the message. What
/// it accepts is what protobuf-java accepts. Reusable, allocates nothing, not thread-safe.
public final class WireFields {
    /// Wire type of varints.
    public static final int VARINT = 0;

    /// Wire type of eight little-endian bytes.
    public static final int FIXED64 = 1;

    /// Wire type of messages, strings and bytes.
    public static final int LENGTH = 2;

    private static final int START_GROUP = 3;
    private static final int END_GROUP = 4;
    private static final int FIXED32 = 5;

    /// The most groups that may be open at once, as protobuf-java counts them.
    private static final int GROUPS_MAX = 100;

    /// A varint has at most ten bytes.
    private static final int VARINT_BITS_MAX = 70;

    private final int[] groups = new int[GROUPS_MAX];
    private long at;
    private long end;
    private boolean malformed;

    private long start;
    private int tag;
    private long bodyAt;
    private int bodyLength;
    private long bits;

    /// Starts over with the message of `length` bytes at `address`.
    public void over(long address, int length) {
        at = address;
        end = address + length;
        malformed = false;
    }

    /// Steps to the next field; false at the end of the message and where it is malformed.
    public boolean next() {
        long from = at;
        if (from >= end) {
            return false;
        }
        start = from;
        int first = OffHeap.getByte(from++);
        if (first <= 0) {
            from = varint(from - 1);
            first = (int) bits;
            if (from < 0) {
                return false;
            }
        }
        if (first >>> 3 == 0) {
            return fail();
        }
        tag = first;
        return (first & 7) == LENGTH ? lengthDelimited(from) : other(from);
    }

    /// Whether [#next] met bytes that are no field.
    public boolean isMalformed() {
        return malformed;
    }

    /// Field number and wire type, `number << 3 | type`.
    public int tag() {
        return tag;
    }

    /// Where the field begins, at its tag.
    public long start() {
        return start;
    }

    /// Behind the last byte of the field.
    public long end() {
        return at;
    }

    /// Where the content of a length-delimited or fixed field begins.
    public long bodyAt() {
        return bodyAt;
    }

    /// Bytes of the content.
    public int bodyLength() {
        return bodyLength;
    }

    /// The value of a varint field.
    public long bits() {
        return bits;
    }

    private boolean lengthDelimited(long from) {
        int length = from < end ? OffHeap.getByte(from) : -1;
        if (length >= 0) {
            from++;
        } else {
            from = varint(from);
            if (from < 0) {
                return false;
            }
            length = (int) bits;
        }
        if (length < 0 || length > end - from) {
            return fail();
        }
        bodyAt = from;
        bodyLength = length;
        at = from + length;
        return true;
    }

    private boolean other(long from) {
        switch (tag & 7) {
            case VARINT -> {
                from = varint(from);
                if (from < 0) {
                    return false;
                }
                at = from;
            }
            case FIXED64 -> {
                return fixed(from, 8);
            }
            case FIXED32 -> {
                return fixed(from, 4);
            }
            case START_GROUP -> {
                return group(from);
            }
            default -> {
                return fail();
            }
        }
        return true;
    }

    private boolean fixed(long from, int length) {
        if (length > end - from) {
            return fail();
        }
        bodyAt = from;
        bodyLength = length;
        at = from + length;
        return true;
    }

    /// Steps over a group to the end that belongs to it.
    private boolean group(long from) {
        int outer = tag;
        long outerStart = start;
        int depth = 0;
        groups[depth++] = tag + (END_GROUP - START_GROUP);
        at = from;
        while (depth > 0) {
            if (at >= end) {
                return fail();
            }
            long after = varint(at);
            if (after < 0) {
                return false;
            }
            tag = (int) bits;
            if (tag >>> 3 == 0) {
                return fail();
            }
            if ((tag & 7) == START_GROUP) {
                if (depth == GROUPS_MAX) {
                    return fail();
                }
                groups[depth++] = tag + (END_GROUP - START_GROUP);
                at = after;
            } else if ((tag & 7) == END_GROUP) {
                if (groups[--depth] != tag) {
                    return fail();
                }
                at = after;
            } else if (!((tag & 7) == LENGTH ? lengthDelimited(after) : other(after))) {
                return false;
            }
        }
        tag = outer;
        start = outerStart;
        return true;
    }

    /// Reads a varint into `bits`; the position behind it, or -1.
    private long varint(long from) {
        long value = 0;
        for (int shift = 0; shift < VARINT_BITS_MAX && from < end; shift += 7) {
            byte next = OffHeap.getByte(from++);
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                bits = value;
                return from;
            }
        }
        fail();
        return -1;
    }

    private boolean fail() {
        malformed = true;
        at = end;
        return false;
    }
}
