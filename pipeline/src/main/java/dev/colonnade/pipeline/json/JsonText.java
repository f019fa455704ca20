package dev.colonnade.pipeline.json;

import java.util.Arrays;

/// Reads the texts that stand for values in OTLP/JSON: integers, doubles, hex, base64.
final class JsonText {
    private static final int PAD = -2;
    private static final byte[] BASE64 = new byte[128];

    static {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        Arrays.fill(BASE64, (byte) -1);
        for (int value = 0; value < 64; value++) {
            BASE64[alphabet.charAt(value)] = (byte) value;
        }
        BASE64['-'] = 62;
        BASE64['_'] = 63;
        BASE64['='] = PAD;
    }

    private long value;

    /// The integer that [#integer] or the double's bits that [#decimal] read last.
    long value() {
        return value;
    }

    /// Reads decimal digits after an optional minus; false when there is anything else, or more
    /// than `bits` bits hold.
    boolean integer(char[] chars, int offset, int length, int bits, boolean isSigned) {
        int end = offset + length;
        int at = offset;
        boolean isNegative = at < end && chars[at] == '-';
        if (isNegative) {
            at++;
        }
        if (at == end) {
            return false;
        }
        long magnitude = 0;
        while (at < end) {
            int digit = chars[at++] - '0';
            if (digit < 0 || digit > 9 || !fitsDigit(magnitude, digit)) {
                return false;
            }
            magnitude = magnitude * 10 + digit;
        }
        value = isNegative ? -magnitude : magnitude;
        return fits(magnitude, isNegative, bits, isSigned);
    }

    private static boolean fitsDigit(long magnitude, int digit) {
        // 1,844,674,407,370,955,161 is a tenth of the largest unsigned number, which ends in 5.
        long tenth = Long.divideUnsigned(-1L, 10);
        return magnitude >= 0 && (magnitude < tenth || (magnitude == tenth && digit <= 5));
    }

    private static boolean fits(long magnitude, boolean isNegative, int bits, boolean isSigned) {
        if (!isSigned) {
            return (!isNegative || magnitude == 0)
                    && (bits == Long.SIZE || (magnitude >= 0 && magnitude < 1L << bits));
        }
        long limit = 1L << (bits - 1);
        long largest = isNegative ? limit : limit - 1;
        return Long.compareUnsigned(magnitude, largest) <= 0;
    }

    /// Reads a double as JSON writes it, or one of `NaN`, `Infinity` and `-Infinity`; false when
    /// there is anything else, or more than a double holds.
    boolean decimal(String text) {
        double read;
        switch (text) {
            case "NaN" -> read = Double.NaN;
            case "Infinity" -> read = Double.POSITIVE_INFINITY;
            case "-Infinity" -> read = Double.NEGATIVE_INFINITY;
            default -> {
                if (!isNumber(text)) {
                    return false;
                }
                read = Double.parseDouble(text);
                if (Double.isInfinite(read)) {
                    return false;
                }
            }
        }
        value = Double.doubleToRawLongBits(read);
        return true;
    }

    private static boolean isNumber(String text) {
        int at = text.startsWith("-") ? 1 : 0;
        int whole = digits(text, at);
        if (whole == at) {
            return false;
        }
        at = whole;
        if (at < text.length() && text.charAt(at) == '.') {
            int fraction = digits(text, at + 1);
            if (fraction == at + 1) {
                return false;
            }
            at = fraction;
        }
        if (at < text.length() && (text.charAt(at) | 0x20) == 'e') {
            at++;
            if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
                at++;
            }
            int exponent = digits(text, at);
            if (exponent == at) {
                return false;
            }
            at = exponent;
        }
        return at == text.length();
    }

    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    /// Whether all characters are hexadecimal digits.
    static boolean isHex(char[] chars, int offset, int length) {
        for (int index = offset; index < offset + length; index++) {
            if (chars[index] >= 0x80 || Character.digit(chars[index], 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /// How many bytes base64 text stands for, in the plain or the URL-safe alphabet, with or
    /// without padding; -1 when it is none.
    static int base64Length(char[] chars, int offset, int length) {
        int data = 0;
        int pads = 0;
        for (int index = offset; index < offset + length; index++) {
            int bits = base64(chars[index]);
            if (bits == PAD) {
                pads++;
            } else if (bits < 0 || pads > 0) {
                return -1;
            } else {
                data++;
            }
        }
        int rest = data % 4;
        boolean isPadded = pads == 0 || (rest > 1 && pads == 4 - rest);
        return isPadded && rest != 1 ? (int) (data * 3L / 4) : -1;
    }

    /// Writes what checked base64 text stands for; there is room for it.
    static void base64(char[] chars, int offset, int length, ProtoTarget target) {
        int held = 0;
        int bits = 0;
        for (int index = offset; index < offset + length; index++) {
            int next = base64(chars[index]);
            if (next == PAD) {
                return;
            }
            held = (held << 6) | next;
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                target.put(held >>> bits);
            }
        }
    }

    private static int base64(char next) {
        return next < 128 ? BASE64[next] : -1;
    }
}
