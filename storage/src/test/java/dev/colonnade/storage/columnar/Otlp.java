package dev.colonnade.storage.columnar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes protobuf by hand, for tests that need a certain byte.
public final class Otlp {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// A field with a number.
    public Otlp varint(int field, long value) {
        raw((long) field << 3);
        return raw(value);
    }

    /// A field of eight bytes.
    public Otlp fixed64(int field, long value) {
        raw((long) field << 3 | 1);
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            out.write((int) (value >>> shift));
        }
        return this;
    }

    /// A field with a byte string.
    public Otlp bytes(int field, byte[] value) {
        raw((long) field << 3 | 2);
        raw(value.length);
        out.writeBytes(value);
        return this;
    }

    /// A field with a text.
    public Otlp text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /// A field with a message.
    public Otlp message(int field, Otlp child) {
        return bytes(field, child.out.toByteArray());
    }

    /// A field that is written as it is given, whatever it is.
    Otlp verbatim(int... values) {
        for (int value : values) {
            out.write(value);
        }
        return this;
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    /// An attribute of a log record, whose value is `value`.
    public Otlp attribute(String key, Otlp value) {
        return message(6, new Otlp().text(1, key).message(2, value));
    }

    /// A request with these log records.
    public static byte[] logs(Otlp... records) {
        Otlp scope = new Otlp().message(1, new Otlp().text(1, "scope"));
        for (Otlp record : records) {
            scope.message(2, record);
        }
        Otlp resource =
                new Otlp().message(1, new Otlp().attributeOfResource("service.name", "cart"));
        return new Otlp().message(1, resource.message(2, scope)).toBytes();
    }

    private Otlp attributeOfResource(String key, String value) {
        return message(1, new Otlp().text(1, key).message(2, new Otlp().text(1, value)));
    }

    private Otlp raw(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }
}
