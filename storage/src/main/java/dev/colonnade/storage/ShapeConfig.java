package dev.colonnade.storage;

/// What is wanted of the shapes of one pipeline's records.
///
/// @param mode which shapes there may be
/// @param targetBytesPerRecord what held bytes per held record are to stay under, at least 1
/// @param isStreaming rows only, whatever it costs in memory
/// @param recordCount so many records are enough for a change to pay, at least 1
/// @param batchHint so many records have the batches that exporters are configured to make: enough
///   in the place of `recordCount`; 0 where nothing is configured
/// @param dwellNanos after this time sealed, a run that is smaller is changed all the same
/// @param runBytesMax the most bytes of rows that are changed at once, at least 64 KiB; what the
///   packer's own memory is planned for
/// @param hasColumns whether columns can be held without packing them
/// @param processors how much of the machine the process may use: 0.25 for a quarter of one
public record ShapeConfig(
        StorageMode mode,
        int targetBytesPerRecord,
        boolean isStreaming,
        int recordCount,
        int batchHint,
        long dwellNanos,
        long runBytesMax,
        boolean hasColumns,
        double processors) {
    /// What is kept without being asked.
    public static final int TARGET_BYTES_PER_RECORD_DEFAULT = 50;

    /// Packing logs costs a third more below 8,000 records, and they get a quarter larger below
    /// 10,000 (the dictionaries have fewer repeats to share).
    public static final int RECORD_COUNT_DEFAULT = 10_000;

    /// Six times as long as a segment stays open: a trickle has had time to fill several.
    public static final long DWELL_NANOS_DEFAULT = 30_000_000_000L;

    /// As many bytes as the largest segments have twice over: 65,535 records of 256 bytes.
    public static final long RUN_BYTES_MAX_DEFAULT = 16L << 20;

    static final long RUN_BYTES_MIN = 64 << 10;

    /// At 1,000 records logs take twice the bytes that they take at 65,000.
    static final int RECORDS_ENOUGH_MIN = 1_000;

    /// The default mode and figures, on one processor.
    public static final ShapeConfig DEFAULT =
            new ShapeConfig(
                    StorageMode.HYBRID,
                    TARGET_BYTES_PER_RECORD_DEFAULT,
                    false,
                    RECORD_COUNT_DEFAULT,
                    0,
                    DWELL_NANOS_DEFAULT,
                    RUN_BYTES_MAX_DEFAULT,
                    true,
                    1);

    /// Checks the bounds.
    public ShapeConfig {
        if (targetBytesPerRecord < 1
                || recordCount < 1
                || batchHint < 0
                || dwellNanos < 0
                || runBytesMax < RUN_BYTES_MIN
                || !(processors > 0)) {
            throw new IllegalArgumentException(
                    "shape settings out of bounds: target="
                            + targetBytesPerRecord
                            + ", record count="
                            + recordCount
                            + ", batch hint="
                            + batchHint
                            + ", dwell="
                            + dwellNanos
                            + ", run bytes="
                            + runBytesMax
                            + ", processors="
                            + processors);
        }
        if (isStreaming && mode == StorageMode.COLUMNAR) {
            throw new IllegalArgumentException(
                    "streaming needs rows, columnar forbids them: mode=columnar, streaming=true");
        }
    }

    /// Whether rows stay rows.
    public boolean isRowOnly() {
        return isStreaming || mode == StorageMode.ROW;
    }

    /// The records at which a change pays: as configured, but never so few that a block would be
    /// mostly dictionary, and no more than an Arrow batch can count.
    int recordsEnough() {
        return Math.clamp(
                batchHint > 0 ? batchHint : recordCount, RECORDS_ENOUGH_MIN, Segment.RECORDS_MAX);
    }

    /// The reason of a change that has as many.
    ShapeReason enoughReason() {
        return batchHint > 0 ? ShapeReason.BATCH_HINT : ShapeReason.RECORD_COUNT;
    }

    /// The same with another mode and target.
    public ShapeConfig with(StorageMode newMode, int newTarget, boolean newStreaming) {
        return new ShapeConfig(
                newMode,
                newTarget,
                newStreaming,
                recordCount,
                batchHint,
                dwellNanos,
                runBytesMax,
                hasColumns,
                processors);
    }

    /// The same with other sizes of runs: see the record's parameters.
    public ShapeConfig withRuns(int newRecordCount, int newBatchHint, long newDwellNanos) {
        return new ShapeConfig(
                mode,
                targetBytesPerRecord,
                isStreaming,
                newRecordCount,
                newBatchHint,
                newDwellNanos,
                runBytesMax,
                hasColumns,
                processors);
    }

    /// The same for a machine and a packer of another size.
    public ShapeConfig sized(long newRunBytesMax, boolean newHasColumns, double newProcessors) {
        return new ShapeConfig(
                mode,
                targetBytesPerRecord,
                isStreaming,
                recordCount,
                batchHint,
                dwellNanos,
                newRunBytesMax,
                newHasColumns,
                newProcessors);
    }
}
