package dev.colonnade.storage;

/// What a shard holds and what left it, by shape; written by its loop, read by any thread.
final class Holdings {
    private static final int SHAPES = Shape.values().length;

    private final Counter stored = new Counter();
    private final Counter entries = new Counter();
    private final Counter records = new Counter();
    private final Counter wireBytes = new Counter();
    private final Counter rowBytes = new Counter();
    private final Counter settledBytes = new Counter();
    private final Counter[] blocks = counters();
    private final Counter[] blockRecords = counters();
    private final Counter[] blockWireBytes = counters();
    private final Counter opaqueEntries = new Counter();

    private static Counter[] counters() {
        Counter[] counters = new Counter[SHAPES];
        for (int shape = 0; shape < SHAPES; shape++) {
            counters[shape] = new Counter();
        }
        return counters;
    }

    void appended(int entryRecords, int entryBytes, int entryWireBytes) {
        stored.add(entryRecords);
        entries.add(1);
        records.add(entryRecords);
        rowBytes.add(entryBytes);
        wireBytes.add(entryWireBytes);
    }

    void settledRow(int entryRecords, int entryBytes, int entryWireBytes) {
        entries.add(-1);
        records.add(-entryRecords);
        rowBytes.add(-entryBytes);
        wireBytes.add(-entryWireBytes);
        settledBytes.add(entryWireBytes);
    }

    void settledPacked(Shape shape, int entryCount, long entryRecords, long entryWireBytes) {
        entries.add(-entryCount);
        records.add(-entryRecords);
        wireBytes.add(-entryWireBytes);
        settledBytes.add(entryWireBytes);
        blockRecords[shape.ordinal()].add(-entryRecords);
        blockWireBytes[shape.ordinal()].add(-entryWireBytes);
    }

    /// Rows of `bytes` became a block.
    void packed(StoredBlock block, long entryRecords, long entryWireBytes, long bytes) {
        int shape = block.shape().ordinal();
        rowBytes.add(-bytes);
        blocks[shape].add(1);
        blockRecords[shape].add(entryRecords);
        blockWireBytes[shape].add(entryWireBytes);
        opaqueEntries.add(block.opaqueEntries());
    }

    /// A block became another one, of the same entries.
    void repacked(StoredBlock old, StoredBlock fresh, long liveRecords, long liveWireBytes) {
        int from = old.shape().ordinal();
        int to = fresh.shape().ordinal();
        blocks[from].add(-1);
        blockRecords[from].add(-liveRecords);
        blockWireBytes[from].add(-liveWireBytes);
        blocks[to].add(1);
        blockRecords[to].add(liveRecords);
        blockWireBytes[to].add(liveWireBytes);
        opaqueEntries.add((long) fresh.opaqueEntries() - old.opaqueEntries());
    }

    void blockFreed(StoredBlock block) {
        blocks[block.shape().ordinal()].add(-1);
        opaqueEntries.add(-block.opaqueEntries());
    }

    long stored() {
        return stored.get();
    }

    long entries() {
        return entries.get();
    }

    long records() {
        return records.get();
    }

    long wireBytes() {
        return wireBytes.get();
    }

    long rowBytes() {
        return rowBytes.get();
    }

    long settledBytes() {
        return settledBytes.get();
    }

    long records(Shape shape) {
        return shape == Shape.ROW
                ? records() - sum(blockRecords)
                : blockRecords[shape.ordinal()].get();
    }

    long wireBytes(Shape shape) {
        return shape == Shape.ROW
                ? wireBytes() - sum(blockWireBytes)
                : blockWireBytes[shape.ordinal()].get();
    }

    long blocks(Shape shape) {
        return blocks[shape.ordinal()].get();
    }

    long opaqueEntries() {
        return opaqueEntries.get();
    }

    private static long sum(Counter[] counters) {
        long sum = 0;
        for (Counter counter : counters) {
            sum += counter.get();
        }
        return sum;
    }
}
