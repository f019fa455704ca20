package dev.colonnade.pipeline.json;

import dev.colonnade.storage.memory.OffHeap;
import java.nio.charset.StandardCharsets;

/// JSON text being collected in one chunk and handed to a sink whenever that is full.
///
/// Once the sink refuses a chunk everything more is swallowed, see [#isRefused].
final class JsonOutput {
    private static final int CHUNK_BYTES = 8 << 10;

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BASE64 =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REPLACEMENT = {(byte) 0xef, (byte) 0xbf, (byte) 0xbd};

    /// Doubles up to here that are whole are written as their digits.
    private static final double WHOLE_MAX = 1L << 53;

    private final byte[] chunk = new byte[CHUNK_BYTES];
    private final byte[] digits = new byte[20];
    private ByteSink sink = (_, _) -> false;
    private int count;
    private boolean isRefused;

    void begin(ByteSink target) {
        sink = target;
        count = 0;
        isRefused = false;
    }

    /// Hands over what is left; false when the sink refused that or anything before.
    boolean end() {
        flush();
        sink = (_, _) -> false;
        return !isRefused;
    }

    boolean isRefused() {
        return isRefused;
    }

    private void flush() {
        if (count > 0 && !isRefused) {
            isRefused = !sink.accept(chunk, count);
        }
        count = 0;
    }

    void put(int value) {
        if (count == CHUNK_BYTES) {
            flush();
        }
        chunk[count++] = (byte) value;
    }

    /// Puts bytes, fewer than a chunk.
    void put(byte[] bytes) {
        room(bytes.length);
        System.arraycopy(bytes, 0, chunk, count, bytes.length);
        count += bytes.length;
    }

    private void room(int wanted) {
        if (CHUNK_BYTES - count < wanted) {
            flush();
        }
    }

    void ascii(String text) {
        room(text.length());
        for (int index = 0; index < text.length(); index++) {
            chunk[count++] = (byte) text.charAt(index);
        }
    }

    /// Puts an integer, in quotes if asked.
    void integer(long value, boolean isUnsigned) {
        int at = digits.length;
        long rest = value;
        boolean isNegative = value < 0 && !isUnsigned;
        if (value < 0 && isUnsigned) {
            long tens = Long.divideUnsigned(value, 10);
            digits[--at] = (byte) ('0' + (value - tens * 10));
            rest = tens;
        }
        do {
            digits[--at] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        } while (rest != 0);
        room(digits.length + 1);
        if (isNegative) {
            chunk[count++] = '-';
        }
        System.arraycopy(digits, at, chunk, count, digits.length - at);
        count += digits.length - at;
    }

    /// Puts a double with as few digits as tell it apart; what is no number as protobuf names it,
    /// in quotes.
    void decimal(double value) {
        if (Double.isNaN(value)) {
            ascii("\"NaN\"");
        } else if (Double.isInfinite(value)) {
            ascii(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        } else if (value == (long) value
                && Math.abs(value) <= WHOLE_MAX
                && Double.doubleToRawLongBits(value) != Long.MIN_VALUE) {
            integer((long) value, false);
        } else {
            ascii(Double.toString(value));
        }
    }

    void hex(long address, int length) {
        put('"');
        for (int index = 0; index < length; index++) {
            int value = OffHeap.getByte(address + index);
            put(HEX[(value >>> 4) & 0xf]);
            put(HEX[value & 0xf]);
        }
        put('"');
    }

    void base64(long address, int length) {
        put('"');
        int index = 0;
        for (; index + 2 < length; index += 3) {
            int bits = (byteAt(address, index) << 16) | (byteAt(address, index + 1) << 8);
            bits |= byteAt(address, index + 2);
            put(BASE64[bits >>> 18]);
            put(BASE64[(bits >>> 12) & 0x3f]);
            put(BASE64[(bits >>> 6) & 0x3f]);
            put(BASE64[bits & 0x3f]);
        }
        if (index < length) {
            boolean isPair = index + 1 < length;
            int bits = byteAt(address, index) << 16;
            bits |= isPair ? byteAt(address, index + 1) << 8 : 0;
            put(BASE64[bits >>> 18]);
            put(BASE64[(bits >>> 12) & 0x3f]);
            put(isPair ? BASE64[(bits >>> 6) & 0x3f] : '=');
            put('=');
        }
        put('"');
    }

    /// Puts UTF-8 text in quotes; bytes that are none become U+FFFD each.
    void string(long address, int length) {
        put('"');
        long at = address;
        long end = address + length;
        while (at < end) {
            long plain = plainEnd(at, end);
            copy(at, (int) (plain - at));
            at = plain;
            if (at < end) {
                at = special(at, end);
            }
        }
        put('"');
    }

    /// The first byte from `at` on that is not printable ASCII or has a meaning in JSON.
    private static long plainEnd(long from, long end) {
        long at = from;
        while (end - at >= 8) {
            long word = OffHeap.getLong(at);
            long quotes = word ^ ONES * '"';
            long escapes = word ^ ONES * '\\';
            // A high bit is set, beside bytes that have one, where a byte is too small.
            long found =
                    word
                            | (word - ONES * ' ')
                            | ((quotes - ONES) & ~quotes)
                            | ((escapes - ONES) & ~escapes);
            if ((found & HIGHS) != 0) {
                break;
            }
            at += 8;
        }
        while (at < end) {
            byte next = OffHeap.getByte(at);
            if (next < ' ' || next == '"' || next == '\\') {
                break;
            }
            at++;
        }
        return at;
    }

    private void copy(long address, int length) {
        long at = address;
        int rest = length;
        while (rest > 0) {
            if (count == CHUNK_BYTES) {
                flush();
            }
            int part = Math.min(rest, CHUNK_BYTES - count);
            OffHeap.copy(at, chunk, count, part);
            count += part;
            at += part;
            rest -= part;
        }
    }

    /// Puts one character that is not plain; returns where the next one begins.
    private long special(long at, long end) {
        byte next = OffHeap.getByte(at);
        if (next < 0) {
            int length = Utf8.sequence(at, end);
            if (length > 0) {
                copy(at, length);
                return at + length;
            }
            put(REPLACEMENT);
            return at - length;
        }
        room(6);
        chunk[count++] = '\\';
        switch (next) {
            case '"', '\\' -> chunk[count++] = next;
            case '\n' -> chunk[count++] = 'n';
            case '\r' -> chunk[count++] = 'r';
            case '\t' -> chunk[count++] = 't';
            case '\b' -> chunk[count++] = 'b';
            case '\f' -> chunk[count++] = 'f';
            default -> {
                chunk[count++] = 'u';
                chunk[count++] = '0';
                chunk[count++] = '0';
                chunk[count++] = HEX[next >>> 4];
                chunk[count++] = HEX[next & 0xf];
            }
        }
        return at + 1;
    }

    private static int byteAt(long address, int index) {
        return OffHeap.getByte(address + index) & 0xff;
    }
}
