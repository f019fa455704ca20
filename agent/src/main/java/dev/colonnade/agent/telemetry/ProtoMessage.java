package dev.colonnade.agent.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A protobuf message being written on the heap, field by field: for what is sent once a minute.
final class ProtoMessage {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;

    private byte[] bytes = new byte[64];
    private int length;

    /// A text field.
    ProtoMessage text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /// A message in a field.
    ProtoMessage message(int field, ProtoMessage value) {
        tag(field, LENGTH);
        varint(value.length);
        reserve(value.length);
        System.arraycopy(value.bytes, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    /// An enum's or a boolean's number.
    ProtoMessage number(int field, int value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    /// A `fixed64` or `sfixed64`.
    ProtoMessage fixed64(int field, long value) {
        tag(field, FIXED64);
        little(value);
        return this;
    }

    /// A `double`.
    ProtoMessage real(int field, double value) {
        return fixed64(field, Double.doubleToRawLongBits(value));
    }

    /// Repeated `fixed64`, packed.
    ProtoMessage packed(int field, long[] values) {
        tag(field, LENGTH);
        varint(values.length * Long.BYTES);
        for (long value : values) {
            little(value);
        }
        return this;
    }

    /// What was written so far.
    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private ProtoMessage bytes(int field, byte[] value) {
        tag(field, LENGTH);
        varint(value.length);
        reserve(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    private void tag(int field, int wireType) {
        varint((field << 3) | wireType);
    }

    private void varint(int value) {
        reserve(5);
        int left = value;
        while ((left & ~0x7f) != 0) {
            bytes[length++] = (byte) ((left & 0x7f) | 0x80);
            left >>>= 7;
        }
        bytes[length++] = (byte) left;
    }

    private void little(long value) {
        reserve(Long.BYTES);
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            bytes[length++] = (byte) (value >>> shift);
        }
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
