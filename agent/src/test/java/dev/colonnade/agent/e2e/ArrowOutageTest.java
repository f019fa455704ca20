package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.testkit.ArrowRecords;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.SlabAllocation;
import dev.colonnade.storage.testkit.TestMemory;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The exporter `file` with `format: arrow` after a time in which it could not write.
@Timeout(120)
final class ArrowOutageTest {
    private static final int REQUESTS = 60;
    private static final int RECORDS = 100;

    @TempDir private Path folder;

    /// Scenario: a folder stands where the file is to be, requests of one signal come in, some of
    /// them compressed; then the folder goes. Guarantees: what waits becomes columns because the
    /// exporter asks for them, and those are handed to it as they are; Arrow's own reader finds all
    /// records in the file, in order, with all that they stand in.
    @ParameterizedTest
    @EnumSource
    void whatWaitsBecomesColumnsAndIsWrittenAsTheyAre(Signal signal) throws Exception {
        Path file = folder.resolve("out.arrows");
        Files.createDirectory(file);
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(23));
        List<OtlpOracle.Row> sent = new ArrayList<>();
        try (AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage("memory: 256MiB")
                                        .exporter(
                                                "file: {path: \""
                                                        + file
                                                        + "\", format: arrow, "
                                                        + Yaml.FAST_RETRY
                                                        + "}")
                                        .pipeline(signal.label(), "file"));
                HttpSender sender = new HttpSender(agent.httpPort())) {
            for (int number = 0; number < REQUESTS; number++) {
                byte[] request = otlp.request(signal, RECORDS);
                sender.deliver(signal, request, number % 3 == 0 ? Codec.GZIP : Codec.IDENTITY);
                sent.addAll(OtlpOracle.rows(OtlpOracle.whole().parse(signal, request)));
            }
            agent.await(
                    "columns",
                    scrape ->
                            scrape.sum("colonnade_storage_records", "shape", "column") > 0
                                    && scrape.sum(
                                                    "colonnade_storage_mode_switches_total",
                                                    "to",
                                                    "column",
                                                    "reason",
                                                    "access_pattern")
                                            > 0);
            Files.delete(file);
            Scrape after = agent.awaitDelivered();
            assertThat(after.sum("colonnade_storage_lent_records_total", "shape", "column"))
                    .isPositive();
            assertThat(after.sum("colonnade_storage_unpacked_records_total")).isZero();
            assertThat(after.sum("colonnade_storage_blocks")).isZero();
        }
        // Not an assertion on lists: they are too long to be shown.
        assertThat(read(signal, file).equals(ArrowRecords.expected(signal, sent))).isTrue();
    }

    private static List<ArrowRecords.Row> read(Signal signal, Path file) throws Exception {
        List<ArrowRecords.Row> rows = new ArrayList<>();
        try (TestMemory memory = TestMemory.of(256 << 20);
                RootAllocator allocator =
                        SlabAllocation.allocator(memory.pool(), memory.budget("reader"));
                InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            while (in.available() > 0) {
                ArrowStreamReader reader = new ArrowStreamReader(in, allocator);
                assertThat(reader.loadNextBatch()).isTrue();
                rows.addAll(new ArrowRecords(signal, reader.getVectorSchemaRoot(), reader).rows());
                assertThat(reader.loadNextBatch()).isFalse();
                reader.close(false);
            }
        }
        return rows;
    }
}
