package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Reads what a [SlotPacker] wrote.
final class SlotReader {
    private final int[][] indexes = new int[SlotPacker.ALPHABETS_MAX][SlotPacker.ROWS_MAX];
    private final int[] sizes = new int[SlotPacker.ALPHABETS_MAX];
    private final long[] alphabet = new long[1 << SlotPacker.ALPHABET_BITS];
    private int alphabets;

    /// What all values were that were read last, where they are one.
    long constant;

    void begin() {
        alphabets = 0;
    }

    /// Reads `count` values of eight bytes to `target`; answers false, and writes nothing, when all
    /// are [#constant].
    boolean read(long target, int count, BitReader in) {
        switch ((int) in.get(SlotPacker.KIND_BITS)) {
            case SlotPacker.CONSTANT -> {
                constant = unzigzag(in.getNumber());
                return false;
            }
            case SlotPacker.OFFSETS -> {
                long least = unzigzag(in.getNumber());
                in.get((int) in.get(SlotPacker.WIDTH_BITS), least, target, count);
            }
            case SlotPacker.ALPHABET -> alphabet(target, count, in);
            default -> function(target, count, in);
        }
        return true;
    }

    private void alphabet(long target, int count, BitReader in) {
        long least = unzigzag(in.getNumber());
        int width = (int) in.get(SlotPacker.WIDTH_BITS);
        int size = (int) in.get(SlotPacker.ALPHABET_BITS);
        for (int index = 0; index < size; index++) {
            alphabet[index] = least + in.get(width);
        }
        int bits = BitWriter.width(size - 1L);
        boolean isKept = alphabets < SlotPacker.ALPHABETS_MAX;
        for (int row = 0; row < count; row++) {
            int index = (int) in.get(bits);
            if (isKept) {
                indexes[alphabets][row] = index;
            }
            OffHeap.putLong(target + row * 8L, alphabet[index]);
        }
        if (isKept) {
            sizes[alphabets++] = size;
        }
    }

    private void function(long target, int count, BitReader in) {
        int earlier = (int) in.get(SlotPacker.ALPHABETS_BITS);
        long least = unzigzag(in.getNumber());
        int width = (int) in.get(SlotPacker.WIDTH_BITS);
        for (int index = 0; index < sizes[earlier]; index++) {
            alphabet[index] = least + in.get(width);
        }
        for (int row = 0; row < count; row++) {
            OffHeap.putLong(target + row * 8L, alphabet[indexes[earlier][row]]);
        }
    }

    private static long unzigzag(long value) {
        return value >>> 1 ^ -(value & 1);
    }
}
