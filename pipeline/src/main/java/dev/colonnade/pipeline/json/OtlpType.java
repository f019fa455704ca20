package dev.colonnade.pipeline.json;

/// How the value of an OTLP field is written in protobuf and in JSON.
public enum OtlpType {
    STRING(OtlpType.LENGTH),
    /// Base64 in JSON.
    BYTES(OtlpType.LENGTH),
    /// A trace or span id: bytes of a fixed count, hex in JSON.
    ID(OtlpType.LENGTH),
    MESSAGE(OtlpType.LENGTH),
    BOOL(OtlpType.VARINT),
    ENUM(OtlpType.VARINT),
    INT32(OtlpType.VARINT),
    UINT32(OtlpType.VARINT),
    /// Zigzag.
    SINT32(OtlpType.VARINT),
    INT64(OtlpType.VARINT),
    UINT64(OtlpType.VARINT),
    FIXED32(OtlpType.BITS_32),
    FIXED64(OtlpType.BITS_64),
    SFIXED64(OtlpType.BITS_64),
    DOUBLE(OtlpType.BITS_64);

    static final int VARINT = 0;
    static final int BITS_64 = 1;
    static final int LENGTH = 2;
    static final int START_GROUP = 3;
    static final int END_GROUP = 4;
    static final int BITS_32 = 5;

    private final int wireType;

    OtlpType(int wireType) {
        this.wireType = wireType;
    }

    /// The protobuf wire type of one value.
    public int wireType() {
        return wireType;
    }

    /// Whether several values are written as one field, one behind the other.
    boolean isPackable() {
        return wireType != LENGTH;
    }
}
