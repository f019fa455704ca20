package dev.colonnade.pipeline.wire;

import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// Cuts a run of records out of an OTLP export request: what split and bisect are made of.
///
/// The slice of records `[from, to)` is a request of its own. It repeats what those records stand
/// in (resource, scope, schema URLs, unknown fields; for metrics also the metric's fields and the
/// data message's, such as temporality), byte for byte and in order; other resources, scopes and
/// metrics are left out. A message that should hold records and holds none goes with the record
/// before it in the same message, or else with the one after it; so that the slices of a partition,
/// put one behind the other, are a request with the same records, order and surroundings as the
/// original. Fields of the request itself beside its resources are unknown ones: every slice has
/// them. Members of a metric's `oneof data` that later ones clear are left out of a metric that is
/// cut.
///
/// The source must have passed [Skim]; for other bytes the answer is [#MALFORMED] at worst.
/// Reusable, not thread-safe; allocates nothing in steady state: its memory grows with the pieces
/// of a slice (see [#PIECES_MAX]), not with its records.
public final class OtlpSlice {
    /// The source is not a request of this signal, or the slice would be more than [#PIECES_MAX]
    /// pieces of it: it cannot be cut.
    public static final int MALFORMED = -1;

    /// The target is too small.
    public static final int TOO_SMALL = -2;

    /// Pieces that a slice is put together from: a handful, and one more for each field of a cut
    /// message that stands between two messages left out. A peer that sends many thousands of those
    /// shall not fill the heap.
    public static final int PIECES_MAX = 16_384;

    /// After so many guesses by proportion, [#fit] halves instead: its work is bounded.
    private static final int GUESSES_MAX = 4;

    private final WireCursor cursor = new WireCursor();

    /// What the slice is put together from, two entries each: the address and length of bytes of
    /// the source, or the negative tag and the content's length of a message that is cut.
    private long[] plan = new long[64];

    private int planned;
    private long size;

    private int leaf;
    private int recordTag;
    private int from;
    private int to;

    /// Records passed so far, counted up to one more than `to` at least.
    private int seen;

    /// The size in bytes of a slice, at most that of its source, or [#MALFORMED].
    public int size(Signal signal, long address, int length, int from, int to) {
        return plan(signal, address, length, from, to) ? (int) size : MALFORMED;
    }

    /// Writes a slice into the `capacity` bytes at `target`, which do not overlap the source.
    ///
    /// @return its size in bytes, or [#MALFORMED], or [#TOO_SMALL]; then nothing was written
    public int write(
            Signal signal, long address, int length, int from, int to, long target, int capacity) {
        if (!plan(signal, address, length, from, to)) {
            return MALFORMED;
        }
        if (size > capacity) {
            return TOO_SMALL;
        }
        long at = target;
        for (int i = 0; i < planned; i += 2) {
            if (plan[i] >= 0) {
                OffHeap.copy(plan[i], at, plan[i + 1]);
                at += plan[i + 1];
            } else {
                at = putVarint(at, -plan[i]);
                at = putVarint(at, plan[i + 1]);
            }
        }
        return (int) size;
    }

    /// Where the slice that begins at `from` must end to keep within limits: the greatest `to` with
    /// at most `recordsMax` records and `bytesMax` bytes, but at least `from + 1`.
    ///
    /// @param from less than the number of records
    /// @return `to`, at most the number of records, or [#MALFORMED]
    public int fit(
            Signal signal, long address, int length, int from, int bytesMax, int recordsMax) {
        int high = (int) Math.min(Integer.MAX_VALUE - 1L, (long) from + Math.max(recordsMax, 1));
        if (!plan(signal, address, length, from, high)) {
            return MALFORMED;
        }
        high = Math.min(high, seen);
        if (size <= bytesMax) {
            return high;
        }
        long highSize = size;
        int low = from + 1;
        int guesses = 0;
        while (high - low > 1) {
            int middle = low + (high - low) / 2;
            if (guesses++ < GUESSES_MAX) {
                long share = (high - (long) from) * bytesMax / highSize;
                middle = Math.clamp(from + share, low + 1, high - 1);
            }
            if (!plan(signal, address, length, from, middle)) {
                return MALFORMED;
            }
            if (size <= bytesMax) {
                low = middle;
            } else {
                high = middle;
                highSize = size;
            }
        }
        return low;
    }

    private boolean plan(Signal signal, long address, int length, int from, int to) {
        leaf = OtlpLayout.leaf(signal);
        recordTag = OtlpLayout.recordTag(signal);
        this.from = from;
        this.to = to;
        seen = 0;
        planned = 0;
        size = 0;
        return message(0, false, address, address + length);
    }

    /// Plans what is kept of the message of `level` in `[start, end)`; of one that is behind the
    /// slice only whether it has records matters.
    private boolean message(int level, boolean isBehind, long start, long end) {
        int first = seen;
        long data = level == OtlpLayout.METRIC ? effectiveData(start, end) : start;
        if (data < 0) {
            return false;
        }
        long at = start;
        while (at < end && !(isBehind && seen > to)) {
            if (level == leaf) {
                long behind = records(at, end);
                if (behind > at) {
                    at = behind;
                    continue;
                }
            }
            if (!cursor.read(at, end)) {
                return false;
            }
            long next = cursor.position();
            if (!field(level, isBehind, first, at, at >= data)) {
                return false;
            }
            at = next;
        }
        return true;
    }

    /// Plans what is kept of the field at `at` that the cursor has just read.
    private boolean field(int level, boolean isBehind, int first, long at, boolean isEffective) {
        int tag = cursor.tag();
        long next = cursor.position();
        if (level == leaf) {
            return tag == recordTag ? record(at, next) : keep(at, next);
        }
        if (!OtlpLayout.isChild(level, tag)) {
            return keep(at, next);
        }
        if (level == OtlpLayout.METRIC) {
            return !isEffective || data(isBehind, at, tag, next);
        }
        return seen > to || child(level, first, at, tag, next);
    }

    /// Plans records in a row with plain headers; answers where they end.
    private long records(long start, long end) {
        long at = start;
        long limit = end - 3;
        while (at < limit) {
            long next = OtlpLayout.behindRecord(at, 0, recordTag);
            if (next < 0 || next > end || !record(at, next)) {
                break;
            }
            at = next;
        }
        return at;
    }

    private boolean record(long at, long next) {
        int index = seen;
        seen++;
        return index < from || index >= to || keep(at, next);
    }

    /// Plans a `ResourceX`, `ScopeX` or `Metric`: as a whole, cut, or not at all.
    private boolean child(int level, int parentFirst, long at, int tag, long next) {
        int mark = planned;
        long sizeBefore = size;
        int first = seen;
        if (!add(-tag, 0) || !message(level + 1, first >= to, cursor.payload(), next)) {
            return false;
        }
        boolean isWhole;
        boolean isCut = false;
        if (seen == first) {
            int with = first == parentFirst ? first : first - 1;
            isWhole = from <= with && with < to;
        } else {
            isWhole = from <= first && seen <= to;
            isCut = !isWhole && from < seen && first < to;
        }
        if (isCut) {
            head(mark, tag, size - sizeBefore);
            return true;
        }
        planned = mark;
        size = sizeBefore;
        return !isWhole || keep(at, next);
    }

    /// Plans one occurrence of a metric's data message. Occurrences merge, so that each one's own
    /// fields count for all points.
    private boolean data(boolean isBehind, long at, int tag, long next) {
        int mark = planned;
        long sizeBefore = size;
        int first = seen;
        if (!add(-tag, 0) || !message(leaf, isBehind, cursor.payload(), next)) {
            return false;
        }
        boolean isWhole = seen == first || (from <= first && seen <= to);
        if (!isWhole && size > sizeBefore) {
            head(mark, tag, size - sizeBefore);
            return true;
        }
        planned = mark;
        size = sizeBefore;
        return !isWhole || keep(at, next);
    }

    /// Where the data of a metric begins that no later member of the oneof clears; -1 when the
    /// metric is malformed.
    private long effectiveData(long start, long end) {
        int member = 0;
        long effective = end;
        long at = start;
        while (at < end) {
            if (!cursor.read(at, end)) {
                return -1;
            }
            int tag = cursor.tag();
            if (tag != member && OtlpLayout.isChild(OtlpLayout.METRIC, tag)) {
                member = tag;
                effective = at;
            }
            at = cursor.position();
        }
        return effective;
    }

    private boolean keep(long at, long next) {
        size += next - at;
        int last = planned - 2;
        if (last >= 0 && plan[last] >= 0 && plan[last] + plan[last + 1] == at) {
            plan[last + 1] += next - at;
            return true;
        }
        return add(at, next - at);
    }

    private boolean add(long what, long length) {
        if (planned == plan.length) {
            if (planned == 2 * PIECES_MAX) {
                return false;
            }
            plan = Arrays.copyOf(plan, 2 * planned);
        }
        plan[planned++] = what;
        plan[planned++] = length;
        return true;
    }

    private void head(int mark, int tag, long length) {
        plan[mark + 1] = length;
        size += varintSize(tag) + varintSize(length);
    }

    private static int varintSize(long value) {
        return (Long.SIZE - Long.numberOfLeadingZeros(value | 1) + 6) / 7;
    }

    private static long putVarint(long target, long value) {
        long at = target;
        long rest = value;
        while (rest > 0x7f) {
            OffHeap.putByte(at++, (byte) (rest | 0x80));
            rest >>>= 7;
        }
        OffHeap.putByte(at++, (byte) rest);
        return at;
    }
}
