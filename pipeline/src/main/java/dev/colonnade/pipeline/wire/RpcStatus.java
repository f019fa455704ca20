package dev.colonnade.pipeline.wire;

import dev.colonnade.pipeline.json.JsonAnswer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// A refusal with its reason and, for those worth another attempt, when: `google.rpc.Status` with
/// at most a `google.rpc.RetryInfo` in its details.
///
/// gRPC carries it in the trailers `grpc-status`, `grpc-message` and `grpc-status-details-bin`,
/// OTLP/HTTP as the body, in the encoding of the request. Made per refusal, not per record; an
/// agent under overload may keep the encoded forms.
///
/// @param code the gRPC code; foreign codes that are not defined are [GrpcStatus#UNKNOWN]
/// @param message for people; cut to [GrpcText#MESSAGE_BYTES_MAX] bytes when decoded
/// @param retryDelayNanos when the sender may try again, or [#NO_RETRY_INFO]
public record RpcStatus(GrpcStatus code, String message, long retryDelayNanos) {
    /// There is no RetryInfo.
    public static final long NO_RETRY_INFO = -1;

    /// A status header or body above this is not read: nothing that long is a status.
    public static final int BYTES_MAX = 64 * 1024;

    private static final String RETRY_INFO_TYPE = "type.googleapis.com/google.rpc.RetryInfo";
    private static final byte[] RETRY_INFO_TYPE_BYTES =
            RETRY_INFO_TYPE.getBytes(StandardCharsets.US_ASCII);
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int VARINT_1 = 1 << 3;
    private static final int BYTES_1 = (1 << 3) | 2;
    private static final int VARINT_2 = 2 << 3;
    private static final int BYTES_2 = (2 << 3) | 2;
    private static final int BYTES_3 = (3 << 3) | 2;

    /// Refuses negative delays other than [#NO_RETRY_INFO].
    public RpcStatus {
        if (retryDelayNanos < NO_RETRY_INFO) {
            throw new IllegalArgumentException("negative delay: nanos=" + retryDelayNanos);
        }
    }

    /// A refusal without RetryInfo.
    public static RpcStatus of(GrpcStatus code, String message) {
        return new RpcStatus(code, message, NO_RETRY_INFO);
    }

    /// A refusal that may be retried after a delay.
    public static RpcStatus retryAfter(GrpcStatus code, String message, long delayNanos) {
        return new RpcStatus(code, message, Math.max(delayNanos, 0));
    }

    /// Whether the answer names a delay.
    public boolean hasRetryInfo() {
        return retryDelayNanos != NO_RETRY_INFO;
    }

    /// Whether the same request may be sent again.
    public boolean isRetryable() {
        return code.isRetryable(hasRetryInfo());
    }

    /// `google.rpc.Status` as protobuf.
    public byte[] toProtobuf() {
        ProtoWriter status =
                new ProtoWriter()
                        .varint(1, code.code())
                        .bytes(2, message.getBytes(StandardCharsets.UTF_8));
        if (hasRetryInfo()) {
            byte[] duration =
                    new ProtoWriter()
                            .varint(1, retryDelayNanos / NANOS_PER_SECOND)
                            .varint(2, retryDelayNanos % NANOS_PER_SECOND)
                            .toByteArray();
            byte[] retryInfo = new ProtoWriter().message(1, duration).toByteArray();
            byte[] any =
                    new ProtoWriter()
                            .bytes(1, RETRY_INFO_TYPE_BYTES)
                            .bytes(2, retryInfo)
                            .toByteArray();
            status.message(3, any);
        }
        return status.toByteArray();
    }

    /// `google.rpc.Status` as protobuf's JSON mapping has it, in UTF-8.
    public byte[] toJson() {
        StringBuilder json = new StringBuilder(message.length() + 64);
        json.append("{\"code\":").append(code.code()).append(",\"message\":\"");
        for (int i = 0; i < message.length(); i++) {
            appendEscaped(json, message.charAt(i));
        }
        json.append('"');
        if (hasRetryInfo()) {
            json.append(",\"details\":[{\"@type\":\"").append(RETRY_INFO_TYPE);
            json.append("\",\"retryDelay\":\"").append(retryDelayNanos / NANOS_PER_SECOND);
            long nanos = retryDelayNanos % NANOS_PER_SECOND;
            if (nanos > 0) {
                // Nine digits with the leading 1 cut off.
                json.append('.').append(Long.toString(NANOS_PER_SECOND + nanos), 1, 10);
            }
            json.append("s\"}]");
        }
        return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    /// The value of `grpc-status-details-bin`: base64 without padding.
    public String toDetailsHeader() {
        return Base64.getEncoder().withoutPadding().encodeToString(toProtobuf());
    }

    /// Reads a `google.rpc.Status`; empty when the bytes are none. Details other than RetryInfo are
    /// stepped over.
    public static Optional<RpcStatus> parse(byte[] bytes, int offset, int length) {
        if (length > BYTES_MAX) {
            return Optional.empty();
        }
        GrpcStatus code = GrpcStatus.OK;
        String message = "";
        long delay = NO_RETRY_INFO;
        ProtoReader status = new ProtoReader(bytes, offset, length);
        for (int tag = status.next(); tag != 0; tag = status.next()) {
            if (tag == VARINT_1) {
                code = GrpcStatus.of((int) status.value());
            } else if (tag == BYTES_2) {
                message = status.text();
            } else if (tag == BYTES_3) {
                delay = Math.max(delay, retryDelay(status.message()));
            }
        }
        return status.isIntact()
                ? Optional.of(new RpcStatus(code, message, delay))
                : Optional.empty();
    }

    /// Reads code and message of a `google.rpc.Status` in JSON; empty when the bytes are none. When
    /// to try again stands in `Retry-After` over HTTP.
    public static Optional<RpcStatus> parseJson(byte[] bytes, int offset, int length) {
        if (length > BYTES_MAX) {
            return Optional.empty();
        }
        int[] code = {0};
        String[] message = {""};
        boolean isObject =
                JsonAnswer.read(
                        bytes,
                        offset,
                        length,
                        (parent, name, value) -> {
                            if (parent.isEmpty() && name.equals("message")) {
                                message[0] = value;
                            } else if (parent.isEmpty()
                                    && name.equals("code")
                                    && value.matches("[0-9]{1,3}")) {
                                code[0] = Integer.parseInt(value);
                            }
                        });
        return isObject && !message[0].isEmpty()
                ? Optional.of(of(GrpcStatus.of(code[0]), message[0]))
                : Optional.empty();
    }

    /// Reads a `grpc-status-details-bin` header, with or without padding; empty when it is none.
    public static Optional<RpcStatus> parseDetailsHeader(CharSequence header) {
        if (header.length() > BYTES_MAX) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(header.toString());
            return parse(bytes, 0, bytes.length);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// The delay in an `Any` that holds a RetryInfo.
    private static long retryDelay(ProtoReader any) {
        boolean isRetryInfo = false;
        long delay = NO_RETRY_INFO;
        for (int tag = any.next(); tag != 0; tag = any.next()) {
            if (tag == BYTES_1) {
                isRetryInfo = RETRY_INFO_TYPE.equals(any.text());
            } else if (tag == BYTES_2) {
                delay = duration(any.message());
            }
        }
        // A RetryInfo without a value, or without a delay in it, says that a retry is welcome.
        return any.isIntact() && isRetryInfo ? Math.max(delay, 0) : NO_RETRY_INFO;
    }

    private static long duration(ProtoReader retryInfo) {
        long seconds = 0;
        long nanos = 0;
        for (int tag = retryInfo.next(); tag != 0; tag = retryInfo.next()) {
            if (tag == BYTES_1) {
                ProtoReader duration = retryInfo.message();
                for (int field = duration.next(); field != 0; field = duration.next()) {
                    if (field == VARINT_1) {
                        seconds = duration.value();
                    } else if (field == VARINT_2) {
                        nanos = (int) duration.value();
                    }
                }
            }
        }
        if (seconds >= Long.MAX_VALUE / NANOS_PER_SECOND) {
            return Long.MAX_VALUE;
        }
        return seconds < 0 ? 0 : Math.max(0, seconds * NANOS_PER_SECOND + nanos);
    }

    private static void appendEscaped(StringBuilder json, char character) {
        switch (character) {
            case '"' -> json.append("\\\"");
            case '\\' -> json.append("\\\\");
            case '\n' -> json.append("\\n");
            case '\r' -> json.append("\\r");
            case '\t' -> json.append("\\t");
            default -> {
                if (character < ' ' || Character.isSurrogate(character) || character == '\u007f') {
                    json.append("\\u").append(Integer.toHexString(0x1_0000 | character), 1, 5);
                } else {
                    json.append(character);
                }
            }
        }
    }
}
