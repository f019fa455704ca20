package dev.colonnade.pipeline.processor.attributes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An attribute that a record or resource has to have to match.
final class AttributeCondition {
    private final int slot;
    private final @Nullable AttributeValue expected;
    private final byte[] expectedText;
    private final @Nullable TextFilter pattern;

    AttributeCondition(MatchConfig.Attribute config, boolean isRegexp, AttributeKeys keys) {
        slot = keys.slot(config.key());
        AttributeValue value = config.value();
        boolean isPattern = isRegexp && value instanceof AttributeValue.Text;
        expected = isPattern ? null : value;
        String text = value instanceof AttributeValue.Text(String written) ? written : "";
        expectedText = text.getBytes(StandardCharsets.UTF_8);
        pattern = isPattern ? TextFilter.of(List.of(text), true) : null;
    }

    /// Whether the first attribute with the key has the value; false where it is malformed, which
    /// the reader remembers.
    boolean matches(AttributeTable table, AnyValueReader reader) {
        int index = table.find(slot);
        if (index < 0 || !reader.read(table, index)) {
            return false;
        }
        TextFilter filter = pattern;
        if (filter != null) {
            return matchesPattern(filter, reader);
        }
        AttributeValue value = expected;
        return value == null || equals(value, reader);
    }

    private static boolean matchesPattern(TextFilter filter, AnyValueReader reader) {
        return switch (reader.type()) {
            case AnyValueReader.TEXT_TAG -> filter.matchesText(reader);
            case AnyValueReader.BOOL_TAG -> filter.matches(ascii(Boolean.toString(reader.bool())));
            case AnyValueReader.INT_TAG -> filter.matches(ascii(Long.toString(reader.number())));
            case AnyValueReader.REAL_TAG ->
                    filter.matches(ascii(ValueText.ofRealPlain(reader.real())));
            default -> false;
        };
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private boolean equals(AttributeValue value, AnyValueReader reader) {
        int type = reader.type();
        return switch (value) {
            case AttributeValue.Empty() -> type == AnyValueReader.EMPTY;
            case AttributeValue.Text _ ->
                    type == AnyValueReader.TEXT_TAG && reader.isText(expectedText);
            case AttributeValue.Bool(boolean bool) ->
                    type == AnyValueReader.BOOL_TAG && reader.bool() == bool;
            case AttributeValue.Int(long number) ->
                    type == AnyValueReader.INT_TAG && reader.number() == number;
            case AttributeValue.Real(double number) ->
                    type == AnyValueReader.REAL_TAG && reader.real() == number;
            case AttributeValue.Bytes _, AttributeValue.Items _, AttributeValue.Entries _ -> {
                @Nullable AttributeValue found = reader.value();
                yield found != null && areEqual(value, found);
            }
        };
    }

    /// Equality of content: of arrays by their bytes, of maps whatever their order.
    private static boolean areEqual(AttributeValue one, AttributeValue other) {
        if (one instanceof AttributeValue.Bytes(byte[] first)
                && other instanceof AttributeValue.Bytes(byte[] second)) {
            return Arrays.equals(first, second);
        }
        if (one instanceof AttributeValue.Items(List<AttributeValue> first)
                && other instanceof AttributeValue.Items(List<AttributeValue> second)) {
            boolean isEqual = first.size() == second.size();
            for (int index = 0; isEqual && index < first.size(); index++) {
                isEqual = areEqual(first.get(index), second.get(index));
            }
            return isEqual;
        }
        if (one instanceof AttributeValue.Entries(Map<String, AttributeValue> first)
                && other instanceof AttributeValue.Entries(Map<String, AttributeValue> second)) {
            boolean isEqual = first.keySet().equals(second.keySet());
            for (Map.Entry<String, AttributeValue> entry : first.entrySet()) {
                AttributeValue match = second.get(entry.getKey());
                isEqual = isEqual && match != null && areEqual(entry.getValue(), match);
            }
            return isEqual;
        }
        return one.equals(other);
    }
}
