package dev.colonnade.pipeline.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Writes the tokens of an OTLP/JSON document as protobuf, one after the other; it stops between
/// any two.
///
/// A frame stands for every open object and array that has a meaning; what stands below a field
/// without one is counted and skipped. A value that is zero and says nothing is left out, but for
/// one that follows another of the same field.
final class JsonToProto {
    /// Longer texts are read piece by piece, so that they are not put together on the heap.
    private static final int TEXT_WHOLE_CHARS_MAX = 8 << 10;

    private final JsonLimits limits;
    private final ProtoTarget target;
    private final JsonText text = new JsonText();
    private final TextWriter pieces = new TextWriter();

    /// Of an object its type, of an array null.
    private final @Nullable OtlpMessage[] messages;

    /// What it is the value of, or of an array what its elements are of.
    private final @Nullable OtlpField[] fields;

    /// Where its length goes; -1 where it has none.
    private final int[] starts;

    /// Of an object the fields that were written, a bit each; of an array its elements so far.
    private final long[] seen;

    private @Nullable JsonParser parser;
    private OtlpMessage root = OtlpSchema.LOGS_REQUEST;
    private int level;
    private int skipped;
    private boolean isDone;

    /// Of the value that comes next; null when it is unknown.
    private @Nullable OtlpField field;

    private int records;
    private int recordsBeforeMetric;
    private @Nullable OtlpField metricMember;
    private String cause = "";

    JsonToProto(JsonLimits limits, ProtoTarget target) {
        this.limits = limits;
        this.target = target;
        messages = new OtlpMessage[limits.depthMax()];
        fields = new OtlpField[limits.depthMax()];
        starts = new int[limits.depthMax()];
        seen = new long[limits.depthMax()];
    }

    void begin(OtlpMessage request, JsonParser tokens) {
        root = request;
        parser = tokens;
        level = -1;
        skipped = 0;
        isDone = false;
        field = null;
        records = 0;
        cause = "";
    }

    int records() {
        return records;
    }

    /// Whether a whole document was read.
    boolean isDone() {
        return isDone;
    }

    /// Why a token was refused; empty when none was, or when the target had no room.
    String cause() {
        return cause;
    }

    /// Takes a token; false when it is refused or the target has no room.
    boolean accept(JsonToken token) throws IOException {
        return switch (token) {
            case FIELD_NAME -> onName();
            case START_OBJECT -> onObject();
            case START_ARRAY -> onArray();
            case END_OBJECT, END_ARRAY -> onEnd();
            default -> onScalar(token);
        };
    }

    boolean refuse(String why) {
        cause = why;
        return false;
    }

    private JsonParser parser() {
        JsonParser reading = parser;
        if (reading == null) {
            throw new IllegalStateException("no document was begun");
        }
        return reading;
    }

    private boolean onName() throws IOException {
        if (skipped == 0) {
            OtlpMessage message = messages[level];
            field = message == null ? null : message.field(parser().currentName());
        }
        return true;
    }

    private boolean onObject() {
        if (level + 1 + skipped >= limits.depthMax()) {
            return refuse("nested too deep: depthMax=" + limits.depthMax());
        }
        if (level < 0) {
            return isDone ? refuse("more than one document") : push(root, null, -1);
        }
        if (skips()) {
            skipped++;
            return true;
        }
        OtlpField of = element();
        if (of.type() != OtlpType.MESSAGE) {
            return wrong(of, "object");
        }
        if (messages[level] != null && of.isRepeated()) {
            return wrong(of, "object");
        }
        if (!target.varint(of.tag())) {
            return false;
        }
        count(of);
        int start = target.position();
        return target.openLength(1) && push(of.message(), of, start);
    }

    private boolean onArray() {
        if (level + 1 + skipped >= limits.depthMax()) {
            return refuse("nested too deep: depthMax=" + limits.depthMax());
        }
        if (level < 0) {
            return refuse(isDone ? "more than one document" : "expected an object, got an array");
        }
        if (skips()) {
            skipped++;
            return true;
        }
        OtlpField of = element();
        if (messages[level] == null || !of.isRepeated()) {
            return wrong(of, "array");
        }
        int start = -1;
        if (of.isPacked()) {
            if (!target.varint(of.tag())) {
                return false;
            }
            start = target.position();
            if (!target.openLength(1)) {
                return false;
            }
        }
        return push(null, of, start);
    }

    private boolean onEnd() {
        if (skipped > 0) {
            skipped--;
            return true;
        }
        int start = starts[level];
        @Nullable OtlpField of = fields[level];
        boolean isArray = messages[level] == null;
        level--;
        isDone = level < 0;
        field = null;
        if (start < 0) {
            return true;
        }
        if (isArray && of != null && target.position() == start + 1) {
            target.rewind(start - ProtoTarget.varintSize(of.tag()));
            return true;
        }
        return target.closeLength(start, 1);
    }

    private boolean push(@Nullable OtlpMessage message, @Nullable OtlpField of, int start) {
        level++;
        messages[level] = message;
        fields[level] = of;
        starts[level] = start;
        seen[level] = 0;
        field = null;
        return true;
    }

    /// Whether what comes now has no meaning.
    private boolean skips() {
        return skipped > 0 || (messages[level] != null && field == null);
    }

    /// The field that the present value is of; in an array it is counted.
    private OtlpField element() {
        @Nullable OtlpField of = field;
        if (messages[level] == null) {
            seen[level]++;
            of = fields[level];
        }
        if (of == null) {
            throw new IllegalStateException("value without a field");
        }
        return of;
    }

    /// Counts records as protobuf's readers see them: another kind of data clears a metric's.
    private void count(OtlpField of) {
        OtlpMessage message = of.message();
        if (message.isRecord()) {
            records++;
        } else if (message == OtlpSchema.METRIC) {
            recordsBeforeMetric = records;
            metricMember = null;
        } else if (of.isInOneof() && messages[level] == OtlpSchema.METRIC && metricMember != of) {
            metricMember = of;
            records = recordsBeforeMetric;
        }
    }

    private boolean onScalar(JsonToken token) throws IOException {
        if (level < 0) {
            if (isDone) {
                return refuse("more than one document");
            }
            isDone = token == JsonToken.VALUE_NULL;
            return isDone || refuse("expected an object, got a " + name(token));
        }
        if (skips()) {
            return true;
        }
        OtlpField of = element();
        boolean isElement = messages[level] == null;
        if (token == JsonToken.VALUE_NULL) {
            return !isElement || nothing(of);
        }
        if (of.type() == OtlpType.MESSAGE || of.isRepeated() != isElement) {
            return wrong(of, name(token));
        }
        return switch (of.type()) {
            case STRING -> token == JsonToken.VALUE_STRING ? string(of) : wrong(of, name(token));
            case BYTES, ID -> token == JsonToken.VALUE_STRING ? bytes(of) : wrong(of, name(token));
            case BOOL ->
                    token.isBoolean()
                            ? number(of, token == JsonToken.VALUE_TRUE ? 1 : 0)
                            : wrong(of, name(token));
            case DOUBLE -> decimal(of, token);
            case ENUM -> enumeration(of, token);
            default -> integer(of, token);
        };
    }

    /// Writes an element that is null: a message without content, an empty text, a zero.
    private boolean nothing(OtlpField of) {
        if (of.isPacked()) {
            return number(of, 0);
        }
        if (of.type() == OtlpType.MESSAGE) {
            count(of);
        }
        return target.varint(of.tag()) && target.varint(0);
    }

    private boolean string(OtlpField of) throws IOException {
        int length = parser().getTextLength();
        if (length > limits.stringCharsMax()) {
            return refuse("string is too long: charsMax=" + limits.stringCharsMax());
        }
        if (isNothing(of, length)) {
            return true;
        }
        if (!target.varint(of.tag())) {
            return false;
        }
        int start = target.position();
        int width = ProtoTarget.varintSize(length);
        return target.openLength(width)
                && characters(length)
                && target.endText()
                && target.closeLength(start, width);
    }

    private boolean characters(int length) throws IOException {
        JsonParser reading = parser();
        if (length <= TEXT_WHOLE_CHARS_MAX) {
            return target.text(reading.getTextCharacters(), reading.getTextOffset(), length);
        }
        pieces.hasRoom = true;
        reading.getText(pieces);
        return pieces.hasRoom;
    }

    private boolean bytes(OtlpField of) throws IOException {
        JsonParser reading = parser();
        char[] chars = reading.getTextCharacters();
        int offset = reading.getTextOffset();
        int length = reading.getTextLength();
        if (isNothing(of, length)) {
            return true;
        }
        boolean isHex = of.type() == OtlpType.ID;
        int count = isHex ? of.idBytes() : JsonText.base64Length(chars, offset, length);
        if (isHex && length != 0 && length != 2 * count) {
            return refuse("hex id has a wrong length: expected=" + 2 * count + ", got=" + length);
        }
        if (count < 0 || (isHex && !JsonText.isHex(chars, offset, length))) {
            return refuse(isHex ? "id is not hex" : "bytes are not base64");
        }
        if (length == 0) {
            count = 0;
        }
        if (!target.varint(of.tag()) || !target.varint(count) || !target.ensure(count)) {
            return false;
        }
        if (isHex) {
            for (int index = offset; index < offset + length; index += 2) {
                target.put(
                        (Character.digit(chars[index], 16) << 4)
                                | Character.digit(chars[index + 1], 16));
            }
        } else {
            JsonText.base64(chars, offset, length, target);
        }
        return true;
    }

    private boolean integer(OtlpField of, JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_STRING) {
            return wrong(of, name(token));
        }
        JsonParser reading = parser();
        OtlpType type = of.type();
        boolean isLong =
                type == OtlpType.INT64
                        || type == OtlpType.UINT64
                        || type == OtlpType.FIXED64
                        || type == OtlpType.SFIXED64;
        boolean isSigned =
                type == OtlpType.INT32
                        || type == OtlpType.ENUM
                        || type == OtlpType.SINT32
                        || type == OtlpType.INT64
                        || type == OtlpType.SFIXED64;
        if (!text.integer(
                reading.getTextCharacters(),
                reading.getTextOffset(),
                reading.getTextLength(),
                isLong ? Long.SIZE : Integer.SIZE,
                isSigned)) {
            return refuse(
                    "not "
                            + (isSigned ? "a signed" : "an unsigned")
                            + " integer of "
                            + (isLong ? Long.SIZE : Integer.SIZE)
                            + " bits");
        }
        long value = text.value();
        return number(
                of,
                type == OtlpType.SINT32
                        ? (int) ((value << 1) ^ (value >> 63)) & 0xffff_ffffL
                        : value);
    }

    private boolean decimal(OtlpField of, JsonToken token) throws IOException {
        JsonParser reading = parser();
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            double value = reading.getDoubleValue();
            return Double.isInfinite(value)
                    ? refuse("more than a double holds")
                    : number(of, Double.doubleToRawLongBits(value));
        }
        if (token != JsonToken.VALUE_STRING) {
            return wrong(of, name(token));
        }
        if (reading.getTextLength() > limits.numberCharsMax() || !text.decimal(reading.getText())) {
            return refuse("text is not a double");
        }
        return number(of, text.value());
    }

    private boolean enumeration(OtlpField of, JsonToken token) throws IOException {
        JsonParser reading = parser();
        if (token == JsonToken.VALUE_STRING) {
            int value =
                    reading.getTextLength() > limits.nameCharsMax()
                            ? -1
                            : of.enumeration().value(reading.getText());
            return value < 0 ? refuse("no such enumeration value") : number(of, value);
        }
        return token == JsonToken.VALUE_NUMBER_INT ? integer(of, token) : wrong(of, name(token));
    }

    /// Writes a number, given as the bits that its type has on the wire.
    private boolean number(OtlpField of, long bits) {
        if (isNothing(of, bits)) {
            return true;
        }
        if (!of.isPacked() && !target.varint(of.tag())) {
            return false;
        }
        return switch (of.type().wireType()) {
            case OtlpType.BITS_64 -> target.bits64(bits);
            case OtlpType.BITS_32 -> target.bits32((int) bits);
            default -> target.varint(bits);
        };
    }

    /// Whether a value says no more than its absence would; notes that the field was given.
    private boolean isNothing(OtlpField of, long value) {
        if (messages[level] == null) {
            return false;
        }
        long bit = 1L << of.index;
        boolean isNothing = value == 0 && !of.hasPresence() && (seen[level] & bit) == 0;
        if (!isNothing) {
            seen[level] |= bit;
        }
        return isNothing;
    }

    private boolean wrong(OtlpField of, String got) {
        String expected = of.type().name().toLowerCase(Locale.ROOT);
        boolean isArray = of.isRepeated() && messages[level] != null;
        return refuse("wrong type: expected=" + (isArray ? "array" : expected) + ", got=" + got);
    }

    private static String name(JsonToken token) {
        return switch (token) {
            case VALUE_STRING -> "string";
            case VALUE_TRUE, VALUE_FALSE -> "boolean";
            case VALUE_NUMBER_INT -> "integer";
            case VALUE_NUMBER_FLOAT -> "decimal";
            default -> "null";
        };
    }

    /// Where the last token stands, such as `resourceLogs[0].scopeLogs[2].scope.name`; `.` for the
    /// document itself.
    String path() {
        StringBuilder path = new StringBuilder();
        for (int frame = 1; frame <= level; frame++) {
            OtlpField of = fields[frame];
            if (of != null && (messages[frame] == null || messages[frame - 1] != null)) {
                append(path, of);
            }
            if (messages[frame] == null) {
                path.append('[').append(Math.max(0, seen[frame] - 1)).append(']');
            }
        }
        OtlpField of = field;
        if (level >= 0 && messages[level] != null && of != null) {
            append(path, of);
        }
        return path.isEmpty() ? "." : path.toString();
    }

    private static void append(StringBuilder path, OtlpField of) {
        path.append(path.isEmpty() ? "" : ".").append(of.jsonName());
    }

    /// Takes the pieces of a long text.
    private final class TextWriter extends Writer {
        private boolean hasRoom;

        @Override
        public void write(char[] chars, int offset, int length) {
            hasRoom = hasRoom && target.text(chars, offset, length);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
