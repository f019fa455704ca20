package dev.colonnade.pipeline.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.ArrowRecords;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.ArrowStreams;
import dev.colonnade.storage.columnar.Block;
import dev.colonnade.storage.columnar.BlockEncoder;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.columnar.ColumnBatch;
import dev.colonnade.storage.columnar.SlabAllocation;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.TestMemory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Scenario: requests of one signal, put into a block of either shape, given out as an IPC stream
/// of Arrow, are read by Arrow's own reader. Guarantees: the records, in order, with all they stand
/// in, are those that protobuf-java reads in the requests; nothing leaks.
class ColumnBatchTest {
    private static final Limits LIMITS = new Limits(65_535, 32 << 20);

    private final TestMemory memory = TestMemory.of(512L << 20);
    private final MemoryBudget scratch = memory.budget("scratch");
    private final BudgetShare share = BudgetShare.of(scratch);
    private final RootAllocator allocator =
            SlabAllocation.allocator(memory.pool(), memory.budget("arrow"));

    @AfterEach
    void provesThatNothingLeaked() {
        allocator.close();
        assertThat(scratch.reserved()).isZero();
        memory.close();
    }

    @ParameterizedTest
    @EnumSource
    void recordsOfAllKindsAreReadAsTheyWere(Signal signal) throws Exception {
        for (int seed = 0; seed < 6; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            RandomOtlp otlp = new RandomOtlp(random);
            List<byte[]> requests = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                requests.add(otlp.request(signal, 1 + random.nextInt(60)));
            }
            check(signal, requests, seed % 2 == 0 ? Shape.COLUMN : Shape.PACKED);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyFieldOfOtlpIsReadAsItWas(Signal signal) throws Exception {
        for (int seed = 0; seed < 60; seed++) {
            RandomMessages messages = new RandomMessages(new SplittableRandom(seed));
            List<byte[]> requests = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                requests.add(messages.request(signal));
            }
            check(signal, requests, seed % 2 == 0 ? Shape.COLUMN : Shape.PACKED);
        }
    }

    /// Scenario: runs of records are taken out of a batch, anywhere, any number of them.
    /// Guarantees: they are those records, with all they stand in.
    @ParameterizedTest
    @EnumSource
    void anyRunOfRecordsIsReadBack(Signal signal) throws Exception {
        SplittableRandom random = new SplittableRandom(8);
        byte[] request = new RandomOtlp(random).request(signal, 150);
        List<OtlpOracle.Row> rows =
                OtlpOracle.rows(OtlpOracle.whole().parse(signal, request)).stream()
                        .filter(OtlpOracle.Row::isRecord)
                        .toList();
        try (BlockEncoder encoder = new BlockEncoder(signal, memory.pool(), share, LIMITS);
                OffHeapBytes bytes = OffHeapBytes.copyOf(request)) {
            encoder.begin();
            assertThat(encoder.add(bytes.address(), request.length, 0, 0, 150))
                    .isEqualTo(Added.ADDED);
            Block block = requireNonNull(encoder.seal(Shape.COLUMN, share));
            try (ColumnBatch batch =
                    requireNonNull(
                            ColumnBatch.of(
                                    block, memory.pool(), share, allocator, block::release))) {
                for (int run = 0; run < 20; run++) {
                    int offset = random.nextInt(151);
                    int count = random.nextInt(151 - offset);
                    try (VectorSchemaRoot some = requireNonNull(batch.records(offset, count))) {
                        ArrowRecords records = new ArrowRecords(signal, some, batch.dictionaries());
                        assertThat(records.rows())
                                .isEqualTo(records.expected(rows.subList(offset, offset + count)));
                    }
                }
            }
        }
    }

    /// Scenario: requests are written with budgets from next to nothing to enough. Guarantees: each
    /// time all of them are written, in columns or as bytes, and all memory is back.
    @ParameterizedTest
    @EnumSource
    void everythingIsWrittenWhateverTheMemory(Signal signal) throws Exception {
        List<byte[]> requests = new ArrayList<>();
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(3));
        for (int i = 0; i < 9; i++) {
            requests.add(otlp.request(signal, 20));
        }
        int inBytes = 0;
        int inColumns = 0;
        for (long bytes = ArrowStreams.BUDGET_BYTES_MIN; bytes < 8 << 20; bytes += bytes / 4) {
            MemoryBudget tight = memory.budget("tight", bytes);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (ArrowStreams streams = new ArrowStreams(memory.pool(), tight);
                    Held held = new Held(requests)) {
                streams.write(signal, held, out);
                assertThat(tight.reserved()).isZero();
            }
            tight.close();
            int records = 0;
            InputStream in = new ByteArrayInputStream(out.toByteArray());
            while (in.available() > 0) {
                ArrowStreamReader reader = new ArrowStreamReader(in, allocator);
                assertThat(reader.loadNextBatch()).isTrue();
                boolean isBytes = reader.getVectorSchemaRoot().getVector("opaque_request") != null;
                records += isBytes ? 20 : reader.getVectorSchemaRoot().getRowCount();
                inBytes += isBytes ? 1 : 0;
                inColumns += isBytes ? 0 : 1;
                assertThat(reader.loadNextBatch()).isFalse();
                reader.close(false);
            }
            assertThat(records).as("budget %s", bytes).isEqualTo(180);
        }
        assertThat(inBytes).isPositive();
        assertThat(inColumns).isPositive();
    }

    /// Scenario: the memory for the columns of a block fails at each allocation in turn.
    /// Guarantees: there is no batch, nothing is held, the block is as it was.
    @ParameterizedTest
    @EnumSource
    void noAllocationThatFailsLeaksAnything(Signal signal) throws Exception {
        byte[] request = new RandomOtlp(new SplittableRandom(5)).request(signal, 1_000);
        try (BlockEncoder encoder = new BlockEncoder(signal, memory.pool(), share, LIMITS);
                OffHeapBytes bytes = OffHeapBytes.copyOf(request)) {
            encoder.begin();
            assertThat(encoder.add(bytes.address(), request.length, 0, 0, 1_000))
                    .isEqualTo(Added.ADDED);
            Block block = requireNonNull(encoder.seal(Shape.PACKED, share));
            int failures = 0;
            boolean isMade = false;
            for (long limit = 0; !isMade; limit += 64 << 10) {
                MemoryBudget tight = memory.budget("tight", limit);
                AtomicInteger ends = new AtomicInteger();
                try (ColumnBatch batch =
                        ColumnBatch.of(
                                block,
                                memory.pool(),
                                BudgetShare.of(tight),
                                allocator,
                                ends::incrementAndGet)) {
                    isMade = batch != null;
                }
                failures += isMade ? 0 : 1;
                assertThat(ends).hasValue(isMade ? 1 : 0);
                assertThat(tight.reserved()).isZero();
                tight.close();
            }
            assertThat(failures).isGreaterThan(3);
            block.release();
        }
    }

    @Test
    void sharesWhatTheBlockHasAsArrowWantsIt() throws Exception {
        byte[] request = new RandomOtlp(new SplittableRandom(5)).request(Signal.LOGS, 1_000);
        try (BlockEncoder encoder = new BlockEncoder(Signal.LOGS, memory.pool(), share, LIMITS);
                OffHeapBytes bytes = OffHeapBytes.copyOf(request)) {
            encoder.begin();
            assertThat(encoder.add(bytes.address(), request.length, 0, 0, 1_000))
                    .isEqualTo(Added.ADDED);
            Block block = requireNonNull(encoder.seal(Shape.COLUMN, share));
            assertThat(block.opaqueEntries()).isZero();
            long held = scratch.reserved();
            try (ColumnBatch batch =
                    requireNonNull(
                            ColumnBatch.of(
                                    block, memory.pool(), share, allocator, block::release))) {
                FieldVector time = batch.root().getVector("time_unix_nano");
                FieldVector body = batch.root().getVector("body");
                assertThat(batch.root().getSchema().toString()).contains("time_unix_nano");
                assertThat(time.getNullCount()).isZero();
                // Times, indexes of bodies and the dictionaries' texts stand in the block's slab.
                assertThat(batch.sharedBytes()).isGreaterThan(1_000 * 12 + request.length / 10);
                assertThat(scratch.reserved() - held)
                        .isLessThan(batch.copiedBytes() * 2 + (1 << 20));
                assertThat(body.getValueCount()).isEqualTo(1_000);
            }
        }
    }

    /// Requests that are held off heap.
    private static final class Held implements ArrowStreams.Requests, AutoCloseable {
        private final List<OffHeapBytes> all = new ArrayList<>();
        private final List<byte[]> requests;

        Held(List<byte[]> requests) {
            this.requests = requests;
            requests.forEach(request -> all.add(OffHeapBytes.copyOf(request)));
        }

        @Override
        public int count() {
            return all.size();
        }

        @Override
        public long address(int index) {
            return all.get(index).address();
        }

        @Override
        public int length(int index) {
            return requests.get(index).length;
        }

        @Override
        public int records(int index) {
            return 20;
        }

        @Override
        public void close() {
            all.forEach(OffHeapBytes::close);
        }
    }

    private void check(Signal signal, List<byte[]> requests, Shape shape) throws Exception {
        List<OtlpOracle.Row> rows = new ArrayList<>();
        for (byte[] request : requests) {
            rows.addAll(OtlpOracle.rows(OtlpOracle.whole().parse(signal, request)));
        }
        byte[] stream = stream(signal, requests, shape);
        assertThat(allocator.getAllocatedMemory()).isZero();
        try (ArrowStreamReader reader =
                new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            assertThat(reader.loadNextBatch()).isTrue();
            ArrowRecords records = new ArrowRecords(signal, reader.getVectorSchemaRoot(), reader);
            assertThat(records.rows()).isEqualTo(records.expected(rows));
            assertThat(reader.loadNextBatch()).isFalse();
        }
    }

    private byte[] stream(Signal signal, List<byte[]> requests, Shape shape) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (BlockEncoder encoder = new BlockEncoder(signal, memory.pool(), share, LIMITS)) {
            encoder.begin();
            for (byte[] request : requests) {
                try (OffHeapBytes bytes = OffHeapBytes.copyOf(request)) {
                    assertThat(encoder.add(bytes.address(), request.length, 0, 0, 1))
                            .isEqualTo(Added.ADDED);
                }
            }
            Block block = requireNonNull(encoder.seal(shape, share));
            assertThat(block.opaqueEntries()).isZero();
            try (ColumnBatch batch =
                    requireNonNull(
                            ColumnBatch.of(
                                    block, memory.pool(), share, allocator, block::release))) {
                batch.write(Channels.newChannel(out));
            }
        }
        return out.toByteArray();
    }
}
