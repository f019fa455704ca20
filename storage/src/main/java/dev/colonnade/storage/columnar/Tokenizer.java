package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Cuts a text into what stays and what varies: its *skeleton*, with a mark in the place of each
/// number, word, UUID and hexadecimal id, and their values.
///
/// Exact: rendering the skeleton with the values gives the same bytes. What a mark cannot give back
/// (a number of more digits than a long has, letters and digits in turn) is a word, and words stand
/// in a dictionary.
final class Tokenizer {
    static final byte NUMBER = 1;
    static final byte WORD = 2;
    static final byte UUID = 3;

    /// A number with zeros in front; a byte with its length follows.
    static final byte PADDED = 4;

    /// Digits and the letters a to f; a byte with its length follows.
    static final byte HEX = 5;

    static final int SLOTS_MAX = 48;
    static final int TEXT_BYTES_MAX = 4096;
    static final int UUID_BYTES = 36;

    private static final int UUID_FIRST = 8;
    private static final int MARKS_END = 8;
    private static final int DIGITS_MAX = 18;
    private static final int HEX_MIN = 6;
    private static final int HEX_MAX = 16;
    private static final int PARTS_MAX = 4;
    private static final int OTHER = 0;
    private static final int DIGIT = 1;
    private static final int HEX_LETTER = 2;
    private static final int LETTER = 4;
    private static final byte[] CLASSES = classes();

    /// The values in order: numbers; for words where they stand, `length << 48 | offset`.
    final long[] values = new long[SLOTS_MAX];

    /// Which of the values are words.
    final boolean[] isWord = new boolean[SLOTS_MAX];

    int slots;

    private final byte[] text = new byte[TEXT_BYTES_MAX];
    private final byte[] skeleton = new byte[2 * TEXT_BYTES_MAX];
    private int length;
    private int skeletonLength;

    /// Cuts a text of at most [#TEXT_BYTES_MAX] bytes; answers the length of the skeleton that was
    /// written to `target`, which takes at most twice the text's, or -1 when it has too many values
    /// or bytes that are marks.
    int cut(long address, int bytes, long target) {
        OffHeap.copy(address, text, 0, bytes);
        length = bytes;
        skeletonLength = 0;
        slots = 0;
        int at = 0;
        while (at < bytes) {
            byte next = text[at];
            if (CLASSES[next & 0xFF] == OTHER) {
                if (next >= 0 && next < MARKS_END) {
                    return -1;
                }
                skeleton[skeletonLength++] = next;
                at++;
            } else {
                at = next >= '0' && next <= '9' ? number(at) : word(at);
                if (slots > SLOTS_MAX - 2 - PARTS_MAX) {
                    return -1;
                }
            }
        }
        OffHeap.copy(skeleton, 0, target, skeletonLength);
        return skeletonLength;
    }

    /// How many values a skeleton has places for.
    static int slotsOf(long skeleton, int length) {
        int slots = 0;
        for (int at = 0; at < length; at++) {
            switch (OffHeap.getByte(skeleton + at)) {
                case NUMBER, WORD -> slots++;
                case UUID -> slots += 2;
                case PADDED, HEX -> {
                    slots++;
                    at++;
                }
                default -> {}
            }
        }
        return slots;
    }

    /// What begins with a digit, mostly a number; answers where it ends.
    private int number(int from) {
        int end = from;
        long number = 0;
        while (end < length && text[end] >= '0' && text[end] <= '9') {
            number = number * 10 + (text[end] - '0');
            end++;
        }
        boolean isNumber = end == length || CLASSES[text[end] & 0xFF] == OTHER;
        int size = end - from;
        if (!isNumber
                || size == UUID_FIRST
                || size > DIGITS_MAX
                || (text[from] == '0' && size > 1)) {
            return run(from);
        }
        skeleton[skeletonLength++] = NUMBER;
        add(number);
        return end;
    }

    /// What begins with a letter, mostly a word; answers where it ends.
    private int word(int from) {
        int end = from + 1;
        while (end < length && (CLASSES[text[end] & 0xFF] & (LETTER | HEX_LETTER)) != 0) {
            end++;
        }
        if (end < length && CLASSES[text[end] & 0xFF] == DIGIT) {
            return run(from);
        }
        word(from, end);
        return end;
    }

    /// Letters and digits from `from` on; answers where they end.
    private int run(int from) {
        int end = from;
        int seen = 0;
        int parts = 0;
        int before = OTHER;
        while (end < length) {
            int type = CLASSES[text[end] & 0xFF];
            if (type == OTHER) {
                break;
            }
            seen |= type;
            boolean isDigit = type == DIGIT;
            if (before == OTHER || isDigit != (before == DIGIT)) {
                parts++;
            }
            before = type;
            end++;
        }
        int size = end - from;
        if (size == UUID_FIRST && (seen & LETTER) == 0 && isUuid(from)) {
            uuid(from);
            return from + UUID_BYTES;
        }
        if (parts == 1) {
            part(from, end, seen == DIGIT);
        } else if ((seen & LETTER) == 0 && size >= HEX_MIN && size <= HEX_MAX) {
            put(HEX);
            put((byte) size);
            add(hex(from, size));
        } else if (size > 2 && text[from] == '0' && text[from + 1] == 'x') {
            put((byte) '0');
            put((byte) 'x');
            return from + 2;
        } else if (parts > PARTS_MAX) {
            word(from, end);
        } else {
            parts(from, end);
        }
        return end;
    }

    private void parts(int from, int end) {
        int start = from;
        while (start < end) {
            boolean isDigit = CLASSES[text[start] & 0xFF] == DIGIT;
            int next = start + 1;
            while (next < end && (CLASSES[text[next] & 0xFF] == DIGIT) == isDigit) {
                next++;
            }
            part(start, next, isDigit);
            start = next;
        }
    }

    private void part(int from, int end, boolean isDigits) {
        int size = end - from;
        if (!isDigits || size > DIGITS_MAX) {
            word(from, end);
            return;
        }
        if (size > 1 && text[from] == '0') {
            put(PADDED);
            put((byte) size);
        } else {
            put(NUMBER);
        }
        long number = 0;
        for (int at = from; at < end; at++) {
            number = number * 10 + (text[at] - '0');
        }
        add(number);
    }

    private void word(int from, int end) {
        put(WORD);
        isWord[slots] = true;
        values[slots++] = (long) (end - from) << 48 | from;
    }

    private void uuid(int from) {
        put(UUID);
        add(hex(from, 8) << 32 | hex(from + 9, 4) << 16 | hex(from + 14, 4));
        add(hex(from + 19, 4) << 48 | hex(from + 24, 12));
    }

    private boolean isUuid(int from) {
        if (from + UUID_BYTES > length) {
            return false;
        }
        for (int at = 8; at < UUID_BYTES; at++) {
            byte next = text[from + at];
            boolean isDash = at == 8 || at == 13 || at == 18 || at == 23;
            if (isDash ? next != '-' : (CLASSES[next & 0xFF] & (DIGIT | HEX_LETTER)) == 0) {
                return false;
            }
        }
        return true;
    }

    private long hex(int from, int size) {
        long number = 0;
        for (int at = from; at < from + size; at++) {
            byte digit = text[at];
            number = number << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }
        return number;
    }

    private void add(long value) {
        isWord[slots] = false;
        values[slots++] = value;
    }

    private void put(byte value) {
        skeleton[skeletonLength++] = value;
    }

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int value = 0; value < 256; value++) {
            if (value >= '0' && value <= '9') {
                classes[value] = DIGIT;
            } else if (value >= 'a' && value <= 'f') {
                classes[value] = HEX_LETTER;
            } else if ((value >= 'a' && value <= 'z')
                    || (value >= 'A' && value <= 'Z')
                    || value >= 0x80) {
                classes[value] = LETTER;
            }
        }
        return classes;
    }
}
