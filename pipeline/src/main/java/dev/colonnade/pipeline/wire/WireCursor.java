package dev.colonnade.pipeline.wire;

import dev.colonnade.storage.memory.OffHeap;

/// Reads the fields of protobuf messages that lie off heap as a whole, one at a time.
///
/// Reusable, allocates nothing, not thread-safe.
final class WireCursor {
    private final int[] groupTags = new int[OtlpLayout.DEPTH_MAX];
    private long position;
    private long value;
    private int tag;
    private long payload;

    /// Reads the field at `at` of a message that ends at `end`; false when it is malformed.
    boolean read(long at, long end) {
        if (!readTag(at, end)) {
            return false;
        }
        if ((tag & 7) != OtlpLayout.START_GROUP) {
            return skip(end);
        }
        int outer = tag;
        boolean ends = skipGroup(end);
        tag = outer;
        return ends;
    }

    /// Behind the field.
    long position() {
        return position;
    }

    /// Of the field.
    int tag() {
        return tag;
    }

    /// Where a length-delimited field's bytes begin; they end at [#position()].
    long payload() {
        return payload;
    }

    private boolean readTag(long at, long end) {
        position = at;
        if (!varint(end)) {
            return false;
        }
        tag = (int) value;
        return tag >>> 3 != 0;
    }

    private boolean skip(long end) {
        return switch (tag & 7) {
            case OtlpLayout.VARINT -> varint(end);
            case OtlpLayout.FIXED64 -> step(8, end);
            case OtlpLayout.FIXED32 -> step(4, end);
            case OtlpLayout.LENGTH -> varint(end) && stepPayload(end);
            default -> false;
        };
    }

    private boolean stepPayload(long end) {
        payload = position;
        return step((int) value, end);
    }

    private boolean step(int length, long end) {
        if (length < 0 || length > end - position) {
            return false;
        }
        position += length;
        return true;
    }

    private boolean skipGroup(long end) {
        int depth = 0;
        groupTags[depth++] = tag + 1;
        while (depth > 0) {
            if (!readTag(position, end)) {
                return false;
            }
            int wireType = tag & 7;
            if (wireType == OtlpLayout.END_GROUP) {
                depth--;
                if (groupTags[depth] != tag) {
                    return false;
                }
            } else if (wireType == OtlpLayout.START_GROUP) {
                if (depth == OtlpLayout.DEPTH_MAX) {
                    return false;
                }
                groupTags[depth++] = tag + 1;
            } else if (!skip(end)) {
                return false;
            }
        }
        return true;
    }

    private boolean varint(long end) {
        long bits = 0;
        for (int shift = 0; shift < OtlpLayout.VARINT_BITS_MAX; shift += 7) {
            if (position >= end) {
                return false;
            }
            byte next = OffHeap.getByte(position);
            position++;
            bits |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                value = bits;
                return true;
            }
        }
        return false;
    }
}
