package dev.colonnade.exporters.debug;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// Counts the messages of an OTLP request by level: resources, and for metrics the metrics.
///
/// What it reads has passed the receiver's skim; where it is damaged nonetheless, counting ends.
final class NestedCounts {
    private static final int RESOURCE_TAG = (1 << 3) | 2;
    private static final int CHILD_TAG = (2 << 3) | 2;
    private static final int[] TAGS = {RESOURCE_TAG, CHILD_TAG, CHILD_TAG};
    private static final int METRIC_LEVEL = 2;

    private final int[] counts = new int[TAGS.length];
    private long at;
    private boolean isDamaged;

    /// Counts anew.
    void count(long address, int length) {
        Arrays.fill(counts, 0);
        isDamaged = false;
        level(0, address, address + length);
    }

    /// `ResourceX` messages.
    int resources() {
        return counts[0];
    }

    /// `Metric` messages; for other signals the records.
    int metrics() {
        return counts[METRIC_LEVEL];
    }

    private void level(int level, long start, long end) {
        at = start;
        while (at < end && !isDamaged) {
            long tag = varint(end);
            long behind = behind((int) tag & 7, end);
            if (isDamaged) {
                return;
            }
            if (tag == TAGS[level]) {
                counts[level]++;
                if (level < METRIC_LEVEL) {
                    level(level + 1, at, behind);
                }
            }
            at = behind;
        }
    }

    /// Where the field ends whose tag was read; for a message, `at` is where its content begins.
    private long behind(int wireType, long end) {
        long behind =
                switch (wireType) {
                    case 0 -> {
                        long _ = varint(end);
                        yield at;
                    }
                    case 1 -> at + 8;
                    case 2 -> {
                        long length = varint(end);
                        yield length < 0 || length > end - at ? -1 : at + length;
                    }
                    case 5 -> at + 4;
                    default -> -1;
                };
        isDamaged |= behind < 0 || behind > end;
        return behind;
    }

    private long varint(long end) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (at >= end) {
                isDamaged = true;
                return 0;
            }
            byte next = OffHeap.getByte(at++);
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        isDamaged = true;
        return 0;
    }
}
