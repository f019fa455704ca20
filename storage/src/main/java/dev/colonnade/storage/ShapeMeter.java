package dev.colonnade.storage;

/// What one loop's part of a store has changed in shape, and what that took.
///
/// Written by the loop; any thread may read.
public final class ShapeMeter {
    private static final Shape[] SHAPES = Shape.values();
    private static final ShapeReason[] REASONS = ShapeReason.values();

    /// How a change ended that did not take place.
    public enum Failure {
        /// It would have saved nothing.
        SAVED_NOTHING("saved_nothing"),
        /// There was no memory for it.
        NO_ROOM("no_room"),
        /// A cursor came to the segments first.
        OVERTAKEN("overtaken"),
        /// A request is too long for a block, or does not inflate to what was received.
        UNFIT("unfit"),
        /// The packer had too much to do, or was being closed.
        REFUSED("refused"),
        /// The packer met an error that is a defect; the log has it.
        DEFECT("defect");

        private final String label;

        Failure(String label) {
            this.label = label;
        }

        /// The value of the label `outcome` in metrics.
        public String label() {
            return label;
        }
    }

    private final Counter[] switches = counters(SHAPES.length * SHAPES.length * REASONS.length);
    private final Counter[] failures = counters(Failure.values().length);
    private final Counter[] madeRecords = counters(SHAPES.length);
    private final Counter[] madeCpuNanos = counters(SHAPES.length);
    private final Counter[] madeNanos = counters(SHAPES.length);
    private final Counter[] unmadeRecords = counters(SHAPES.length);
    private final Counter[] unmadeNanos = counters(SHAPES.length);
    private final Counter[] lentRecords = counters(SHAPES.length);
    private final Counter dictionaryEntries = new Counter();
    private final Counter dictionaryHits = new Counter();
    private final Counter dictionaryOverflows = new Counter();
    private final Counter opaqueEntries = new Counter();
    private final Counter waits = new Counter();
    private final Counter predictedWaitNanos = new Counter();
    private final Counter realWaitNanos = new Counter();
    private final Counter unpredictedWaits = new Counter();

    ShapeMeter() {}

    /// Segments have changed from one shape to another.
    void switched(Shape from, Shape to, ShapeReason reason, long segments) {
        switches[index(from, to, reason)].add(segments);
    }

    /// A change did not take place.
    void failed(Failure failure) {
        failures[failure.ordinal()].add(1);
    }

    /// The packer has worked on so many records: CPU time, and time from first slice to last.
    void worked(Shape to, long records, long cpuNanos, long elapsedNanos) {
        madeRecords[to.ordinal()].add(records);
        madeCpuNanos[to.ordinal()].add(cpuNanos);
        madeNanos[to.ordinal()].add(elapsedNanos);
    }

    /// The loop has made rows of so many records again, for a cursor.
    void unpacked(Shape from, long records, long nanos) {
        unmadeRecords[from.ordinal()].add(records);
        unmadeNanos[from.ordinal()].add(nanos);
    }

    /// Records of a block were handed to a consumer as they are.
    void lent(Shape shape, long records) {
        lentRecords[shape.ordinal()].add(records);
    }

    /// A block was made with these dictionaries.
    void encoded(long entries, long hits, long overflows, long opaque) {
        dictionaryEntries.add(entries);
        dictionaryHits.add(hits);
        dictionaryOverflows.add(overflows);
        opaqueEntries.add(opaque);
    }

    /// A cursor came to a changed segment.
    ///
    /// @param predictedNanos what was predicted when the change was decided; `Long.MAX_VALUE` when
    ///   nothing drained
    void waited(long predictedNanos, long realNanos) {
        if (predictedNanos == Long.MAX_VALUE) {
            unpredictedWaits.add(1);
            return;
        }
        waits.add(1);
        predictedWaitNanos.add(predictedNanos);
        realWaitNanos.add(realNanos);
    }

    /// Segments that changed from one shape to another for that reason.
    public long switches(Shape from, Shape to, ShapeReason reason) {
        return switches[index(from, to, reason)].get();
    }

    /// Changes that did not take place.
    public long failures(Failure failure) {
        return failures[failure.ordinal()].get();
    }

    /// Records of which the packer has made that shape.
    public long madeRecords(Shape shape) {
        return madeRecords[shape.ordinal()].get();
    }

    /// The CPU time that it took, in nanoseconds.
    public long madeCpuNanos(Shape shape) {
        return madeCpuNanos[shape.ordinal()].get();
    }

    /// The time that it took with the packer's rests, in nanoseconds.
    public long madeNanos(Shape shape) {
        return madeNanos[shape.ordinal()].get();
    }

    /// Records of that shape that were made rows again for a cursor.
    public long unmadeRecords(Shape shape) {
        return unmadeRecords[shape.ordinal()].get();
    }

    /// The time that it took the loop, in nanoseconds.
    public long unmadeNanos(Shape shape) {
        return unmadeNanos[shape.ordinal()].get();
    }

    /// Records of that shape that were handed to a consumer as they are.
    public long lentRecords(Shape shape) {
        return lentRecords[shape.ordinal()].get();
    }

    /// Values that entered a dictionary.
    public long dictionaryEntries() {
        return dictionaryEntries.get();
    }

    /// Values that a dictionary had already.
    public long dictionaryHits() {
        return dictionaryHits.get();
    }

    /// Dictionaries that were given up because their values hardly repeated.
    public long dictionaryOverflows() {
        return dictionaryOverflows.get();
    }

    /// Requests that were kept as their bytes because columns would not give them back exactly.
    public long opaqueEntries() {
        return opaqueEntries.get();
    }

    /// Changed segments that a cursor came to, of those with a finite prediction.
    public long waits() {
        return waits.get();
    }

    /// Their predicted waits in all, in nanoseconds.
    public long predictedWaitNanos() {
        return predictedWaitNanos.get();
    }

    /// Their real waits in all, in nanoseconds.
    public long realWaitNanos() {
        return realWaitNanos.get();
    }

    /// Changed segments that a cursor came to although nothing drained when they were changed.
    public long unpredictedWaits() {
        return unpredictedWaits.get();
    }

    private static int index(Shape from, Shape to, ShapeReason reason) {
        return (from.ordinal() * SHAPES.length + to.ordinal()) * REASONS.length + reason.ordinal();
    }

    private static Counter[] counters(int count) {
        Counter[] counters = new Counter[count];
        for (int index = 0; index < count; index++) {
            counters[index] = new Counter();
        }
        return counters;
    }
}
