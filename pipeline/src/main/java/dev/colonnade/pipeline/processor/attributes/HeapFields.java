package dev.colonnade.pipeline.processor.attributes;

/// A cursor over the fields of a protobuf message on the heap: values that actions made, values
/// that were gathered from repeated fields, and copies that are decoded.
///
/// It accepts what [dev.colonnade.pipeline.processor.WireFields] accepts. Reusable.
final class HeapFields {
    private static final int DEPTH_MAX = 100;

    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private boolean malformed;
    private int tag;
    private int bodyAt;
    private int bodyLength;
    private long bits;

    void over(byte[] array, int offset, int length) {
        bytes = array;
        at = offset;
        end = offset + length;
        malformed = false;
    }

    /// Steps to the next field; false at the end and where the message is malformed.
    boolean next() {
        return at < end && step(0);
    }

    boolean isMalformed() {
        return malformed;
    }

    int tag() {
        return tag;
    }

    int bodyAt() {
        return bodyAt;
    }

    int bodyLength() {
        return bodyLength;
    }

    /// The value of a varint or of eight fixed bytes.
    long bits() {
        return bits;
    }

    private boolean step(int depth) {
        if (!varint()) {
            return false;
        }
        tag = (int) bits;
        if (tag >>> 3 == 0) {
            return fail();
        }
        return switch (tag & 7) {
            case 0 -> varint();
            case 1 -> fixed(8);
            case 2 -> lengthDelimited();
            case 3 -> group(depth);
            case 5 -> fixed(4);
            default -> fail();
        };
    }

    private boolean group(int depth) {
        int outer = tag;
        if (depth == DEPTH_MAX) {
            return fail();
        }
        while (true) {
            if (at >= end) {
                return fail();
            }
            int before = at;
            if (!varint()) {
                return false;
            }
            int next = (int) bits;
            if ((next & 7) == 4) {
                tag = outer;
                return next == outer + 1 || fail();
            }
            at = before;
            if (!step(depth + 1)) {
                return false;
            }
        }
    }

    private boolean lengthDelimited() {
        if (!varint()) {
            return false;
        }
        int length = (int) bits;
        if (length < 0 || length > end - at) {
            return fail();
        }
        bodyAt = at;
        bodyLength = length;
        at += length;
        return true;
    }

    private boolean fixed(int length) {
        if (length > end - at) {
            return fail();
        }
        bits = 0;
        for (int index = length - 1; index >= 0; index--) {
            bits = (bits << 8) | (bytes[at + index] & 0xff);
        }
        at += length;
        return true;
    }

    private boolean varint() {
        long value = 0;
        for (int shift = 0; shift < 70 && at < end; shift += 7) {
            byte next = bytes[at++];
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                bits = value;
                return true;
            }
        }
        return fail();
    }

    private boolean fail() {
        malformed = true;
        at = end;
        return false;
    }
}
