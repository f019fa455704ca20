package dev.colonnade.pipeline.json;

import dev.colonnade.storage.memory.OffHeap;

/// Steps over the fields of one protobuf message at an address, and checks every read against its
/// end; groups are stepped over as a whole.
///
/// Reusable: [#walk] begins, [#next] goes on until it is false, which means the end or, by
/// [#cause], damage.
public final class FieldWalker {
    /// Groups within groups, as protobuf-java counts them.
    private static final int GROUPS_MAX = 100;

    private static final int VARINT_BITS_MAX = 70;

    private final int[] groups = new int[GROUPS_MAX];
    private long at;
    private long end;
    private long start;
    private int number;
    private int wireType;
    private long bits;
    private int length;
    private String cause = "";

    /// Begins with the bytes from `from` up to `to`.
    public void walk(long from, long to) {
        at = from;
        end = to;
        cause = "";
    }

    /// Goes on to the next field; false at the end and at damage.
    public boolean next() {
        if (at >= end || !cause.isEmpty()) {
            return false;
        }
        start = at;
        if (!readTag()) {
            return false;
        }
        return switch (wireType) {
            case OtlpType.VARINT, OtlpType.BITS_64, OtlpType.BITS_32, OtlpType.LENGTH ->
                    readValue();
            case OtlpType.START_GROUP -> skipGroup();
            case OtlpType.END_GROUP -> fail("group ends that did not start");
            default -> fail("no such wire type");
        };
    }

    /// The present field's number.
    public int number() {
        return number;
    }

    /// The present field's wire type; that of a group's start for a group.
    public int wireType() {
        return wireType;
    }

    /// The present field's value, where it is a number: as it stands, without zigzag.
    public long bits() {
        return bits;
    }

    /// Where the present field's content begins, where it is length-delimited.
    public long address() {
        return at - length;
    }

    /// How long the present field's content is, where it is length-delimited, in bytes.
    public int length() {
        return length;
    }

    /// Where the present field's tag begins.
    public long tagAddress() {
        return start;
    }

    /// Where the next field begins, or where the damage is.
    public long position() {
        return at;
    }

    /// What is damaged; empty when nothing was found to be.
    public String cause() {
        return cause;
    }

    private boolean readTag() {
        if (!readVarint()) {
            return false;
        }
        int tag = (int) bits;
        number = tag >>> 3;
        wireType = tag & 7;
        return number != 0 || fail("field number is zero");
    }

    private boolean readValue() {
        length = 0;
        return switch (wireType) {
            case OtlpType.VARINT -> readVarint();
            case OtlpType.BITS_64 -> step(8) && set(OffHeap.getLong(at - 8));
            case OtlpType.BITS_32 -> step(4) && set(Integer.toUnsignedLong(OffHeap.getInt(at - 4)));
            default -> readVarint() && content((int) bits);
        };
    }

    private boolean content(int count) {
        if (count < 0) {
            return fail("length is negative");
        }
        length = count;
        return step(count);
    }

    private boolean set(long value) {
        bits = value;
        return true;
    }

    private boolean step(int count) {
        if (count > end - at) {
            return fail("field passes the end of its message");
        }
        at += count;
        return true;
    }

    private boolean readVarint() {
        long value = 0;
        int shift = 0;
        while (at < end) {
            byte next = OffHeap.getByte(at++);
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                bits = value;
                return true;
            }
            shift += 7;
            if (shift == VARINT_BITS_MAX) {
                return fail("varint is longer than ten bytes");
            }
        }
        return fail("varint passes the end of its message");
    }

    private boolean skipGroup() {
        int outer = number;
        int open = 0;
        groups[open++] = number;
        while (open > 0) {
            if (at >= end) {
                return fail("group does not end");
            }
            if (!readTag()) {
                return false;
            }
            if (wireType == OtlpType.END_GROUP) {
                if (groups[--open] != number) {
                    return fail("group ends that did not start");
                }
            } else if (wireType == OtlpType.START_GROUP) {
                if (open == GROUPS_MAX) {
                    return fail("nested too deep");
                }
                groups[open++] = number;
            } else if (wireType > OtlpType.BITS_32) {
                return fail("no such wire type");
            } else if (!readValue()) {
                return false;
            }
        }
        number = outer;
        wireType = OtlpType.START_GROUP;
        length = 0;
        return true;
    }

    private boolean fail(String why) {
        cause = why;
        return false;
    }
}
