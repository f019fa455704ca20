package dev.colonnade.exporters.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.exporters.file.FileExporterConfig.Rotation;
import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.SlabAllocation;
import dev.colonnade.storage.testkit.TestMemory;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FileExporterTest {
    private static final RetryConfig AT_ONCE =
            RetryConfig.DEFAULT.withIntervals(Duration.ofMillis(1), Duration.ofMillis(2));

    @TempDir Path folder;
    private Path file;
    private FileExporterConfig config;

    @BeforeEach
    void name() {
        file = folder.resolve("below/data.json");
        config = FileExporterConfig.of(file.toString()).withRetry(AT_ONCE);
    }

    @Test
    void writesALineForEachBatch() throws Exception {
        try (Rig rig = rig(config, Disk.REAL)) {
            delivered(rig, log("a"));
            delivered(rig, log("b"));
            delivered(rig, Signal.TRACES, new RandomOtlp(new Random(1)).request(Signal.TRACES, 3));
            assertThat(rig.metrics().value(ExporterMetrics.sent(Signal.LOGS), "file")).isEqualTo(2);
        }
        assertThat(lines(file))
                .hasSize(3)
                .startsWith(json("a"), json("b"))
                .last()
                .asString()
                .startsWith("{\"resourceSpans\":[");
    }

    @Test
    void writesBehindWhatIsThere() throws Exception {
        Files.createDirectories(folder.resolve("below"));
        Files.writeString(file, "whole\ntorn");
        try (Rig rig = rig(config, Disk.REAL)) {
            delivered(rig, log("a"));
        }
        assertThat(lines(file)).containsExactly("whole", "torn", json("a"));
    }

    @Test
    void writesRequestsBehindTheirLength() throws Exception {
        byte[] first = log("a");
        byte[] second = log("second");
        try (Rig rig = rig(config.withFormat("proto", ""), Disk.REAL)) {
            delivered(rig, first);
            delivered(rig, second);
        }
        DataInputStream in = new DataInputStream(Files.newInputStream(file));
        assertThat(in.readNBytes(in.readInt())).isEqualTo(first);
        assertThat(in.readNBytes(in.readInt())).isEqualTo(second);
        assertThat(in.read()).isEqualTo(-1);
        in.close();
    }

    /// Scenario: requests of two signals, one of them damaged within a record. Guarantees: a stock
    /// reader of Arrow reads the file as one stream for each batch; what is damaged in a record is
    /// its bytes; all memory is back.
    @ParameterizedTest
    @ValueSource(strings = {"", "zstd"})
    void writesAStreamOfArrowForEachBatch(String codec) throws Exception {
        byte[] spans = new RandomOtlp(new Random(1)).request(Signal.TRACES, 30);
        byte[] damaged = log("damaged");
        damaged[damaged.length - "damaged".length() - 1] = 100;
        try (Rig rig = rig(config.withFormat("arrow", codec), Disk.REAL)) {
            delivered(rig, log("a"));
            delivered(rig, damaged);
            delivered(rig, Signal.TRACES, spans);
            assertThat(rig.metrics().value(ExporterMetrics.sent(Signal.LOGS), "file")).isEqualTo(2);
        }
        List<String> seen = new ArrayList<>();
        byte[] content = Files.readAllBytes(file);
        InputStream bytes = new ByteArrayInputStream(content);
        try (TestMemory memory = TestMemory.of(64 << 20);
                RootAllocator allocator =
                        SlabAllocation.allocator(memory.pool(), memory.budget("arrow"));
                InputStream in =
                        new BufferedInputStream(
                                codec.isEmpty() ? bytes : new ZstdInputStreamNoFinalizer(bytes))) {
            while (hasMore(in)) {
                ArrowStreamReader reader = new ArrowStreamReader(in, allocator);
                while (reader.loadNextBatch()) {
                    seen.add(described(reader));
                }
                reader.close(false);
            }
        }
        assertThat(seen).containsExactly("logs 1 [a]", "logs 1 11 bytes", "traces 30");
    }

    private static boolean hasMore(InputStream in) throws IOException {
        in.mark(1);
        boolean hasMore = in.read() >= 0;
        in.reset();
        return hasMore;
    }

    private static String described(ArrowStreamReader reader) throws IOException {
        VectorSchemaRoot root = reader.getVectorSchemaRoot();
        String rows =
                root.getSchema().getCustomMetadata().get("otlp.signal") + " " + root.getRowCount();
        FieldVector body = root.getVector("body");
        if (root.getVector("unknown_fields") instanceof VarBinaryVector unknown) {
            return rows + " " + unknown.get(0).length + " bytes";
        }
        if (body == null) {
            return rows;
        }
        long id = body.getField().getDictionary().getId();
        try (ValueVector decoded = DictionaryEncoder.decode(body, reader.lookup(id))) {
            return rows + " " + decoded;
        }
    }

    @Test
    void compressesEachBatchSoThatTheFileReadsAsOne() throws Exception {
        try (Rig rig = rig(config.withFormat("json", "zstd"), Disk.REAL)) {
            delivered(rig, log("a"));
            delivered(rig, log("b"));
        }
        assertThat(inflated(file)).isEqualTo(json("a") + "\n" + json("b") + "\n");
    }

    @Test
    void inflatesWhatIsHeldCompressed() throws Exception {
        byte[] plain = log("x".repeat(100_000));
        ByteArrayOutputStream stored = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(stored)) {
            gzip.write(plain);
        }
        try (Rig rig = rig(config, Disk.REAL)) {
            assertThat(
                            Rig.await(
                                    rig.append(
                                            0,
                                            Signal.LOGS,
                                            Codec.GZIP,
                                            stored.toByteArray(),
                                            plain.length,
                                            1)))
                    .isEmpty();
        }
        assertThat(lines(file)).containsExactly(json("x".repeat(100_000)));
    }

    /// Scenario: requests of which one is damaged within a record wait together, because the disk
    /// is full. Guarantees: when it is not any more the others are written, and the damaged one is
    /// dropped and counted.
    @Test
    void dropsOnlyWhatIsDamaged() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        disk.fillAfter(0);
        byte[] damaged = log("damaged");
        damaged[damaged.length - "damaged".length() - 1] = 100;
        List<CompletableFuture<Optional<DropReason>>> answers = new ArrayList<>();
        try (Rig rig = rig(config, disk)) {
            rig.onLoop(
                    0,
                    () -> {
                        answers.add(rig.append(Signal.LOGS, log("a"), 1));
                        answers.add(rig.append(Signal.LOGS, damaged, 1));
                        answers.add(rig.append(Signal.LOGS, log("b"), 1));
                    });
            rig.onLoop(0, () -> disk.mendAfter(1));
            assertThat(Rig.await(answers.get(0))).isEmpty();
            assertThat(Rig.await(answers.get(1))).contains(DropReason.REJECTED);
            assertThat(Rig.await(answers.get(2))).isEmpty();
            assertThat(rig.log().lines())
                    .anyMatch(line -> line.contains("dropped damaged requests: exporter=file"));
            assertThat(rig.store(Signal.LOGS).dropped(0, DropReason.REJECTED)).isOne();
        }
        assertThat(String.join("", lines(file))).contains("\"a\"", "\"b\"").doesNotContain("damag");
    }

    @Test
    void keepsEverythingWhileTheDiskIsFull() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        disk.fillAfter(json("a").length() + 10L);
        disk.mendAfter(5);
        try (Rig rig = rig(config, disk)) {
            List<CompletableFuture<Optional<DropReason>>> answers = new ArrayList<>();
            for (String name : List.of("a", "b", "c", "d")) {
                answers.add(rig.append(Signal.LOGS, log(name), 1));
            }
            answers.forEach(answer -> assertThat(Rig.await(answer)).isEmpty());
            assertThat(disk.isMended()).isTrue();
            assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(4);
            assertThat(rig.log().lines())
                    .filteredOn(line -> line.contains("No space left on device"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .startsWith("WARNING cannot write, will try again: exporter=file, path=");
            assertThat(rig.log().lines()).anyMatch(line -> line.contains("writes again"));
        }
        assertThat(names(lines(file))).containsExactly("a", "b", "c", "d");
    }

    @Test
    void cutsOffHalfABatchBeforeTheNext() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        disk.fillAfter(7);
        disk.refuseTruncate();
        disk.mendAfter(4);
        try (Rig rig = rig(config, disk)) {
            delivered(rig, log("a"));
            delivered(rig, log("b"));
        }
        assertThat(lines(file)).containsExactly(json("a"), json("b"));
    }

    @Test
    void givesBackWhatItCannotWriteWhenClosed() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        disk.fillAfter(0);
        try (Rig rig = rig(config, disk)) {
            CompletableFuture<Optional<DropReason>> answer = rig.append(Signal.LOGS, log("a"), 1);
            rig.onLoop(0, () -> {});
            rig.closeExporter();
            assertThat(answer).isNotDone();
            assertThat(rig.store(Signal.LOGS).backlogRecords(0)).isOne();
        }
        assertThat(lines(file)).isEmpty();
    }

    @Test
    void setsFullFilesAsideAndRemovesTheOldest() throws Exception {
        Instant now = Instant.parse("2026-05-06T07:08:09.123Z");
        String large = "y".repeat(1 << 20);
        FileExporterConfig rotated = config.withRotation(new Rotation(1, 2, 2, false));
        Files.createDirectories(folder.resolve("below"));
        Files.writeString(folder.resolve("below/data-2026-05-01T00-00-00.000.json"), "too old");
        Files.writeString(folder.resolve("below/data-other.json"), "not ours");
        try (Rig rig =
                new Rig(context ->
                        new FileExporter("file", rotated, at(context, now), Disk.REAL))) {
            for (int batch = 0; batch < 5; batch++) {
                delivered(rig, log(batch + large));
            }
        }
        try (Stream<Path> files = Files.list(folder.resolve("below"))) {
            assertThat(files.map(name -> name.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "data.json",
                            "data-other.json",
                            "data-2026-05-06T07-08-09.125.json",
                            "data-2026-05-06T07-08-09.126.json");
        }
        assertThat(lines(file)).containsExactly(json("4" + large));
        assertThat(lines(folder.resolve("below/data-2026-05-06T07-08-09.126.json")))
                .containsExactly(json("3" + large));
    }

    @Test
    void writesFromAllLoopsWithSync() throws Exception {
        try (Rig rig =
                new Rig(
                        2,
                        8 << 20,
                        context ->
                                new FileExporter(
                                        "file", config.withSync(true), context, Disk.REAL))) {
            List<CompletableFuture<Optional<DropReason>>> answers = new ArrayList<>();
            for (int batch = 0; batch < 200; batch++) {
                byte[] request = log("n" + batch);
                answers.add(
                        rig.append(
                                batch % 2,
                                Signal.LOGS,
                                Codec.IDENTITY,
                                request,
                                request.length,
                                1));
            }
            answers.forEach(answer -> assertThat(Rig.await(answer)).isEmpty());
        }
        assertThat(names(lines(file))).hasSize(200).doesNotHaveDuplicates();
    }

    @Test
    void closesBeforeItStarts() throws Exception {
        try (Rig rig = rig(config, Disk.REAL)) {
            rig.closeExporter();
            rig.closeExporter();
            rig.exporter().flush();
            assertThat(rig.exporter().id()).isEqualTo("file");
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void saysWhatIsWrongWithItsSettings() {
        assertThat(config.problems()).isEmpty();
        assertThat(config.withFormat("proto", "zstd").problems()).isEmpty();
        assertThat(FileExporterConfig.of("").problems()).extracting("path").containsExactly("path");
        assertThat(config.withFormat("arrow", "zstd").problems()).isEmpty();
        assertThat(config.withFormat("xml", "gzip").problems())
                .extracting("path")
                .containsExactly("format", "compression");
        assertThat(config.withRotation(new Rotation(-1, -1, -1, true)).problems()).hasSize(3);
        assertThat(
                        new FileExporterConfig("p", null, "json", "", Duration.ZERO, false, AT_ONCE)
                                .problems())
                .extracting("path")
                .containsExactly("flush_interval");
    }

    private static Rig rig(FileExporterConfig config, Disk disk) throws Exception {
        return new Rig(context -> new FileExporter("file", config, context, disk));
    }

    private static ExporterContext at(ExporterContext context, Instant now) {
        return new ExporterContext(
                context.loops(),
                context.memory(),
                context.sendFloors(),
                context.telemetry(),
                context.nanoClock(),
                () -> now,
                context.random(),
                context.blocking(),
                context.logger(),
                context.version());
    }

    private static void delivered(Rig rig, byte[] request) {
        delivered(rig, Signal.LOGS, request);
    }

    private static void delivered(Rig rig, Signal signal, byte[] request) {
        assertThat(Rig.await(rig.append(signal, request, 1))).isEmpty();
    }

    private static byte[] log(String body) {
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(
                        ResourceLogs.newBuilder()
                                .addScopeLogs(
                                        ScopeLogs.newBuilder()
                                                .addLogRecords(
                                                        LogRecord.newBuilder()
                                                                .setBody(
                                                                        AnyValue.newBuilder()
                                                                                .setStringValue(
                                                                                        body)))))
                .build()
                .toByteArray();
    }

    private static String json(String body) {
        return "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\""
                + body
                + "\"}}]}]}]}";
    }

    private static List<String> lines(Path path) throws IOException {
        return Files.readAllLines(path);
    }

    /// The bodies, in order, whatever lines they are in.
    private static List<String> names(List<String> lines) {
        List<String> names = new ArrayList<>();
        for (String line : lines) {
            assertThat(line).endsWith("}]}");
            String[] parts = line.split("\"stringValue\":\"", -1);
            for (int part = 1; part < parts.length; part++) {
                names.add(parts[part].substring(0, parts[part].indexOf('"')));
            }
        }
        return names;
    }

    private static String inflated(Path path) throws IOException {
        try (InputStream in =
                new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(Files.readAllBytes(path)))
                        .setContinuous(true)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
