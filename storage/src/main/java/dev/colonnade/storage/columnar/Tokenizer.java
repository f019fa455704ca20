package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

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

    /// What stands before a value that needs more than four bytes.
    static final int LARGE = -1;

    private static final int LARGE_BYTES = Integer.BYTES + Long.BYTES;
    private static final int TEXT_AT = 2 * TEXT_BYTES_MAX;
    private static final int VALUES_AT = TEXT_AT + TEXT_BYTES_MAX + 2 * Long.BYTES;

    /// What cutting needs at `target`: the skeleton, the text with zeros behind it, the values.
    static final int ROOM_BYTES = VALUES_AT + SLOTS_MAX * LARGE_BYTES;

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
    private static final long[] POWERS = powers();
    private static final long[] MASKS = masks();
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    /// Words of at most [#KNOWN_BYTES_MAX] bytes are looked for among those that were seen lately:
    /// their bytes as two numbers, and their index plus one. They have no zero bytes, so that the
    /// numbers say how long they are.
    private static final int KNOWN_LOG = 11;

    private static final int KNOWN_LONGS = 4;
    private static final int KNOWN_BYTES_MAX = 2 * Long.BYTES;

    // The same bit in each byte.
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long LOW_BITS = ~HIGH_BITS;

    /// How many words were not known; their indexes are for [#learn] to fill in.
    int unknownWords;

    /// How many words were known.
    int knownWords;

    private final long[] known = new long[KNOWN_LONGS << KNOWN_LOG];

    /// Where words that are not known stand, `length << 48 | offset`, and where their values do.
    private final long[] unknown = new long[SLOTS_MAX];

    private final long[] unknownAt = new long[SLOTS_MAX];
    private int slots;

    private long text;
    private long textEnd;
    private long skeletonEnd;
    private long valuesStart;
    private long valuesEnd;

    /// Forgets which words are known, because their indexes are about to change.
    void clear() {
        Arrays.fill(known, 0);
    }

    /// Cuts a text of at most [#TEXT_BYTES_MAX] bytes; answers the length of the skeleton that was
    /// written to `target`, which has [#ROOM_BYTES], or -1 when it has too many values or bytes
    /// that are marks.
    int cut(long address, int bytes, long target) {
        text = target + TEXT_AT;
        textEnd = text + bytes;
        OffHeap.copy(address, text, bytes);
        // They end whatever the text ends with, and let words be read sixteen bytes at once.
        OffHeap.putLong(textEnd, 0);
        OffHeap.putLong(textEnd + Long.BYTES, 0);
        valuesStart = target + VALUES_AT;
        slots = 0;
        knownWords = 0;
        unknownWords = 0;
        long skeleton = target;
        long values = valuesStart;
        long at = text;
        while (at < textEnd) {
            long next = OffHeap.getLong(at);
            int first = (int) next & 0xFF;
            int type = CLASSES[first];
            if (type == OTHER) {
                if (first < MARKS_END) {
                    return -1;
                }
                OffHeap.putByte(skeleton++, (byte) first);
                at++;
                continue;
            }
            // Short numbers and words that are known are nearly all; they do without fields.
            int size = leading(type == DIGIT ? digits(next) : letters(next));
            int value = size == Long.BYTES ? -1 : shortValue(next, type, size);
            if (value >= 0) {
                OffHeap.putByte(skeleton++, type == DIGIT ? NUMBER : WORD);
                OffHeap.putInt(values, value);
                values += Integer.BYTES;
                at += size;
                slots++;
            } else {
                skeletonEnd = skeleton;
                valuesEnd = values;
                at = type == DIGIT ? number(at) : word(at);
                skeleton = skeletonEnd;
                values = valuesEnd;
            }
            if (slots > SLOTS_MAX - 2 - PARTS_MAX) {
                return -1;
            }
        }
        valuesEnd = values;
        return (int) (skeleton - target);
    }

    /// The value of a number of less than eight digits, or of a word of less than eight letters
    /// that is known; -1 when it is something else, or more follows.
    private int shortValue(long next, int type, int size) {
        int after = CLASSES[(int) (next >>> (size * Byte.SIZE)) & 0xFF];
        if (type == DIGIT) {
            boolean isNumber = after == OTHER && (size == 1 || (next & 0xFF) != '0');
            return isNumber ? (int) decimal(next << ((Long.BYTES - size) * Byte.SIZE)) : -1;
        }
        long head = next & MASKS[size];
        int place = placeOf(head, 0);
        if (after == DIGIT || known[place] != head || known[place + 1] != 0) {
            return -1;
        }
        knownWords++;
        return (int) known[place + 2] - 1;
    }

    /// Where a word that is not known stands in the text that was cut last.
    int unknownOffset(int word) {
        return (int) unknown[word];
    }

    /// How long a word is that is not known.
    int unknownLength(int word) {
        return (int) (unknown[word] >>> 48);
    }

    /// Tells the index of a word that is not known: its value, and that of the same word from now
    /// on.
    void learn(int word, int index) {
        OffHeap.putInt(unknownAt[word], index);
        int size = unknownLength(word);
        if (size <= KNOWN_BYTES_MAX) {
            long from = text + unknownOffset(word);
            long head = firstBytes(OffHeap.getLong(from), size);
            long tail = firstBytes(OffHeap.getLong(from + Long.BYTES), size - Long.BYTES);
            int place = placeOf(head, tail);
            known[place] = head;
            known[place + 1] = tail;
            known[place + 2] = index + 1L;
        }
    }

    /// Where the values stand of the text that was cut last, in order: four bytes each, where they
    /// are more [#LARGE] and then eight. Words are their indexes.
    long values() {
        return valuesStart;
    }

    /// How many bytes they are.
    int valueBytes() {
        return (int) (valuesEnd - valuesStart);
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
    private long number(long from) {
        long end = from;
        int some;
        do {
            some = leading(digits(OffHeap.getLong(end)));
            end += some;
        } while (some == Long.BYTES);
        byte first = OffHeap.getByte(from);
        int size = (int) (end - from);
        if (CLASSES[OffHeap.getByte(end) & 0xFF] != OTHER
                || size == UUID_FIRST
                || size > DIGITS_MAX
                || (first == '0' && size > 1)) {
            return run(from);
        }
        put(NUMBER);
        add(decimal(from, size));
        return end;
    }

    /// What begins with a letter, mostly a word; answers where it ends.
    private long word(long from) {
        long end = from;
        int some;
        do {
            some = leading(letters(OffHeap.getLong(end)));
            end += some;
        } while (some == Long.BYTES);
        if (CLASSES[OffHeap.getByte(end) & 0xFF] == DIGIT) {
            return run(from);
        }
        putWord(from, (int) (end - from));
        return end;
    }

    private void putWord(long from, int size) {
        put(WORD);
        if (size <= KNOWN_BYTES_MAX) {
            long head = firstBytes(OffHeap.getLong(from), size);
            long tail = firstBytes(OffHeap.getLong(from + Long.BYTES), size - Long.BYTES);
            int place = placeOf(head, tail);
            if (known[place] == head && known[place + 1] == tail) {
                knownWords++;
                add(known[place + 2] - 1);
                return;
            }
        }
        unknown[unknownWords] = (long) size << 48 | from - text;
        unknownAt[unknownWords++] = valuesEnd;
        add(0);
    }

    private static int placeOf(long head, long tail) {
        long mixed = (head ^ Long.rotateLeft(tail * MULTIPLIER, 32)) * MULTIPLIER;
        return (int) (mixed >>> (Long.SIZE - KNOWN_LOG)) * KNOWN_LONGS;
    }

    /// Letters and digits from `from` on; answers where they end.
    private long run(long from) {
        long end = from;
        long seenLetters = 0;
        long seenOthers = 0;
        long last = ~digits(OffHeap.getLong(from)) << 56;
        int parts = 0;
        int some;
        do {
            long next = OffHeap.getLong(end);
            long digits = digits(next);
            long letters = letters(next);
            some = leading(digits | letters);
            long within = firstBytes(HIGH_BITS, some);
            seenLetters |= letters & within;
            seenOthers |= letters & ~hexLetters(next) & within;
            parts += Long.bitCount((digits ^ (digits << Byte.SIZE | last >>> 56)) & within);
            last = digits;
            end += some;
        } while (some == Long.BYTES);
        int size = (int) (end - from);
        if (size == UUID_FIRST && seenOthers == 0 && isUuid(from)) {
            uuid(from);
            return from + UUID_BYTES;
        }
        if (parts == 1) {
            part(from, size, seenLetters == 0);
        } else if (seenOthers == 0 && size >= HEX_MIN && size <= HEX_MAX) {
            put(HEX);
            put((byte) size);
            add(hex(from, size));
        } else if (size > 2 && OffHeap.getByte(from) == '0' && OffHeap.getByte(from + 1) == 'x') {
            put((byte) '0');
            put((byte) 'x');
            return from + 2;
        } else if (parts > PARTS_MAX) {
            putWord(from, size);
        } else {
            parts(from, end);
        }
        return end;
    }

    private void parts(long from, long end) {
        long start = from;
        boolean isDigit = CLASSES[OffHeap.getByte(start) & 0xFF] == DIGIT;
        while (start < end) {
            long next = start;
            int some;
            do {
                long bytes = OffHeap.getLong(next);
                some = leading(isDigit ? digits(bytes) : letters(bytes));
                next += some;
            } while (some == Long.BYTES);
            part(start, (int) (next - start), isDigit);
            start = next;
            isDigit = !isDigit;
        }
    }

    private void part(long from, int size, boolean isDigits) {
        if (!isDigits || size > DIGITS_MAX) {
            putWord(from, size);
            return;
        }
        if (size > 1 && OffHeap.getByte(from) == '0') {
            put(PADDED);
            put((byte) size);
        } else {
            put(NUMBER);
        }
        add(decimal(from, size));
    }

    private void uuid(long from) {
        put(UUID);
        add(hex(from, 8) << 32 | hex(from + 9, 4) << 16 | hex(from + 14, 4));
        add(hex(from + 19, 4) << 48 | hex(from + 24, 12));
    }

    /// Whether what begins with eight hexadecimal digits goes on as a UUID: the last 28 of its
    /// bytes, in words of eight that overlap.
    private boolean isUuid(long from) {
        return from + UUID_BYTES <= textEnd
                && isHex(OffHeap.getLong(from + 9), 0xFFL << 32, (long) '-' << 32)
                && isHex(
                        OffHeap.getLong(from + 16),
                        0xFFL << 16 | 0xFFL << 56,
                        (long) '-' << 16 | (long) '-' << 56)
                && isHex(OffHeap.getLong(from + 24), 0, 0)
                && isHex(OffHeap.getLong(from + 28), 0, 0)
                && OffHeap.getByte(from + 8) == '-';
    }

    /// Whether eight bytes are hexadecimal digits but for those of a mask, which are as `others`.
    private static boolean isHex(long bytes, long mask, long others) {
        long hex = digits(bytes) | hexLetters(bytes) | mask;
        return (hex & HIGH_BITS) == HIGH_BITS && (bytes & mask) == others;
    }

    /// The number that `size` decimal digits are, 1 to 18.
    private static long decimal(long from, int size) {
        long number = 0;
        long at = from;
        int left = size;
        for (; left > Long.BYTES; left -= Long.BYTES) {
            number = number * POWERS[Long.BYTES] + decimal(OffHeap.getLong(at));
            at += Long.BYTES;
        }
        long last = OffHeap.getLong(at) << ((Long.BYTES - left) * Byte.SIZE);
        return number * POWERS[left] + decimal(last);
    }

    /// The number that eight digits are, of which the first may be zero bytes: pairs, then fours,
    /// then all.
    private static long decimal(long digits) {
        long pairs = ((digits & ONES * 15) * (1 + (10 << 8))) >>> 8;
        long fours = ((pairs & 0x00FF00FF00FF00FFL) * (1 + (100 << 16))) >>> 16;
        return ((fours & 0x0000FFFF0000FFFFL) * (1 + (10_000L << 32))) >>> 32;
    }

    /// The number that `size` hexadecimal digits are, 1 to 16.
    private static long hex(long from, int size) {
        if (size <= Long.BYTES) {
            return hex(OffHeap.getLong(from) << ((Long.BYTES - size) * Byte.SIZE));
        }
        int rest = size - Long.BYTES;
        long low = OffHeap.getLong(from + Long.BYTES) << ((Long.BYTES - rest) * Byte.SIZE);
        return hex(OffHeap.getLong(from)) << (rest * 4) | hex(low);
    }

    /// The number that eight digits are, of which the first may be zero bytes. Letters are digits
    /// nine above their lowest four bits.
    private static long hex(long digits) {
        long nibbles = (digits & ONES * 15) + (digits >>> 6 & ONES) * 9;
        nibbles = Long.reverseBytes(nibbles);
        nibbles = (nibbles | nibbles >>> 4) & 0x00FF00FF00FF00FFL;
        nibbles = (nibbles | nibbles >>> 8) & 0x0000FFFF0000FFFFL;
        return (nibbles | nibbles >>> 16) & 0xFFFF_FFFFL;
    }

    /// The first `size` of eight bytes, all where it is more, none where it is less than none.
    private static long firstBytes(long bytes, int size) {
        return bytes & MASKS[Math.clamp(size, 0, Long.BYTES)];
    }

    /// How many of eight bytes from the first on have their highest bit set in `flags`.
    private static int leading(long flags) {
        return Long.numberOfTrailingZeros(~flags & HIGH_BITS) >>> 3;
    }

    /// The highest bit of each byte that is a decimal digit. Sums of seven bits do not reach the
    /// next byte.
    private static long digits(long bytes) {
        long low = bytes & LOW_BITS;
        return low + ONES * (0x80 - '0') & ~(low + ONES * (0x7F - '9')) & ~bytes & HIGH_BITS;
    }

    /// The highest bit of each byte that is a letter, or of one.
    private static long letters(long bytes) {
        long low = (bytes | ONES * 0x20) & LOW_BITS;
        long isLetter = low + ONES * (0x80 - 'a') & ~(low + ONES * (0x7F - 'z'));
        return (isLetter | bytes) & HIGH_BITS;
    }

    /// The highest bit of each byte that is a letter from a to f.
    private static long hexLetters(long bytes) {
        long low = bytes & LOW_BITS;
        return low + ONES * (0x80 - 'a') & ~(low + ONES * (0x7F - 'f')) & ~bytes & HIGH_BITS;
    }

    private void add(long value) {
        if (value >>> (Integer.SIZE - 1) == 0) {
            OffHeap.putInt(valuesEnd, (int) value);
            valuesEnd += Integer.BYTES;
        } else {
            OffHeap.putInt(valuesEnd, LARGE);
            OffHeap.putLong(valuesEnd + Integer.BYTES, value);
            valuesEnd += LARGE_BYTES;
        }
        slots++;
    }

    private void put(byte value) {
        OffHeap.putByte(skeletonEnd++, value);
    }

    /// By how many of eight bytes are kept.
    private static long[] masks() {
        long[] masks = new long[Long.BYTES + 1];
        for (int size = 0; size < masks.length; size++) {
            masks[size] = size == 0 ? 0 : -1L >>> ((Long.BYTES - size) * Byte.SIZE);
        }
        return masks;
    }

    private static long[] powers() {
        long[] powers = new long[Long.BYTES + 1];
        long power = 1;
        for (int digits = 0; digits < powers.length; digits++) {
            powers[digits] = power;
            power *= 10;
        }
        return powers;
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
