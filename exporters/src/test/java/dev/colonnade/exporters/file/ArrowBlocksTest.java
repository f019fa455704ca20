package dev.colonnade.exporters.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.exporters.testkit.RecordedLog;
import dev.colonnade.exporters.testkit.RecordedMetrics;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Ack;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.ShapeDecision;
import dev.colonnade.storage.ShapeReason;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.columnar.ArrowStreams;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.columnar.SlabAllocation;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The exporter `file` with `format: arrow` on a store that holds blocks.
@Timeout(120)
final class ArrowBlocksTest {
    private static final int MIB = 1 << 20;
    private static final int REQUESTS = 40;
    private static final int RECORDS = 50;

    @TempDir private Path folder;

    private final Loops loops = new Loops(1, new DefaultThreadFactory("loop", true));
    private final TestMemory memory = TestMemory.of(128L << 20);
    private final ColumnarFormat format = ColumnarFormat.ofReaderBytes(8 * MIB);
    private final ShapingRig rig =
            new ShapingRig(memory, format, 24 * MIB, format.writerBytesMax() + 8 * MIB, 8 * MIB);
    private final MemoryBudget budget = memory.budget("logs");
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final MemoryBudget floor = memory.root().floor("send", MIB);
    private final ExecutorService blocking =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory());

    /// Scenario: blocks wait; the exporter's own memory has room for their columns, or for next to
    /// nothing. Guarantees: they are written as they are, or made rows again and written from
    /// those; every record is in the file, and all memory is back.
    @ParameterizedTest
    @CsvSource({"COLUMN, false", "PACKED, false", "COLUMN, true", "PACKED, true"})
    void blocksAreWrittenAsTheyAreOrFromRowsWhereMemoryIsShort(Shape shape, boolean isShort)
            throws Exception {
        HybridStore store =
                new HybridStore(
                        new StoreConfig(
                                "logs",
                                Signal.LOGS,
                                budget,
                                Durability.MEMORY,
                                List.of(new CursorConfig("file", OnFull.REFUSE, null))),
                        memory.loops(),
                        System::nanoTime,
                        rig.reshaping(),
                        _ -> _ -> new ShapeDecision(shape, ShapeReason.DWELL));
        StoreShard shard = store.shard(0);
        CountDownLatch settled = new CountDownLatch(REQUESTS);
        onLoop(() -> {
            append(
                    shard,
                    worst -> {
                        assertThat(worst).isNull();
                        settled.countDown();
                    });
            shard.considerShapes();
            rig.settle();
        });
        assertThat(store.records(shape)).isEqualTo(REQUESTS * RECORDS);
        Path file = folder.resolve("out.arrows");
        FileExporter exporter =
                new FileExporter(
                        "file",
                        FileExporterConfig.of(file.toString())
                                .withFormat("arrow", "")
                                .withRetry(
                                        RetryConfig.DEFAULT.withIntervals(
                                                Duration.ofMillis(1), Duration.ofMillis(2))),
                        context());
        exporter.attach(store, 0);
        CountDownLatch started = new CountDownLatch(1);
        loops.loop(0).execute(() -> await(started));
        exporter.start();
        MemoryBudget arrow =
                memory.root().children().stream()
                        .filter(child -> child.name().equals("arrow"))
                        .findFirst()
                        .orElseThrow();
        long hog = isShort ? arrow.available() - ArrowStreams.BUDGET_BYTES_MIN : 0;
        assertThat(arrow.tryReserve(hog)).isTrue();
        started.countDown();
        await(settled);
        arrow.release(hog);
        assertThat(store.shapes(meter -> meter.lentRecords(shape))).isEqualTo(REQUESTS * RECORDS);
        // A last block of few records may fit.
        assertThat(store.shapes(meter -> meter.unmadeRecords(shape)))
                .isBetween(
                        isShort ? REQUESTS * RECORDS / 2L : 0L, isShort ? REQUESTS * RECORDS : 0L);
        exporter.close().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(records(file)).isEqualTo(REQUESTS * RECORDS);
        close(shard);
    }

    private void close(StoreShard shard) {
        onLoop(() -> {
            shard.tick();
            shard.close();
            space.close();
            rig.close();
        });
        loops.close().syncUninterruptibly();
        blocking.close();
        floor.close();
        memory.close();
    }

    private void append(StoreShard shard, Ack ack) {
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(6));
        for (int number = 0; number < REQUESTS; number++) {
            byte[] request = otlp.request(Signal.LOGS, RECORDS);
            RowBatch batch = new RowBatch();
            assertThat(space.reserve(batch.payload(), request.length)).isTrue();
            Batches.describePlain(batch, request, RECORDS, System.nanoTime());
            assertThat(shard.admit(RECORDS, request.length)).isEqualTo(Admission.ADMITTED);
            shard.append(batch, ack);
            space.handOver(batch.payload());
        }
    }

    private ExporterContext context() {
        return new ExporterContext(
                loops,
                memory.loops(),
                List.of(floor),
                new RecordedMetrics(),
                System::nanoTime,
                InstantSource.system(),
                new SplittableRandom(1),
                blocking,
                new RecordedLog(),
                "test");
    }

    private void onLoop(Runnable task) {
        loops.loop(0).submit(task).syncUninterruptibly();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// The records in all streams of a file; those of a request that was written as its bytes are
    /// in one row.
    private static int records(Path file) throws Exception {
        int records = 0;
        try (TestMemory own = TestMemory.of(64 << 20);
                RootAllocator allocator =
                        SlabAllocation.allocator(own.pool(), own.budget("reader"));
                InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            while (in.available() > 0) {
                ArrowStreamReader reader = new ArrowStreamReader(in, allocator);
                assertThat(reader.loadNextBatch()).isTrue();
                boolean isBytes = reader.getVectorSchemaRoot().getVector("opaque_request") != null;
                records += isBytes ? RECORDS : reader.getVectorSchemaRoot().getRowCount();
                assertThat(reader.loadNextBatch()).isFalse();
                reader.close(false);
            }
        }
        return records;
    }
}
