package dev.colonnade.pipeline.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.pipeline.testkit.RandomWire;
import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.Block;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Scenario: writer and reader of small blocks have exactly the memory that their format says, and
/// requests are of every kind and damage. Guarantees: what was added is sealed, what was sealed can
/// be opened, with what the block says it needs; each request comes back byte for byte.
class SmallBlocksTest {
    private static final int[] UNPACK_KIBIBYTES = {256, 512, 1024, 2048};

    private final TestMemory memory = TestMemory.of(256L << 20);
    private final BudgetShare held = BudgetShare.of(memory.budget("held"));

    @AfterEach
    void provesThatNothingLeaked() {
        memory.close();
    }

    @ParameterizedTest
    @EnumSource
    void holdOrdinaryRequests(Signal signal) {
        for (int kibibytes : UNPACK_KIBIBYTES) {
            SplittableRandom random = new SplittableRandom(kibibytes);
            RandomOtlp otlp = new RandomOtlp(random);
            int refused =
                    check(
                            signal,
                            kibibytes,
                            200,
                            number ->
                                    otlp.request(
                                            signal,
                                            1 + random.nextInt(number % 10 == 0 ? 400 : 40)));
            assertThat(refused).as("refused at %s KiB", kibibytes).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void holdEveryFieldOfOtlp(Signal signal) {
        for (int kibibytes : UNPACK_KIBIBYTES) {
            SplittableRandom random = new SplittableRandom(kibibytes);
            RandomMessages messages = new RandomMessages(random);
            check(signal, kibibytes, 600, _ -> messages.request(signal));
        }
    }

    @ParameterizedTest
    @EnumSource
    void holdEveryFreedomOfTheWire(Signal signal) {
        for (int kibibytes : UNPACK_KIBIBYTES) {
            SplittableRandom random = new SplittableRandom(kibibytes);
            RandomWire wire = new RandomWire(random);
            check(
                    signal,
                    kibibytes,
                    600,
                    number -> number % 2 == 0 ? wire.intact(signal) : wire.damaged(signal));
        }
    }

    /// Answers how many requests fit no block.
    private int check(Signal signal, int kibibytes, int requests, IntFunction<byte[]> request) {
        ColumnarFormat format = ColumnarFormat.ofSmallBlocks(kibibytes << 10);
        MemoryBudget writing = memory.budget("writer", format.writerBytesMax());
        MemoryBudget reading = memory.budget("reader", format.readerBytesMax());
        int refused = 0;
        try (BlockWriter writer = format.writer(signal, memory.pool(), BudgetShare.of(writing));
                BlockReader reader = format.reader(memory.pool(), BudgetShare.of(reading))) {
            List<byte[]> added = new ArrayList<>();
            writer.begin();
            for (int number = 0; number < requests; number++) {
                byte[] bytes = request.apply(number);
                if (!add(writer, bytes)) {
                    readBack(writer, reader, added, kibibytes << 10);
                    writer.begin();
                    if (add(writer, bytes)) {
                        added.add(bytes);
                    } else {
                        refused++;
                        writer.begin();
                    }
                } else {
                    added.add(bytes);
                }
                assertThat(writing.reserved()).isLessThanOrEqualTo(format.addingBytesMax());
            }
            readBack(writer, reader, added, kibibytes << 10);
        }
        assertThat(writing.reserved() + reading.reserved()).isZero();
        writing.close();
        reading.close();
        return refused;
    }

    private void readBack(
            BlockWriter writer, BlockReader reader, List<byte[]> added, int unpackBytes) {
        if (added.isEmpty()) {
            return;
        }
        Block block = (Block) requireNonNull(writer.seal(Shape.PACKED, held));
        assertThat(block.unpackBytes()).isLessThanOrEqualTo(unpackBytes);
        assertThat(reader.open(block)).isTrue();
        for (byte[] request : added) {
            assertThat(reader.nextLength()).isEqualTo(request.length);
            try (OffHeapBytes target = OffHeapBytes.allocate(request.length)) {
                reader.write(target.address());
                assertThat(target.toArray(request.length)).isEqualTo(request);
            }
        }
        assertThat(reader.nextLength()).isEqualTo(BlockReader.END);
        reader.release();
        block.release();
        added.clear();
    }

    private static boolean add(BlockWriter writer, byte[] request) {
        try (OffHeapBytes bytes = OffHeapBytes.copyOf(request)) {
            Added added = writer.add(bytes.address(), request.length, 7, 7, 1);
            assertThat(added).isNotEqualTo(Added.NO_MEMORY);
            return added == Added.ADDED;
        }
    }
}
