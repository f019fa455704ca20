package dev.colonnade.pipeline.wire;

import java.nio.charset.StandardCharsets;

/// Header values of gRPC over HTTP/2 that have a syntax of their own: `grpc-message` and
/// `grpc-timeout`.
public final class GrpcText {
    /// The longest message that is written into a header, in bytes of UTF-8, before encoding: peers
    /// refuse header lists over 8 KiB, and each byte may become three.
    public static final int MESSAGE_BYTES_MAX = 1024;

    private static final String HEX = "0123456789ABCDEF";
    private static final int TIMEOUT_DIGITS_MAX = 8;
    private static final long TIMEOUT_MAX = 99_999_999;
    private static final String UNITS = "numSMH";
    private static final long[] UNIT_NANOS = {
        1, 1_000, 1_000_000, 1_000_000_000, 60_000_000_000L, 3_600_000_000_000L
    };

    private GrpcText() {}

    /// A message as `grpc-message` carries it: percent-encoded UTF-8, cut to [#MESSAGE_BYTES_MAX]
    /// at a character.
    public static String encodeMessage(String message) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        int length = cut(bytes, 0, bytes.length);
        StringBuilder header = new StringBuilder(length + 16);
        for (int i = 0; i < length; i++) {
            int next = bytes[i] & 0xff;
            if (next >= ' ' && next <= '~' && next != '%') {
                header.append((char) next);
            } else {
                header.append('%').append(HEX.charAt(next >>> 4)).append(HEX.charAt(next & 15));
            }
        }
        return header.toString();
    }

    /// The message in a `grpc-message` header. What is not a valid escape stands for itself, and
    /// what is not UTF-8 becomes U+FFFD: a message is never lost.
    public static String decodeMessage(CharSequence header) {
        int length = header.length();
        byte[] bytes = new byte[length * 3];
        int size = 0;
        for (int i = 0; i < length; i++) {
            char next = header.charAt(i);
            if (next == '%' && i + 2 < length) {
                int high = Character.digit(header.charAt(i + 1), 16);
                int low = Character.digit(header.charAt(i + 2), 16);
                if (high >= 0 && low >= 0) {
                    bytes[size++] = (byte) ((high << 4) | low);
                    i += 2;
                    continue;
                }
            }
            if (next < 0x80) {
                bytes[size++] = (byte) next;
            } else {
                byte[] encoded = String.valueOf(next).getBytes(StandardCharsets.UTF_8);
                System.arraycopy(encoded, 0, bytes, size, encoded.length);
                size += encoded.length;
            }
        }
        return new String(bytes, 0, size, StandardCharsets.UTF_8);
    }

    /// The nanoseconds in a `grpc-timeout` header: one to eight digits and a unit of `H M S m u n`;
    /// -1 when it is something else. More than 292 years become [Long#MAX_VALUE].
    public static long parseTimeout(CharSequence header) {
        int digits = header.length() - 1;
        if (digits < 1 || digits > TIMEOUT_DIGITS_MAX) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = header.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        int unit = UNITS.indexOf(header.charAt(digits));
        if (unit < 0) {
            return -1;
        }
        return value > Long.MAX_VALUE / UNIT_NANOS[unit]
                ? Long.MAX_VALUE
                : value * UNIT_NANOS[unit];
    }

    /// A `grpc-timeout` header of at most `nanos`, in the finest unit that has room; `0n` when
    /// there is no time left.
    public static String formatTimeout(long nanos) {
        long left = Math.max(nanos, 0);
        int unit = 0;
        while (left / UNIT_NANOS[unit] > TIMEOUT_MAX) {
            unit++;
        }
        return left / UNIT_NANOS[unit] + UNITS.substring(unit, unit + 1);
    }

    /// Foreign text, cut to [#MESSAGE_BYTES_MAX] at a character; what is not UTF-8 becomes U+FFFD.
    static String text(byte[] utf8, int offset, int length) {
        return new String(utf8, offset, cut(utf8, offset, length), StandardCharsets.UTF_8);
    }

    private static int cut(byte[] utf8, int offset, int length) {
        if (length <= MESSAGE_BYTES_MAX) {
            return length;
        }
        int cut = MESSAGE_BYTES_MAX;
        while (cut > 0 && (utf8[offset + cut] & 0xc0) == 0x80) {
            cut--;
        }
        return cut;
    }
}
