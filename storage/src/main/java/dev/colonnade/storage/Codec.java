package dev.colonnade.storage;

import java.util.Locale;

/// How the bytes of a request are compressed, on the wire and at rest.
///
/// [#DEFLATE] is the zlib format (RFC 1950), as HTTP means it.
public enum Codec {
    IDENTITY,
    GZIP,
    ZSTD,
    DEFLATE;

    private static final Codec[] BY_ORDINAL = values();

    private final String label = name().toLowerCase(Locale.ROOT);

    /// The name as `Content-Encoding` and `grpc-encoding` spell it.
    public String label() {
        return label;
    }

    static Codec of(int ordinal) {
        return BY_ORDINAL[ordinal];
    }
}
