package dev.colonnade.pipeline.processor.attributes;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads a list or a map into objects, for the few who need to see it as a whole: `convert` to a
/// string, and matching by value. Allocates.
final class ValueDecoder {
    /// Larger lists and maps are not decoded: an element takes two bytes there and an object here.
    static final int BYTES_MAX = 256 << 10;

    private static final int DEPTH_MAX = 100;
    private static final int TEXT_INDEX_TAG = 0x40;
    private static final int ELEMENT_TAG = 0x0a;
    private static final int VALUE_TAG = 0x12;

    private ValueDecoder() {}

    /// The value whose message is `payload`, or null where it is malformed or nested too deep.
    static @Nullable AttributeValue decode(byte[] payload) {
        return value(payload, 0, payload.length, 0);
    }

    private static @Nullable AttributeValue value(byte[] bytes, int offset, int length, int depth) {
        if (depth > DEPTH_MAX) {
            return null;
        }
        HeapFields fields = new HeapFields();
        fields.over(bytes, offset, length);
        AttributeValue value = new AttributeValue.Empty();
        while (fields.next()) {
            @Nullable AttributeValue next = member(fields, bytes, value, depth);
            if (next == null) {
                return null;
            }
            value = next;
        }
        return fields.isMalformed() ? null : value;
    }

    /// The value after the field that `fields` stands on; lists merge with lists before them and
    /// maps with maps.
    private static @Nullable AttributeValue member(
            HeapFields fields, byte[] bytes, AttributeValue before, int depth) {
        int at = fields.bodyAt();
        int length = fields.bodyLength();
        return switch (fields.tag()) {
            case AnyValueReader.TEXT_TAG ->
                    new AttributeValue.Text(new String(bytes, at, length, StandardCharsets.UTF_8));
            case AnyValueReader.BOOL_TAG -> new AttributeValue.Bool(fields.bits() != 0);
            case AnyValueReader.INT_TAG -> new AttributeValue.Int(fields.bits());
            case AnyValueReader.REAL_TAG ->
                    new AttributeValue.Real(Double.longBitsToDouble(fields.bits()));
            case AnyValueReader.BYTES_TAG ->
                    new AttributeValue.Bytes(Arrays.copyOfRange(bytes, at, at + length));
            case AnyValueReader.ITEMS_TAG -> merged(before, items(bytes, at, length, depth + 1));
            case AnyValueReader.ENTRIES_TAG ->
                    merged(before, entries(bytes, at, length, depth + 1));
            case TEXT_INDEX_TAG -> new AttributeValue.Empty();
            default -> before;
        };
    }

    private static @Nullable AttributeValue merged(
            AttributeValue before, @Nullable AttributeValue after) {
        if (before instanceof AttributeValue.Items first
                && after instanceof AttributeValue.Items second) {
            List<AttributeValue> values = new ArrayList<>(first.values());
            values.addAll(second.values());
            return new AttributeValue.Items(values);
        }
        if (before instanceof AttributeValue.Entries first
                && after instanceof AttributeValue.Entries second) {
            Map<String, AttributeValue> values = new HashMap<>(first.values());
            values.putAll(second.values());
            return new AttributeValue.Entries(values);
        }
        return after;
    }

    private static @Nullable AttributeValue items(byte[] bytes, int offset, int length, int depth) {
        HeapFields fields = new HeapFields();
        fields.over(bytes, offset, length);
        List<AttributeValue> values = new ArrayList<>();
        while (fields.next()) {
            if (fields.tag() == ELEMENT_TAG) {
                @Nullable AttributeValue item =
                        value(bytes, fields.bodyAt(), fields.bodyLength(), depth + 1);
                if (item == null) {
                    return null;
                }
                values.add(item);
            }
        }
        return fields.isMalformed() ? null : new AttributeValue.Items(values);
    }

    private static @Nullable AttributeValue entries(
            byte[] bytes, int offset, int length, int depth) {
        HeapFields fields = new HeapFields();
        fields.over(bytes, offset, length);
        Map<String, AttributeValue> values = new HashMap<>();
        while (fields.next()) {
            if (fields.tag() == ELEMENT_TAG
                    && !entry(bytes, fields.bodyAt(), fields.bodyLength(), depth + 1, values)) {
                return null;
            }
        }
        return fields.isMalformed() ? null : new AttributeValue.Entries(values);
    }

    private static boolean entry(
            byte[] bytes, int offset, int length, int depth, Map<String, AttributeValue> values) {
        HeapFields fields = new HeapFields();
        fields.over(bytes, offset, length);
        String key = "";
        int count = 0;
        byte[] gathered = new byte[0];
        while (fields.next()) {
            int at = fields.bodyAt();
            if (fields.tag() == ELEMENT_TAG) {
                key = new String(bytes, at, fields.bodyLength(), StandardCharsets.UTF_8);
            } else if (fields.tag() == VALUE_TAG) {
                int from = gathered.length;
                gathered = Arrays.copyOf(gathered, from + fields.bodyLength());
                System.arraycopy(bytes, at, gathered, from, fields.bodyLength());
                count++;
            }
        }
        @Nullable AttributeValue value =
                count == 0
                        ? new AttributeValue.Empty()
                        : value(gathered, 0, gathered.length, depth);
        if (fields.isMalformed() || value == null) {
            return false;
        }
        values.put(key, value);
        return true;
    }
}
