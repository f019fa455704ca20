package dev.colonnade.pipeline.wire;

/// Reads the fields of a small protobuf message in an array: a status, an answer.
///
/// Damage ends it: [#next()] answers 0 and [#isIntact()] false. Groups count as damage; none of the
/// messages read with this has any, and none is worth their depth.
final class ProtoReader {
    private final byte[] bytes;
    private final int limit;
    private int position;
    private long value;
    private int start;
    private boolean intact = true;

    ProtoReader(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        position = offset;
        limit = offset + length;
    }

    /// The tag of the next field, whose value has been read; 0 at the end.
    int next() {
        if (!intact || position == limit) {
            return 0;
        }
        int tag = (int) varint();
        switch (tag & 7) {
            case OtlpLayout.VARINT -> value = varint();
            case OtlpLayout.LENGTH -> {
                int length = (int) varint();
                start = position;
                step(length);
            }
            case OtlpLayout.FIXED64 -> step(8);
            case OtlpLayout.FIXED32 -> step(4);
            default -> intact = false;
        }
        intact &= tag >>> 3 != 0;
        return intact ? tag : 0;
    }

    /// The value of a varint field.
    long value() {
        return value;
    }

    /// The message in a length-delimited field.
    ProtoReader message() {
        return new ProtoReader(bytes, start, position - start);
    }

    /// The text in a length-delimited field, cut to [GrpcText#MESSAGE_BYTES_MAX]; what is not UTF-8
    /// becomes U+FFFD.
    String text() {
        return GrpcText.text(bytes, start, position - start);
    }

    boolean isIntact() {
        return intact;
    }

    private void step(int length) {
        if (length < 0 || length > limit - position) {
            intact = false;
        } else {
            position += length;
        }
    }

    private long varint() {
        long bits = 0;
        for (int shift = 0; shift < OtlpLayout.VARINT_BITS_MAX && position < limit; shift += 7) {
            byte next = bytes[position++];
            bits |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return bits;
            }
        }
        intact = false;
        return 0;
    }
}
