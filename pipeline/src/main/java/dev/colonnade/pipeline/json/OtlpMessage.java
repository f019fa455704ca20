package dev.colonnade.pipeline.json;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message type of OTLP: its fields by number and by name.
public final class OtlpMessage {
    /// More than any message has.
    static final int FIELDS_MAX = 16;

    private final String name;
    private final boolean isRecord;
    private final Map<String, OtlpField> byName = new HashMap<>();
    private List<OtlpField> fields = List.of();
    private @Nullable OtlpField[] byNumber = new OtlpField[0];

    OtlpMessage(String name) {
        this(name, false);
    }

    private OtlpMessage(String name, boolean isRecord) {
        this.name = name;
        this.isRecord = isRecord;
    }

    /// A message that is a log record, a span or a data point.
    static OtlpMessage record(String name) {
        return new OtlpMessage(name, true);
    }

    void define(OtlpField... defined) {
        fields = List.of(defined);
        if (fields.size() > FIELDS_MAX) {
            throw new IllegalStateException("too many fields: message=" + name);
        }
        byNumber = new OtlpField[defined[defined.length - 1].number() + 1];
        for (OtlpField field : defined) {
            field.index = fields.indexOf(field);
            byNumber[field.number()] = field;
            byName.put(field.name(), field);
            byName.put(field.jsonName(), field);
        }
    }

    /// The name in the protobuf definition, without its package.
    public String name() {
        return name;
    }

    /// Whether it is a log record, a span or a data point.
    public boolean isRecord() {
        return isRecord;
    }

    /// All fields, by rising number.
    public List<OtlpField> fields() {
        return fields;
    }

    /// The field of that name, in `lowerCamelCase` or `snake_case`.
    public @Nullable OtlpField field(String name) {
        return byName.get(name);
    }

    /// The field with that number.
    public @Nullable OtlpField field(int number) {
        return number >= 0 && number < byNumber.length ? byNumber[number] : null;
    }

    @Override
    public String toString() {
        return name;
    }
}
