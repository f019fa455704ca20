package dev.colonnade.pipeline.wire;

import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;

/// Where the records of an OTLP export request stand, as tags per level of nesting.
///
/// ```
/// level  logs, traces    metrics
/// 0      request         request          child: ResourceX = 1
/// 1      ResourceX       ResourceMetrics  child: ScopeX = 2
/// 2      ScopeX          ScopeMetrics     records = 2 / child: Metric = 2
/// 3                      Metric           child: one of gauge 5, sum 7, histogram 9, exponential 10, summary 11
/// 4                      Gauge, Sum, ...  records: data_points = 1
/// ```
///
/// A tag is `field number << 3 | wire type`, as protobuf writes it; all of the above are of wire
/// type 2, length-delimited.
final class OtlpLayout {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH = 2;
    static final int START_GROUP = 3;
    static final int END_GROUP = 4;
    static final int FIXED32 = 5;

    /// The most messages and groups that may be open at once, as protobuf-java counts them.
    static final int DEPTH_MAX = 100;

    /// A varint has at most ten bytes.
    static final int VARINT_BITS_MAX = 70;

    /// The level of a Metric, whose children are alternatives of each other.
    static final int METRIC = 3;

    private static final int RESOURCE_TAG = (1 << 3) | LENGTH;
    private static final int SCOPE_TAG = (2 << 3) | LENGTH;
    private static final int ITEM_TAG = (2 << 3) | LENGTH;
    private static final int POINT_TAG = (1 << 3) | LENGTH;
    private static final long DATA_NUMBERS = 1L << 5 | 1L << 7 | 1L << 9 | 1L << 10 | 1L << 11;

    private static final String[] NAMES = {"request", "resource", "scope", "metric", "data"};

    private OtlpLayout() {}

    /// The level whose children are records.
    static int leaf(Signal signal) {
        return signal == Signal.METRICS ? 4 : 2;
    }

    /// The tag of a record in a message of the leaf level.
    static int recordTag(Signal signal) {
        return signal == Signal.METRICS ? POINT_TAG : ITEM_TAG;
    }

    /// Whether a field of a message above the leaf level leads down to records.
    static boolean isChild(int level, int tag) {
        return switch (level) {
            case 0 -> tag == RESOURCE_TAG;
            case 1 -> tag == SCOPE_TAG;
            case 2 -> tag == ITEM_TAG;
            default ->
                    (tag & 7) == LENGTH
                            && tag >>> 3 < 64
                            && ((DATA_NUMBERS >>> (tag >>> 3)) & 1) != 0;
        };
    }

    /// What a message of `level` is called in an error message.
    static String name(int level) {
        return NAMES[level];
    }

    /// The position behind the record at `at`, or -1 where its header is not the plain kind: a tag
    /// of one byte and a length of one to three.
    ///
    /// Reads four bytes at `at + bias`, which the caller knows to be there. The result may lie
    /// behind the end of the message.
    static long behindRecord(long at, long bias, int recordTag) {
        int word = OffHeap.getInt(at + bias);
        if ((word & 0xff) != recordTag) {
            return -1;
        }
        int length = (word >>> 8) & 0x7f;
        if ((word & 0x8000) == 0) {
            return at + 2 + length;
        }
        length |= (word >>> 9) & 0x3f80;
        if ((word & 0x80_0000) == 0) {
            return at + 3 + length;
        }
        length |= (word >>> 10) & 0x1f_c000;
        return word >= 0 ? at + 4 + length : -1;
    }
}
