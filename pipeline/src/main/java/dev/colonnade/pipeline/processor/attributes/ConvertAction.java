package dev.colonnade.pipeline.processor.attributes;

import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// `convert`: turns a value into an integer, a floating-point number or a string where that can be
/// done, and leaves it as it is where not.
///
/// A number too large for an integer becomes the nearest one that fits; the Collector's result
/// depends on the processor there. Allocates per record for text, not from numbers to numbers.
final class ConvertAction implements Action {
    private final int slot;
    private final String type;
    private final byte[] text = new byte[NumberText.LENGTH_MAX];

    ConvertAction(ActionConfig config, AttributeKeys keys) {
        slot = keys.slot(config.key());
        type = config.convertedType();
    }

    @Override
    public boolean apply(AttributeTable table, AnyValueReader reader) {
        for (int index = table.find(slot); index >= 0; index = table.findAfter(slot, index)) {
            if (!reader.read(table, index)) {
                return false;
            }
            boolean isDone =
                    switch (type) {
                        case "int" -> toInteger(table, index, reader);
                        case "double" -> toReal(table, index, reader);
                        default -> toText(table, index, reader);
                    };
            if (!isDone) {
                return false;
            }
        }
        return true;
    }

    private boolean toInteger(AttributeTable table, int index, AnyValueReader reader) {
        return switch (reader.type()) {
            case AnyValueReader.REAL_TAG -> putInteger(table, index, (long) reader.real());
            case AnyValueReader.BOOL_TAG -> putInteger(table, index, reader.bool() ? 1 : 0);
            case AnyValueReader.TEXT_TAG -> {
                OptionalLong value =
                        isNumberLong(reader)
                                ? OptionalLong.empty()
                                : NumberText.integer(text, reader.textLength());
                yield value.isEmpty() || putInteger(table, index, value.getAsLong());
            }
            default -> true;
        };
    }

    private boolean toReal(AttributeTable table, int index, AnyValueReader reader) {
        return switch (reader.type()) {
            case AnyValueReader.INT_TAG -> putReal(table, index, (double) reader.number());
            case AnyValueReader.BOOL_TAG -> putReal(table, index, reader.bool() ? 1 : 0);
            case AnyValueReader.TEXT_TAG -> {
                OptionalDouble value =
                        isNumberLong(reader)
                                ? OptionalDouble.empty()
                                : NumberText.real(text, reader.textLength());
                yield value.isEmpty() || putReal(table, index, value.getAsDouble());
            }
            default -> true;
        };
    }

    /// Copies the text where it may be a number.
    private boolean isNumberLong(AnyValueReader reader) {
        if (reader.textLength() > NumberText.LENGTH_MAX) {
            return true;
        }
        reader.copyText(0, text, reader.textLength());
        return false;
    }

    private static boolean toText(AttributeTable table, int index, AnyValueReader reader) {
        if (reader.type() == AnyValueReader.TEXT_TAG) {
            return true;
        }
        byte @Nullable [] value = text(table, index, reader);
        if (value == null) {
            return true;
        }
        ByteArena arena = table.arena();
        int from = arena.top();
        if (!arena.beginText(value.length)) {
            return false;
        }
        arena.put(value, 0, value.length);
        table.replace(index, arena.bytes(), from, arena.top() - from, null);
        return true;
    }

    private static byte @Nullable [] text(AttributeTable table, int index, AnyValueReader reader) {
        if (table.valueLength(index) > ValueDecoder.BYTES_MAX) {
            return null;
        }
        @Nullable AttributeValue value = reader.value();
        return value == null ? null : ValueText.of(value).getBytes(StandardCharsets.UTF_8);
    }

    private static boolean putInteger(AttributeTable table, int index, long value) {
        ByteArena arena = table.arena();
        if (!arena.reserve(11)) {
            return false;
        }
        int from = arena.top();
        arena.put(AnyValueReader.INT_TAG);
        arena.putVarint(value);
        table.replace(index, arena.bytes(), from, arena.top() - from, null);
        return true;
    }

    private static boolean putReal(AttributeTable table, int index, double value) {
        ByteArena arena = table.arena();
        if (!arena.reserve(9)) {
            return false;
        }
        int from = arena.top();
        arena.put(AnyValueReader.REAL_TAG);
        arena.putFixed64(Double.doubleToRawLongBits(value));
        table.replace(index, arena.bytes(), from, arena.top() - from, null);
        return true;
    }
}
