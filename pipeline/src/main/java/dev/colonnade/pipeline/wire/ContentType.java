package dev.colonnade.pipeline.wire;

import org.jspecify.annotations.Nullable;

/// The encodings that a `Content-Type` header can name on the OTLP ports.
public enum ContentType {
    /// `application/grpc` or `application/grpc+proto`.
    GRPC("application/grpc"),
    /// `application/x-protobuf`.
    PROTOBUF("application/x-protobuf"),
    /// `application/json`.
    JSON("application/json"),
    /// Anything else, or nothing.
    OTHER("");

    private static final String GRPC_PROTO = "application/grpc+proto";

    private final String mediaType;

    ContentType(String mediaType) {
        this.mediaType = mediaType;
    }

    /// The header value to answer with.
    public String mediaType() {
        return mediaType;
    }

    /// What a header names; letter case and parameters (`; charset=utf-8`) do not matter.
    public static ContentType of(@Nullable CharSequence header) {
        if (header == null) {
            return OTHER;
        }
        int start = 0;
        while (start < header.length() && isSpace(header.charAt(start))) {
            start++;
        }
        int end = start;
        while (end < header.length() && header.charAt(end) != ';') {
            end++;
        }
        while (end > start && isSpace(header.charAt(end - 1))) {
            end--;
        }
        if (matches(header, start, end, PROTOBUF.mediaType)) {
            return PROTOBUF;
        }
        if (matches(header, start, end, GRPC.mediaType)
                || matches(header, start, end, GRPC_PROTO)) {
            return GRPC;
        }
        return matches(header, start, end, JSON.mediaType) ? JSON : OTHER;
    }

    private static boolean isSpace(char character) {
        return character == ' ' || character == '\t';
    }

    private static boolean matches(CharSequence header, int start, int end, String mediaType) {
        if (end - start != mediaType.length()) {
            return false;
        }
        for (int i = start; i < end; i++) {
            char next = header.charAt(i);
            char lower = next >= 'A' && next <= 'Z' ? (char) (next + ('a' - 'A')) : next;
            if (lower != mediaType.charAt(i - start)) {
                return false;
            }
        }
        return true;
    }
}
