package dev.colonnade.benchmarks;

import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.Block;
import dev.colonnade.storage.columnar.BlockEncoder;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.SlabPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What it costs to hold some requests in one shape.
///
/// @param capacityBytes memory that holds them, slack included
/// @param usedBytes the part of it that is used
/// @param residentBytes growth of the process' resident memory
/// @param inNanos processor time to bring them into the shape, median of the passes
/// @param outNanos processor time to bring them back to OTLP bytes, median of the passes
/// @param opaqueEntries requests kept as bytes, because columns would not give them back exactly
record ShapeCost(
        long capacityBytes,
        long usedBytes,
        long residentBytes,
        long inNanos,
        long outNanos,
        int opaqueEntries) {

    private static final int WIRE_BYTES_MAX = 64 << 20;

    /// As stored requests, copied into the store and taken out of it by an exporter.
    static ShapeCost rows(DataSet data, List<byte[]> bodies, int rounds) throws Exception {
        long[] in = new long[rounds];
        long[] out = new long[rounds];
        long capacity = 0;
        long used = 0;
        long resident = 0;
        for (int round = 0; round < rounds; round++) {
            try (Arena arena = Arena.ofConfined();
                    StoreBench bench = new StoreBench(4L << 30, 0)) {
                List<MemorySegment> sources = sources(arena, bodies);
                long before = processBytes();
                long start = cpuNanos();
                for (MemorySegment source : sources) {
                    bench.admit(source, data.recordsPerRequest());
                }
                in[round] = cpuNanos() - start;
                resident = processBytes() - before;
                capacity = bench.storedBytes();
                used = StorageMain.sum(bodies);
                start = cpuNanos();
                @Nullable Lease lease = bench.cursor().take(1 << 20, Integer.MAX_VALUE, false);
                while (lease != null) {
                    lease.ack();
                    lease = bench.cursor().take(1 << 20, Integer.MAX_VALUE, false);
                }
                out[round] = cpuNanos() - start;
            }
        }
        return new ShapeCost(
                capacity,
                used,
                resident,
                (long) StorageMain.median(in),
                (long) StorageMain.median(out),
                0);
    }

    /// As blocks of columns, read back and compared.
    static ShapeCost blocks(
            DataSet data, List<byte[]> bodies, Shape shape, int blockRecords, int rounds) {
        BlockEncoder.Limits limits = new BlockEncoder.Limits(blockRecords, WIRE_BYTES_MAX);
        return blocks(data, bodies, shape, new ColumnarFormat(limits), rounds);
    }

    /// As packed blocks of which reading one unpacks at most `unpackBytes`, read back and compared;
    /// null where requests are longer than that, which an agent keeps as rows.
    static @Nullable ShapeCost smallBlocks(
            DataSet data, List<byte[]> bodies, int unpackBytes, int rounds) {
        if (longest(bodies) > unpackBytes) {
            return null;
        }
        ColumnarFormat format = ColumnarFormat.ofSmallBlocks(unpackBytes);
        return blocks(data, bodies, Shape.PACKED, format, rounds);
    }

    private static ShapeCost blocks(
            DataSet data, List<byte[]> bodies, Shape shape, ColumnarFormat format, int rounds) {
        MemoryBudget root = MemoryBudget.root("process", 4L << 30);
        SlabPool pool = new SlabPool(root, 0);
        MemoryBudget held = root.child("held", root.limit());
        MemoryBudget writing = root.child("writing", format.writerBytesMax());
        MemoryBudget reading = root.child("reading", format.readerBytesMax());
        Signal signal = Signal.valueOf(data.signal().name());
        try (Arena arena = Arena.ofConfined();
                BlockWriter encoder = format.writer(signal, pool, BudgetShare.of(writing));
                BlockReader decoder = format.reader(pool, BudgetShare.of(reading))) {
            List<MemorySegment> sources = sources(arena, bodies);
            MemorySegment target = arena.allocate(longest(bodies));
            long[] in = new long[rounds];
            long[] out = new long[rounds];
            ShapeCost last = new ShapeCost(0, 0, 0, 0, 0, 0);
            for (int round = 0; round < rounds; round++) {
                long before = processBytes();
                long start = cpuNanos();
                List<Block> blocks =
                        encode(encoder, sources, data.recordsPerRequest(), shape, held);
                in[round] = cpuNanos() - start;
                long resident = processBytes() - before;
                start = cpuNanos();
                decode(decoder, blocks, target, List.of());
                out[round] = cpuNanos() - start;
                if (round == 0) {
                    decode(decoder, blocks, target, sources);
                }
                last = described(blocks, resident);
                blocks.forEach(Block::release);
            }
            return new ShapeCost(
                    last.capacityBytes,
                    last.usedBytes,
                    last.residentBytes,
                    (long) StorageMain.median(in),
                    (long) StorageMain.median(out),
                    last.opaqueEntries);
        } finally {
            held.close();
            writing.close();
            reading.close();
            pool.close();
            root.close();
        }
    }

    private static ShapeCost described(List<Block> blocks, long resident) {
        long capacity = 0;
        long used = 0;
        int opaque = 0;
        for (Block block : blocks) {
            capacity += block.capacityBytes();
            used += block.usedBytes();
            opaque += block.opaqueEntries();
        }
        return new ShapeCost(capacity, used, resident, 0, 0, opaque);
    }

    private static List<Block> encode(
            BlockWriter encoder,
            List<MemorySegment> sources,
            int records,
            Shape shape,
            MemoryBudget held) {
        List<Block> blocks = new ArrayList<>();
        encoder.begin();
        for (int index = 0; index < sources.size(); index++) {
            MemorySegment source = sources.get(index);
            Added added = add(encoder, source, index, records);
            if (added == Added.FULL) {
                blocks.add(sealed(encoder, shape, held));
                encoder.begin();
                added = add(encoder, source, index, records);
            }
            if (added != Added.ADDED) {
                throw new IllegalStateException("request not taken: answer=" + added);
            }
        }
        blocks.add(sealed(encoder, shape, held));
        return blocks;
    }

    private static Added add(BlockWriter encoder, MemorySegment source, int index, int records) {
        long received = 1_000_000_000L + index * 20_000_000L;
        return encoder.add(source.address(), (int) source.byteSize(), received, 0, records);
    }

    private static Block sealed(BlockWriter encoder, Shape shape, MemoryBudget held) {
        if (!(encoder.seal(shape, BudgetShare.of(held)) instanceof Block block)) {
            throw new IllegalStateException("no room for block: limit=" + held.limit());
        }
        return block;
    }

    /// Reads all entries back; those of `expected` are compared, if there are any.
    private static void decode(
            BlockReader decoder,
            List<Block> blocks,
            MemorySegment target,
            List<MemorySegment> expected) {
        int entry = 0;
        for (Block block : blocks) {
            if (!decoder.open(block)) {
                throw new IllegalStateException("block cannot be opened");
            }
            for (int length = decoder.nextLength(); length >= 0; length = decoder.nextLength()) {
                decoder.write(target.address());
                if (!expected.isEmpty()
                        && target.asSlice(0, length).mismatch(expected.get(entry)) >= 0) {
                    throw new IllegalStateException("entry came back changed: entry=" + entry);
                }
                entry++;
            }
            decoder.release();
        }
    }

    private static List<MemorySegment> sources(Arena arena, List<byte[]> bodies) {
        List<MemorySegment> sources = new ArrayList<>();
        for (byte[] body : bodies) {
            MemorySegment source = arena.allocate(body.length);
            MemorySegment.copy(MemorySegment.ofArray(body), 0, source, 0, body.length);
            sources.add(source);
        }
        return sources;
    }

    private static int longest(List<byte[]> bodies) {
        return bodies.stream().mapToInt(body -> body.length).max().orElseThrow();
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long processBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("resident memory is not told: file=/proc/self/status");
    }
}
