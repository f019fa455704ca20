package dev.colonnade.pipeline.json;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One field of an OTLP message.
public final class OtlpField {
    private final int number;
    private final String name;
    private final String jsonName;
    private final OtlpType type;
    private final int idBytes;
    private final @Nullable OtlpMessage message;
    private final @Nullable OtlpEnum enumeration;
    private final byte[] jsonKey;
    private boolean isRepeated;
    private boolean isInOneof;
    private boolean isOptional;

    /// Its place in its message.
    int index;

    private OtlpField(
            int number,
            String name,
            OtlpType type,
            int idBytes,
            @Nullable OtlpMessage message,
            @Nullable OtlpEnum enumeration) {
        this.number = number;
        this.name = name;
        this.type = type;
        this.idBytes = idBytes;
        this.message = message;
        this.enumeration = enumeration;
        jsonName = camelCase(name);
        jsonKey = ("\"" + jsonName + "\":").getBytes(StandardCharsets.US_ASCII);
    }

    static OtlpField scalar(int number, String name, OtlpType type) {
        return new OtlpField(number, name, type, 0, null, null);
    }

    static OtlpField id(int number, String name, int bytes) {
        return new OtlpField(number, name, OtlpType.ID, bytes, null, null);
    }

    static OtlpField message(int number, String name, OtlpMessage message) {
        return new OtlpField(number, name, OtlpType.MESSAGE, 0, message, null);
    }

    static OtlpField enumeration(int number, String name, OtlpEnum values) {
        return new OtlpField(number, name, OtlpType.ENUM, 0, null, values);
    }

    OtlpField repeated() {
        isRepeated = true;
        return this;
    }

    OtlpField inOneof() {
        isInOneof = true;
        return this;
    }

    OtlpField optional() {
        isOptional = true;
        return this;
    }

    /// The protobuf field number.
    public int number() {
        return number;
    }

    /// The name in the protobuf definition, `snake_case`.
    public String name() {
        return name;
    }

    /// The name in JSON, `lowerCamelCase`.
    public String jsonName() {
        return jsonName;
    }

    /// What its values are.
    public OtlpType type() {
        return type;
    }

    /// How many bytes an id has; 0 for other types.
    public int idBytes() {
        return idBytes;
    }

    /// Whether it is a list.
    public boolean isRepeated() {
        return isRepeated;
    }

    /// Whether its numbers are written as one field.
    public boolean isPacked() {
        return isRepeated && type.isPackable();
    }

    /// Whether it is an alternative of the message's one `oneof`.
    public boolean isInOneof() {
        return isInOneof;
    }

    /// Whether a zero differs from no value.
    public boolean hasPresence() {
        return isInOneof || isOptional || type == OtlpType.MESSAGE;
    }

    /// The message that it holds.
    ///
    /// @throws IllegalStateException when it holds none
    public OtlpMessage message() {
        OtlpMessage held = message;
        if (held == null) {
            throw new IllegalStateException("field holds no message: field=" + name);
        }
        return held;
    }

    /// The enumeration that its values are of.
    ///
    /// @throws IllegalStateException when they are of none
    public OtlpEnum enumeration() {
        OtlpEnum values = enumeration;
        if (values == null) {
            throw new IllegalStateException("field is no enumeration: field=" + name);
        }
        return values;
    }

    /// The tag of one value: number and wire type, as a varint holds them; a packed list's is
    /// length-delimited.
    int tag() {
        return (number << 3) | (isPacked() ? OtlpType.LENGTH : type.wireType());
    }

    /// The name with quotes and colon.
    byte[] jsonKey() {
        return jsonKey;
    }

    private static String camelCase(String name) {
        StringBuilder camel = new StringBuilder();
        boolean isFirst = false;
        for (int index = 0; index < name.length(); index++) {
            char next = name.charAt(index);
            if (next != '_') {
                camel.append(isFirst ? Character.toUpperCase(next) : next);
            }
            isFirst = next == '_';
        }
        return camel.toString();
    }

    @Override
    public String toString() {
        return name;
    }
}
