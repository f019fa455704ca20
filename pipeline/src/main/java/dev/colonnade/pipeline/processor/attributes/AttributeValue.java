package dev.colonnade.pipeline.processor.attributes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A value as a user writes it or as a record carries it, off the hot path.
public sealed interface AttributeValue {
    /// No value: what an `AnyValue` without content is.
    record Empty() implements AttributeValue {}

    /// A string.
    record Text(String value) implements AttributeValue {}

    /// A boolean.
    record Bool(boolean value) implements AttributeValue {}

    /// A signed integer.
    record Int(long value) implements AttributeValue {}

    /// A floating-point number.
    record Real(double value) implements AttributeValue {}

    /// Bytes; the array is not copied and must not be changed.
    @SuppressWarnings("ArrayRecordComponent")
    record Bytes(byte[] value) implements AttributeValue {}

    /// A list.
    record Items(List<AttributeValue> values) implements AttributeValue {}

    /// A map; of a key that stands several times the last counts.
    record Entries(Map<String, AttributeValue> values) implements AttributeValue {}

    /// The value that a configuration's scalar, list or map stands for.
    ///
    /// @param raw a string, a boolean, an integer or floating-point number, bytes, a list or map of
    ///   these, or null for [Empty]
    /// @throws IllegalArgumentException for anything else
    static AttributeValue of(@Nullable Object raw) {
        return switch (raw) {
            case null -> new Empty();
            case String text -> new Text(text);
            case Boolean bool -> new Bool(bool);
            case Byte number -> new Int(number);
            case Short number -> new Int(number);
            case Integer number -> new Int(number);
            case Long number -> new Int(number);
            case Float number -> new Real(number);
            case Double number -> new Real(number);
            case byte[] bytes -> new Bytes(bytes.clone());
            case List<?> list -> items(list);
            case Map<?, ?> map -> entries(map);
            default ->
                    throw new IllegalArgumentException(
                            "invalid value type: type=" + raw.getClass().getSimpleName());
        };
    }

    private static Items items(List<?> list) {
        List<AttributeValue> values = new ArrayList<>();
        for (Object item : list) {
            values.add(of(item));
        }
        return new Items(values);
    }

    private static Entries entries(Map<?, ?> map) {
        Map<String, AttributeValue> values = new HashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            values.put(String.valueOf(entry.getKey()), of(entry.getValue()));
        }
        return new Entries(values);
    }
}
