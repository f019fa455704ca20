package dev.colonnade.pipeline.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
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
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Scenario: requests of one signal, put into a block of either shape, given out as an IPC stream of
/// Arrow, are read by Arrow's own reader. Guarantees: the records, in order, with all they stand
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
