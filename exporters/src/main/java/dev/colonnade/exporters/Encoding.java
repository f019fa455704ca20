package dev.colonnade.exporters;

/// What a request over OTLP/HTTP is written in.
public enum Encoding {
    /// Binary protobuf.
    PROTO("proto", "application/x-protobuf"),
    /// OTLP/JSON.
    JSON("json", "application/json");

    private final String label;
    private final String mediaType;

    Encoding(String label, String mediaType) {
        this.label = label;
        this.mediaType = mediaType;
    }

    /// What users write.
    public String label() {
        return label;
    }

    /// The `Content-Type`.
    public String mediaType() {
        return mediaType;
    }
}
