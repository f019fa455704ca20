package dev.colonnade.pipeline.processor.attributes;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Writes configured values as protobuf, once, when a processor is built.
final class ValueEncoder {
    private ValueEncoder() {}

    /// The bytes of an `AnyValue` message.
    static byte[] payload(AttributeValue value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (value) {
            case AttributeValue.Empty() -> {}
            case AttributeValue.Text(String text) ->
                    message(out, AnyValueReader.TEXT_TAG, text.getBytes(StandardCharsets.UTF_8));
            case AttributeValue.Bool(boolean bool) -> {
                out.write(AnyValueReader.BOOL_TAG);
                out.write(bool ? 1 : 0);
            }
            case AttributeValue.Int(long number) -> {
                out.write(AnyValueReader.INT_TAG);
                varint(out, number);
            }
            case AttributeValue.Real(double number) -> {
                out.write(AnyValueReader.REAL_TAG);
                long bits = Double.doubleToRawLongBits(number);
                for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
                    out.write((int) (bits >>> shift));
                }
            }
            case AttributeValue.Bytes(byte[] bytes) ->
                    message(out, AnyValueReader.BYTES_TAG, bytes);
            case AttributeValue.Items items -> {
                ByteArrayOutputStream list = new ByteArrayOutputStream();
                for (AttributeValue item : items.values()) {
                    message(list, 0x0a, payload(item));
                }
                message(out, AnyValueReader.ITEMS_TAG, list.toByteArray());
            }
            case AttributeValue.Entries entries -> {
                ByteArrayOutputStream map = new ByteArrayOutputStream();
                for (Map.Entry<String, AttributeValue> entry : entries.values().entrySet()) {
                    byte[] key = entry.getKey().getBytes(StandardCharsets.UTF_8);
                    message(map, 0x0a, keyValue(key, payload(entry.getValue())));
                }
                message(out, AnyValueReader.ENTRIES_TAG, map.toByteArray());
            }
        }
        return out.toByteArray();
    }

    /// A whole attributes field, under a tag of one byte that is zero.
    static byte[] field(byte[] key, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        message(out, 0, keyValue(key, payload));
        return out.toByteArray();
    }

    private static byte[] keyValue(byte[] key, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        message(out, 0x0a, key);
        message(out, 0x12, payload);
        return out.toByteArray();
    }

    private static void message(ByteArrayOutputStream out, int tag, byte[] body) {
        out.write(tag);
        varint(out, body.length);
        out.writeBytes(body);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write(((int) rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
