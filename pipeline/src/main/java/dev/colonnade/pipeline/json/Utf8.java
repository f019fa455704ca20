package dev.colonnade.pipeline.json;

import dev.colonnade.storage.memory.OffHeap;

/// Tells UTF-8 from other bytes (RFC 3629).
final class Utf8 {
    private Utf8() {}

    /// The length of the character of two to four bytes that begins at `at`; where none does, the
    /// count, negative, of bytes that one replacement character stands for: as many as could have
    /// begun one (Unicode 15, section 3.9, U+FFFD substitution of maximal subparts).
    static int sequence(long at, long end) {
        int first = OffHeap.getByte(at) & 0xff;
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4) {
            return -1;
        }
        int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        for (int index = 1; index < length; index++) {
            if (at + index >= end) {
                return -index;
            }
            int next = OffHeap.getByte(at + index) & 0xff;
            if (next < low || next > high) {
                return -index;
            }
            low = 0x80;
            high = 0xbf;
        }
        return length;
    }
}
