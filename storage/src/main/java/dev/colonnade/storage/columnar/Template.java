package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// The texts of a page, of one skeleton: bytes that are the same in all of them, with places for
/// values between.
///
/// [#begin], then what stands in the texts from left to right, [#end]; then [#render] for each.
/// Texts are written front to back in words of eight bytes, so that up to seven bytes behind what
/// was written last are overwritten: texts follow each other, and room is left behind the last.
final class Template {
    private static final int PLACES_MAX = Tokenizer.SLOTS_MAX + 1;
    private static final byte END = 0;
    private static final long ONES = 0x0101010101010101L;
    private static final long EIGHT_DIGITS = 100_000_000;

    private final byte[] kinds = new byte[PLACES_MAX];
    private final int[] sizes = new int[PLACES_MAX];

    /// Where the values of each place stand, eight bytes for each text; of UUIDs also the others.
    private final long[] columns = new long[PLACES_MAX];

    private final long[] lowColumns = new long[PLACES_MAX];

    /// The bytes before each place, beginning with a word of their own, and how many they are.
    private final long[] literals =
            new long[Tokenizer.TEXT_BYTES_MAX / Long.BYTES + PLACES_MAX + 1];

    private final int[] literalBytes = new int[PLACES_MAX];
    private int places;
    private int literalWords;
    private long words;
    private long draft;
    private long draftEnd;

    /// Begins; `draft` is where a text of them can be written, `words` the dictionary's table.
    void begin(long draft, long words) {
        this.draft = draft;
        this.words = words;
        draftEnd = draft;
        places = 0;
        literalWords = 0;
    }

    /// Appends a byte that all texts have here.
    void literal(byte value) {
        OffHeap.putByte(draftEnd++, value);
    }

    /// Appends a value that all texts have here, which is no UUID.
    void constant(byte kind, int size, long value) {
        draftEnd = put(draftEnd, kind, size, value);
    }

    /// Appends a place for a value that is no UUID.
    void value(byte kind, int size, long column) {
        place(kind, size, column, 0);
    }

    /// Appends a place for a UUID, whose halves are the values of two columns.
    void uuid(long high, long low) {
        place(Tokenizer.UUID, Tokenizer.UUID_BYTES, high, low);
    }

    /// Ends the texts.
    void end() {
        place(END, 0, 0, 0);
    }

    /// Writes the text at `index`; answers where it ends.
    long render(long target, int index) {
        long at = target;
        int word = 0;
        for (int place = 0; ; place++) {
            int bytes = literalBytes[place];
            for (int done = 0; done < bytes; done += Long.BYTES) {
                OffHeap.putLong(at + done, literals[word++]);
            }
            at += bytes;
            byte kind = kinds[place];
            if (kind == END) {
                return at;
            }
            long value = OffHeap.getLong(columns[place] + index * 8L);
            if (kind == Tokenizer.UUID) {
                at = uuid(at, value, OffHeap.getLong(lowColumns[place] + index * 8L));
            } else {
                at = put(at, kind, sizes[place], value);
            }
        }
    }

    private void place(byte kind, int size, long column, long lowColumn) {
        int bytes = (int) (draftEnd - draft);
        literalBytes[places] = bytes;
        for (int done = 0; done < bytes; done += Long.BYTES) {
            literals[literalWords++] = OffHeap.getLong(draft + done);
        }
        draftEnd = draft;
        kinds[places] = kind;
        sizes[places] = size;
        columns[places] = column;
        lowColumns[places] = lowColumn;
        places++;
    }

    private long put(long at, byte kind, int size, long value) {
        return switch (kind) {
            case Tokenizer.NUMBER -> number(at, value);
            case Tokenizer.WORD -> word(at, words + value * 16);
            case Tokenizer.PADDED -> padded(at, value, size);
            default -> hex(at, value, size);
        };
    }

    /// Words can be read in words of eight bytes, as all strings that were unpacked.
    private static long word(long at, long entry) {
        long source = OffHeap.getLong(entry);
        int length = (int) OffHeap.getLong(entry + 8);
        for (int done = 0; done < length; done += Long.BYTES) {
            OffHeap.putLong(at + done, OffHeap.getLong(source + done));
        }
        return at + length;
    }

    private static long number(long at, long value) {
        if (value >= EIGHT_DIGITS) {
            return padded(number(at, value / EIGHT_DIGITS), value % EIGHT_DIGITS, Long.BYTES);
        }
        long digits = digits(value);
        // The last digit stands for itself.
        int zeros = Long.numberOfTrailingZeros(digits | 1L << 56) & -Byte.SIZE;
        OffHeap.putLong(at, (digits + ONES * '0') >>> zeros);
        return at + Long.BYTES - (zeros >>> 3);
    }

    private static long padded(long at, long value, int size) {
        if (size > Long.BYTES) {
            long next = padded(at, value / EIGHT_DIGITS, size - Long.BYTES);
            return padded(next, value % EIGHT_DIGITS, Long.BYTES);
        }
        long text = digits(value) + ONES * '0';
        OffHeap.putLong(at, text >>> ((Long.BYTES - size) * Byte.SIZE));
        return at + size;
    }

    /// The eight digits of a number, the first in the lowest byte: fours, then pairs, then each.
    /// Quotients are products, exact for as many digits.
    private static long digits(long value) {
        long fours = value / 10_000 | (value % 10_000) << 32;
        long hundreds = (fours * 10_486) >>> 20 & 0x0000_007F_0000_007FL;
        long pairs = hundreds | (fours - hundreds * 100) << 16;
        long tens = (pairs * 103) >>> 10 & 0x000F_000F_000F_000FL;
        return tens | (pairs - tens * 10) << 8;
    }

    private static long hex(long at, long value, int size) {
        if (size > Long.BYTES) {
            long next = hex(at, value >>> Integer.SIZE, size - Long.BYTES);
            return hex(next, value, Long.BYTES);
        }
        long digits = value & 0xFFFF_FFFFL;
        digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFFL;
        digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FFL;
        digits = Long.reverseBytes((digits | digits << 4) & ONES * 15);
        long isLetter = (digits + ONES * 6) >>> 4 & ONES;
        long text = digits + ONES * '0' + isLetter * ('a' - '0' - 10);
        OffHeap.putLong(at, text >>> ((Long.BYTES - size) * Byte.SIZE));
        return at + size;
    }

    private static long uuid(long at, long high, long low) {
        dash(hex(at, high >>> 32, 8));
        dash(hex(at + 9, high >>> 16, 4));
        dash(hex(at + 14, high, 4));
        dash(hex(at + 19, low >>> 48, 4));
        return hex(at + 24, low, 12);
    }

    private static void dash(long at) {
        OffHeap.putByte(at, (byte) '-');
    }
}
