package dev.colonnade.storage.columnar;

import dev.colonnade.storage.BlockWriter;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// Turns stored entries, each one plain OTLP export request, into a [Block], in their order.
///
/// [#begin], any number of [#add], [#seal]; then again. An entry comes back byte for byte: what
/// columns would not give back exactly is kept as bytes, and counted.
///
/// One per packer thread and signal, reused for ever, not thread-safe. Working memory is off heap
/// and charged to the scratch share, and is kept from block to block until [#trimIdle].
public final class BlockEncoder implements BlockWriter {
    /// As many root rows as an Arrow batch with 16-bit parent ids can have.
    public static final int RECORDS_MAX = 65_535;

    /// How large a block may become; an entry of more records gets a block to itself, one of more
    /// bytes fits none.
    ///
    /// @param recordsMax log records, spans or data points, 1 to [#RECORDS_MAX]
    /// @param wireBytesMax bytes of the entries as plain OTLP
    /// @param unpackBytesMax bytes that reading the block may need, at least 128 KiB; an entry that
    ///   has to be kept as bytes fits only where they are enough for it
    public record Limits(int recordsMax, int wireBytesMax, long unpackBytesMax) {
        private static final int UNPACK_BYTES_MIN = 128 << 10;
        private static final int UNPACK_BYTES_MORE = 1 << 20;

        /// Checks the ranges.
        public Limits {
            if (recordsMax < 1
                    || recordsMax > RECORDS_MAX
                    || wireBytesMax < 1
                    || unpackBytesMax < UNPACK_BYTES_MIN) {
                throw new IllegalArgumentException(
                        "block limits out of range: recordsMax="
                                + recordsMax
                                + ", wireBytesMax="
                                + wireBytesMax
                                + ", unpackBytesMax="
                                + unpackBytesMax);
            }
        }

        /// Limits under which reading a block may need twice its bytes as OTLP, and 1 MiB.
        public Limits(int recordsMax, int wireBytesMax) {
            this(recordsMax, wireBytesMax, 2L * wireBytesMax + UNPACK_BYTES_MORE);
        }
    }

    /// What reading an entry of a dictionary needs more than twice what writing it does.
    private static final int ENTRY_BYTES = 24;

    /// What the description of the requests' columns takes beside them.
    private static final int REST_BYTES = 512;

    /// One block differs from the next.
    private static final double FACTOR_MARGIN = 1.02;

    private static final int FACTOR_BLOCKS = 8;

    private final Signal signal;
    private final SlabPool pool;
    private final Limits limits;
    private final WorkSizes sizes;

    /// The columns'.
    private final Scratch scratch;

    /// The entries' descriptions, and those that are kept as bytes.
    private final Scratch spread;

    private final Packer packer;
    private final ColumnPacker columns;
    private final Shredder shredder;

    private final Vector received;
    private final Vector metadata;
    private final Vector recordCounts;
    private final Vector lengths;
    private final Vector isOpaque;
    private final Bytes opaque;
    private int entries;
    private int records;
    private long wireBytes;
    private int opaqueEntries;

    /// By how much more than counted the blocks of late needed, at least 1.
    private double readFactor = 1;

    /// Whether the memory of columns is given to an entry that is kept as bytes.
    private boolean isOfBytes;

    /// An encoder for one signal, whose working memory comes from `pool` and is charged to
    /// `scratch`. It hashes as all of them do; [ColumnarFormat#hashing] makes ones that do not.
    public BlockEncoder(Signal signal, SlabPool pool, BudgetShare scratch, Limits limits) {
        this(signal, pool, scratch, limits, WorkSizes.LARGE, HashKey.FIXED);
    }

    /// One that takes its working memory in pieces of `sizes`, and hashes with `hashKey`.
    BlockEncoder(
            Signal signal,
            SlabPool pool,
            BudgetShare scratch,
            Limits limits,
            WorkSizes sizes,
            HashKey hashKey) {
        this.signal = signal;
        this.pool = pool;
        this.limits = limits;
        this.sizes = sizes;
        long unpackBytes = limits.unpackBytesMax;
        this.scratch = Scratch.ofSmall(pool, scratch, sizes, sizes.columnBytes(unpackBytes));
        spread = Scratch.ofSmall(pool, scratch, sizes, spreadBytes());
        packer = new Packer(pool, scratch, sizes, hashKey);
        columns = new ColumnPacker(packer, pool, scratch, unpackBytes);
        shredder = new Shredder(signal, this.scratch, hashKey);
        received = new Vector(spread, 3);
        metadata = new Vector(spread, 2);
        recordCounts = new Vector(spread, 2);
        lengths = new Vector(spread, 2);
        isOpaque = new Vector(spread, 2);
        opaque = new Bytes(spread);
    }

    /// Starts a block, forgetting what was added and not sealed.
    @Override
    public void begin() {
        scratch.reset();
        spread.reset();
        if (isOfBytes) {
            isOfBytes = false;
            spread.close();
            limitScratch(sizes.columnBytes(limits.unpackBytesMax), 0);
        }
        received.clear();
        metadata.clear();
        recordCounts.clear();
        lengths.clear();
        isOpaque.clear();
        shredder.columns().clear();
        opaque.clear();
        entries = 0;
        records = 0;
        wireBytes = 0;
        opaqueEntries = 0;
    }

    /// Adds an entry: `length` bytes of plain OTLP at `address`, which are not needed afterwards.
    ///
    /// @param receivedNanos when it was received
    /// @param metadataId its request metadata's id, any int
    /// @param entryRecords how many records it has, as they were counted
    @Override
    public Added add(
            long address, int length, long receivedNanos, int metadataId, int entryRecords) {
        if (length > limits.wireBytesMax - wireBytes
                || (entries > 0 && entryRecords > limits.recordsMax - records)) {
            return Added.FULL;
        }
        mark();
        boolean isExact = true;
        try {
            isExact = describe(address, length, receivedNanos, metadataId, entryRecords);
        } catch (Stop stop) {
            rewind();
            return stop == Stop.FULL ? Added.FULL : Added.NO_MEMORY;
        }
        entries++;
        opaqueEntries += isExact ? 0 : 1;
        records += entryRecords;
        wireBytes += length;
        return Added.ADDED;
    }

    /// Entries added since [#begin].
    public int entries() {
        return entries;
    }

    /// Records in them.
    public int records() {
        return records;
    }

    /// Their bytes as plain OTLP.
    public long wireBytes() {
        return wireBytes;
    }

    /// The scratch memory in use for what was added, in bytes.
    public long scratchBytes() {
        return scratch.usedBytes() + spread.usedBytes();
    }

    /// Makes a block of what was added, charged to `charge`, and forgets it. Null when `charge`, or
    /// the scratch share, has no room: then nothing was forgotten, and it can be tried again.
    ///
    /// @throws IllegalArgumentException when the shape is not one of columns
    @Override
    public @Nullable Block seal(Shape shape, BudgetShare charge) {
        if (shape == Shape.ROW) {
            throw new IllegalArgumentException("block has columns: shape=" + shape.label());
        }
        try {
            columns.texts().plainOnly(false);
            if (shape == Shape.COLUMN) {
                packer.beginCounting();
                writeAll();
                packer.beginImage(charge);
            } else {
                packer.begin(charge);
            }
            writeAll();
            if (sizes.isSmall()) {
                learn();
            }
            if (!isReadable()) {
                packer.writer.abort();
                columns.texts().plainOnly(true);
                packer.begin(charge);
                writeAll();
            }
            int footerBytes = packer.footer.length();
            if (sizes.isSmall()) {
                columns.close();
            }
            int footerLength = packer.finish();
            if (!isReadable() || (sizes.isSmall() && footerLength > sizes.zippedBytes())) {
                packer.writer.abort();
                return null;
            }
            packer.reads(footerBytes + Long.BYTES);
            int length = packer.writer.length();
            Slab[] slabs = packer.writer.finish();
            Block.Facts facts =
                    new Block.Facts(
                            entries,
                            records,
                            wireBytes,
                            opaqueEntries,
                            columns.dictionaryEntries,
                            columns.dictionaryHits,
                            columns.dictionaryOverflows,
                            sizes.isSmall() ? packer.readBytes() : unpackBytes());
            begin();
            return new Block(
                    pool, slabs, signal, shape, sizes, length, footerLength, footerBytes, facts);
        } catch (Stop _) {
            packer.writer.abort();
            return null;
        } finally {
            if (sizes.isSmall()) {
                // Adding and sealing take turns with the same memory.
                columns.close();
                packer.trim();
            }
        }
    }

    /// Whether a reader can do with what it has. What a small block needs is estimated while
    /// entries are added, and counted as it is written, because a block that nobody can read would
    /// never be delivered.
    private boolean isReadable() {
        return !sizes.isSmall()
                || packer.readBytes() + packer.footer.length() + 2 * Long.BYTES
                        <= limits.unpackBytesMax;
    }

    private void writeAll() {
        packer.footer.putVarint(entries);
        NumberPacker numbers = columns.numbers();
        numbers.column(received);
        numbers.column(metadata);
        numbers.column(recordCounts);
        numbers.column(lengths);
        numbers.column(isOpaque);
        columns.texts().plain(opaque);
        columns.write(shredder.columns());
    }

    /// Gives all working memory back, and forgets what was added: for times without work.
    @Override
    public void trimIdle() {
        begin();
        scratch.close();
        spread.close();
        columns.close();
        packer.trim();
    }

    /// Ends it; what was added and not sealed is forgotten.
    @Override
    public void close() {
        trimIdle();
        packer.close();
    }

    /// Whether the entry went into columns; else it is bytes. The columns come last, because they
    /// take back themselves what they cannot finish.
    private boolean describe(
            long address, int length, long receivedNanos, int metadataId, int entryRecords) {
        received.addLong(receivedNanos);
        metadata.addInt(metadataId);
        recordCounts.addInt(entryRecords);
        lengths.addInt(length);
        isOpaque.addInt(0);
        try {
            shredder.add(address, length);
            if (isWithinLimits()) {
                return true;
            }
            shredder.columns().rewind();
            throw Stop.FULL;
        } catch (Stop stop) {
            boolean isBound = stop == Stop.FULL && entries > 0;
            if (stop == Stop.NO_MEMORY || isBound) {
                throw stop;
            }
        }
        isOpaque.setLastInt(1);
        if (entries == 0) {
            shredder.columns().clear();
            scratch.reset();
            if (sizes.isSmall() && length > spreadBytes() / 2) {
                isOfBytes = true;
                scratch.close();
                limitScratch(0, sizes.columnBytes(limits.unpackBytesMax));
            }
        }
        opaque.spread(address, length);
        if (!isWithinLimits()) {
            throw Stop.FULL;
        }
        return false;
    }

    /// The most that reading needs. Numbers need as much as writing, or half as much again; strings
    /// their text, half of that, and a table.
    private long unpackBytes() {
        return 2 * scratch.usedBytes()
                + (long) ENTRY_BYTES * shredder.columns().tally.entries
                + opaque.total()
                + 24L * entries;
    }

    /// Whether reading needs no more than it may. Small memory is worth counting every column, once
    /// the coarse figure says that it may be too much.
    private boolean isWithinLimits() {
        return unpackBytes() <= limits.unpackBytesMax
                || (sizes.isSmall() && countedBytes() * readFactor <= limits.unpackBytesMax);
    }

    /// What reading needs, by column.
    private long countedBytes() {
        return shredder.columns().readBytes()
                + opaque.total()
                + 24L * (entries + 1)
                + sizes.inlineBytes()
                + REST_BYTES;
    }

    /// Compares what was counted with what was written: texts of these records may need more, and
    /// the next block has less of them then.
    private void learn() {
        double needed = packer.readBytes() + packer.footer.length();
        double factor = Math.max(1, needed / countedBytes() * FACTOR_MARGIN);
        readFactor = Math.max(factor, readFactor + (factor - readFactor) / FACTOR_BLOCKS);
    }

    /// Divides what columns may take between them and an entry that is kept as bytes.
    private void limitScratch(long columnBytes, long moreBytes) {
        scratch.limit(columnBytes);
        spread.limit(spreadBytes() + moreBytes);
    }

    private long spreadBytes() {
        return sizes.spreadBytes(limits.unpackBytesMax);
    }

    private void mark() {
        received.mark();
        metadata.mark();
        recordCounts.mark();
        lengths.mark();
        isOpaque.mark();
        opaque.mark();
    }

    private void rewind() {
        received.rewind();
        metadata.rewind();
        recordCounts.rewind();
        lengths.rewind();
        isOpaque.rewind();
        opaque.rewind();
    }
}
