package dev.colonnade.storage.testkit;

import dev.colonnade.storage.BlockFormat;
import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoredBlock;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// A format for blocks that knows nothing of telemetry: the entries one after the other, deflated.
///
/// For tests of the store alone. It keeps to the contract: working memory from the floor, blocks in
/// slabs that are charged as told. Each time that it would take memory it asks whether that is to
/// fail.
public final class DeflatedFormat implements BlockFormat {
    /// What a reader and a writer each take from their floor.
    public static final int WORK_BYTES = 16 << 10;

    private static final int HEADER_BYTES = 4 + 8 + 4 + 4;

    private final int blockWireBytesMax;
    private final int entriesMax;
    private final BooleanSupplier fails;

    /// A format whose blocks have so much at most.
    ///
    /// @param fails whether the next allocation is to fail; asked at each
    public DeflatedFormat(int blockWireBytesMax, int entriesMax, BooleanSupplier fails) {
        this.blockWireBytesMax = blockWireBytesMax;
        this.entriesMax = entriesMax;
        this.fails = fails;
    }

    @Override
    public BlockWriter writer(Signal signal, SlabPool pool, BudgetShare floor) {
        return new Writer(pool, floor);
    }

    @Override
    public BlockReader reader(SlabPool pool, BudgetShare floor) {
        return new Reader(pool, floor);
    }

    @Override
    public long readerBytesMax() {
        return WORK_BYTES;
    }

    @Override
    public long writerBytesMax() {
        return WORK_BYTES;
    }

    @Override
    public int blockWireBytesMax() {
        return blockWireBytesMax;
    }

    private @Nullable Slab take(SlabPool pool, int bytes, BudgetShare share) {
        return fails.getAsBoolean() ? null : pool.take(bytes, share);
    }

    private record Block(
            SlabPool pool,
            Slab slab,
            int length,
            int plainLength,
            Shape shape,
            int entries,
            int records,
            long wireBytes)
            implements StoredBlock {
        @Override
        public long capacityBytes() {
            return slab.capacity();
        }

        @Override
        public int opaqueEntries() {
            return entries;
        }

        @Override
        public boolean charge(BudgetShare share) {
            return pool.recharge(slab, share);
        }

        @Override
        public void release() {
            pool.give(slab);
        }
    }

    private final class Writer implements BlockWriter {
        private final SlabPool pool;
        private final BudgetShare floor;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream data = new DataOutputStream(bytes);
        private @Nullable Slab work;
        private int entries;
        private int records;
        private long wireBytes;

        Writer(SlabPool pool, BudgetShare floor) {
            this.pool = pool;
            this.floor = floor;
        }

        @Override
        public void begin() {
            bytes.reset();
            entries = 0;
            records = 0;
            wireBytes = 0;
        }

        @Override
        public Added add(
                long address, int length, long receivedNanos, int metadataId, int entryRecords) {
            if (work == null) {
                work = take(pool, WORK_BYTES, floor);
            }
            if (work == null) {
                return Added.NO_MEMORY;
            }
            if (wireBytes + length > blockWireBytesMax || entries == entriesMax) {
                return Added.FULL;
            }
            byte[] entry = new byte[length];
            OffHeap.copy(address, entry, 0, length);
            try {
                data.writeInt(length);
                data.writeLong(receivedNanos);
                data.writeInt(metadataId);
                data.writeInt(entryRecords);
                data.write(entry);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            entries++;
            records += entryRecords;
            wireBytes += length;
            return Added.ADDED;
        }

        @Override
        public @Nullable StoredBlock seal(Shape shape, BudgetShare charge) {
            byte[] plain = bytes.toByteArray();
            Deflater deflater = new Deflater();
            deflater.setInput(plain);
            deflater.finish();
            byte[] deflated = new byte[plain.length + 1024];
            int length = deflater.deflate(deflated);
            deflater.end();
            @Nullable Slab slab = take(pool, length, charge);
            if (slab == null) {
                return null;
            }
            OffHeap.copy(deflated, 0, slab.address(), length);
            return new Block(pool, slab, length, plain.length, shape, entries, records, wireBytes);
        }

        @Override
        public void trimIdle() {
            close();
        }

        @Override
        public void close() {
            if (work != null) {
                pool.give(work);
                work = null;
            }
        }
    }

    private final class Reader implements BlockReader {
        private final SlabPool pool;
        private final BudgetShare floor;
        private ByteBuffer plain = ByteBuffer.allocate(0);
        private @Nullable Slab work;

        Reader(SlabPool pool, BudgetShare floor) {
            this.pool = pool;
            this.floor = floor;
        }

        @Override
        public boolean open(StoredBlock block) {
            release();
            work = take(pool, WORK_BYTES, floor);
            if (work == null) {
                return false;
            }
            Block own = (Block) block;
            byte[] deflated = new byte[own.length()];
            OffHeap.copy(own.slab().address(), deflated, 0, deflated.length);
            byte[] inflated = new byte[own.plainLength()];
            Inflater inflater = new Inflater();
            inflater.setInput(deflated);
            try {
                if (inflater.inflate(inflated) != inflated.length) {
                    throw new IllegalStateException("block is damaged");
                }
            } catch (DataFormatException e) {
                throw new IllegalStateException("block is damaged", e);
            } finally {
                inflater.end();
            }
            plain = ByteBuffer.wrap(inflated);
            return true;
        }

        @Override
        public int nextLength() {
            return plain.hasRemaining() ? plain.getInt(plain.position()) : END;
        }

        @Override
        public long receivedNanos() {
            return plain.getLong(plain.position() + 4);
        }

        @Override
        public int metadataId() {
            return plain.getInt(plain.position() + 12);
        }

        @Override
        public int records() {
            return plain.getInt(plain.position() + 16);
        }

        @Override
        public void write(long address) {
            int length = nextLength();
            OffHeap.copy(plain.array(), plain.position() + HEADER_BYTES, address, length);
            skip();
        }

        @Override
        public void skip() {
            plain.position(plain.position() + HEADER_BYTES + nextLength());
        }

        @Override
        public void release() {
            plain = ByteBuffer.allocate(0);
            if (work != null) {
                pool.give(work);
                work = null;
            }
        }

        @Override
        public void close() {
            release();
        }
    }
}
