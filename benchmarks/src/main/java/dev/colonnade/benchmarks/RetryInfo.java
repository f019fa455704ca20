package dev.colonnade.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// The advised delay inside `grpc-status-details-bin`: a `google.rpc.Status` with a
/// `google.rpc.RetryInfo`.
public final class RetryInfo {
    private static final String TYPE = "type.googleapis.com/google.rpc.RetryInfo";
    private static final int STATUS_DETAILS = 3;

    private RetryInfo() {}

    /// The header value for a status and a delay.
    public static String encode(int status, long delayNanos) {
        ByteArrayOutputStream duration = new ByteArrayOutputStream();
        tag(duration, 1, 0);
        varint(duration, delayNanos / 1_000_000_000);
        tag(duration, 2, 0);
        varint(duration, delayNanos % 1_000_000_000);
        ByteArrayOutputStream retryInfo = new ByteArrayOutputStream();
        bytes(retryInfo, 1, duration.toByteArray());
        ByteArrayOutputStream any = new ByteArrayOutputStream();
        bytes(any, 1, TYPE.getBytes(StandardCharsets.US_ASCII));
        bytes(any, 2, retryInfo.toByteArray());
        ByteArrayOutputStream rpcStatus = new ByteArrayOutputStream();
        tag(rpcStatus, 1, 0);
        varint(rpcStatus, status);
        bytes(rpcStatus, STATUS_DETAILS, any.toByteArray());
        return Base64.getEncoder().withoutPadding().encodeToString(rpcStatus.toByteArray());
    }

    /// The delay in a header value, nanoseconds; -1 when there is none that can be read.
    public static long decode(CharSequence header) {
        byte[] status;
        try {
            status = Base64.getDecoder().decode(header.toString());
        } catch (IllegalArgumentException _) {
            return -1;
        }
        Wire fields = new Wire().over(status, 0, status.length);
        while (fields.next()) {
            if (fields.field() == STATUS_DETAILS && fields.isBytes()) {
                long delay = decodeAny(status, fields.offset(), fields.length());
                if (delay >= 0) {
                    return delay;
                }
            }
        }
        return -1;
    }

    private static long decodeAny(byte[] status, int offset, int length) {
        Wire any = new Wire().over(status, offset, length);
        boolean isRetryInfo = false;
        while (any.next()) {
            if (any.field() == 1 && any.isBytes()) {
                isRetryInfo =
                        TYPE.equals(
                                new String(
                                        status,
                                        any.offset(),
                                        any.length(),
                                        StandardCharsets.US_ASCII));
            } else if (any.field() == 2 && any.isBytes() && isRetryInfo) {
                Wire retryInfo = new Wire().over(status, any.offset(), any.length());
                if (retryInfo.next() && retryInfo.field() == 1 && retryInfo.isBytes()) {
                    return decodeDuration(status, retryInfo.offset(), retryInfo.length());
                }
            }
        }
        return -1;
    }

    private static long decodeDuration(byte[] status, int offset, int length) {
        Wire duration = new Wire().over(status, offset, length);
        long nanos = 0;
        while (duration.next()) {
            if (duration.field() == 1) {
                nanos += duration.value() * 1_000_000_000;
            } else if (duration.field() == 2) {
                nanos += duration.value();
            }
        }
        return duration.isBroken() ? -1 : nanos;
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
        tag(out, field, 2);
        varint(out, value.length);
        out.writeBytes(value);
    }

    private static void tag(ByteArrayOutputStream out, int field, int wireType) {
        varint(out, ((long) field << 3) | wireType);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
