package dev.colonnade.pipeline.wire;

import java.io.ByteArrayOutputStream;

/// Writes a small protobuf message into an array.
final class ProtoWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// A varint field; none for 0, as proto3 has it.
    ProtoWriter varint(int number, long value) {
        if (value != 0) {
            raw((long) number << 3);
            raw(value);
        }
        return this;
    }

    /// A length-delimited field; none for no bytes.
    ProtoWriter bytes(int number, byte[] value) {
        return value.length == 0 ? this : message(number, value);
    }

    /// A message field, an empty one too.
    ProtoWriter message(int number, byte[] value) {
        raw(((long) number << 3) | OtlpLayout.LENGTH);
        raw(value.length);
        out.writeBytes(value);
        return this;
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }

    private void raw(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
