package dev.colonnade.benchmarks;

import com.github.luben.zstd.Zstd;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.benchmarks.data.Descriptor;
import dev.colonnade.benchmarks.data.Identity;
import dev.colonnade.benchmarks.data.Ring;
import dev.colonnade.benchmarks.data.Signal;
import dev.colonnade.storage.Shape;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/// What a record costs in each shape of the store: bytes by capacity and by resident memory,
/// processor time each way, and other ways to hold the same records beside it.
///
/// ```
/// --data NAMES            data sets, separated by commas; default logs-350,logs-1k,spans,points,trickle
/// --block-records NAMES   most records of a block; default 65535,16384
/// --small-kibibytes NAMES what reading a small block unpacks, 256 to 2048; default 512, none with 0;
///                         left out where requests are longer
/// --records N             records that are held, default 256,000, in requests of the data set's size
/// --rounds N              passes of which the median is printed, default 7
/// ```
///
/// Every block is read back and compared with what went in, byte for byte, before it is measured.
public final class StorageMain {
    private StorageMain() {}

    /// Measures and prints a table for each data set.
    public static void main(String[] args) throws Exception {
        Options options =
                Options.parse(
                        args,
                        Set.of("data", "block-records", "small-kibibytes", "records", "rounds"),
                        Set.of());
        int records = options.integer("records", 256_000, 1);
        int rounds = options.integer("rounds", 7, 1);
        String names = options.text("data", "logs-350,logs-1k,spans,points,trickle");
        for (String name : names.split(",", -1)) {
            DataSet data = DataSet.ofTitle(name);
            List<byte[]> bodies = bodies(data, records);
            int held = bodies.size() * data.recordsPerRequest();
            Console.OUT.println(yardsticks(data, bodies, held));
            Console.OUT.println();
            Table table =
                    new Table(
                            "shape",
                            "block records",
                            "B/record by capacity",
                            "used",
                            "B/record by RSS",
                            "in ns/record",
                            "out ns/record",
                            "/ wire",
                            "entries kept as bytes");
            rowOf(table, ShapeCost.rows(data, bodies, rounds), "row", "-", bodies, held);
            for (String limit : options.text("block-records", "65535,16384").split(",", -1)) {
                int blockRecords = Integer.parseInt(limit);
                for (Shape shape : List.of(Shape.COLUMN, Shape.PACKED)) {
                    ShapeCost cost = ShapeCost.blocks(data, bodies, shape, blockRecords, rounds);
                    rowOf(table, cost, shape.label(), limit, bodies, held);
                }
            }
            for (String size : options.text("small-kibibytes", "512").split(",", -1)) {
                int bytes = Integer.parseInt(size) << 10;
                @Nullable ShapeCost cost =
                        bytes == 0 ? null : ShapeCost.smallBlocks(data, bodies, bytes, rounds);
                if (cost != null) {
                    rowOf(table, cost, "packed", "small, " + size + " KiB", bodies, held);
                }
            }
            Console.OUT.println(table);
        }
    }

    static List<byte[]> bodies(DataSet data, int records) {
        return bodies(data, data.recordsPerRequest(), records);
    }

    static List<byte[]> bodies(DataSet data, int recordsPerRequest, int records) {
        int requests = Math.ceilDiv(records, recordsPerRequest);
        Ring ring =
                new Ring(
                        new Descriptor(
                                1, recordsPerRequest, data, 1, Math.min(requests, 0xFFFF), false));
        Identity identity = new Identity(1);
        List<byte[]> bodies = new ArrayList<>();
        for (int request = 0; request < requests; request++) {
            bodies.add(BodiesMain.body(ring.body(request % ring.size()), identity, request));
        }
        return bodies;
    }

    private static void rowOf(
            Table table,
            ShapeCost cost,
            String shape,
            String blockRecords,
            List<byte[]> bodies,
            int records) {
        table.row(
                shape,
                blockRecords,
                one(cost.capacityBytes() / (double) records),
                one(cost.usedBytes() / (double) records),
                one(cost.residentBytes() / (double) records),
                one(cost.inNanos() / (double) records),
                one(cost.outNanos() / (double) records),
                String.format(Locale.ROOT, "%.3f", cost.capacityBytes() / (double) sum(bodies)),
                Integer.toString(cost.opaqueEntries()));
    }

    /// Other ways to hold the same records, in bytes per record; codecs see 64,000 at a time.
    private static String yardsticks(DataSet data, List<byte[]> bodies, int records)
            throws IOException, InterruptedException {
        int requests = Math.min(bodies.size(), Math.ceilDiv(64_000, data.recordsPerRequest()));
        double few = (double) requests * data.recordsPerRequest();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] body : bodies.subList(0, requests)) {
            all.write(body);
        }
        byte[] plain = all.toByteArray();
        return "### "
                + data.title()
                + "\n\n"
                + records
                + " records in requests of "
                + data.recordsPerRequest()
                + ". Bytes per record: wire "
                + one(plain.length / few)
                + ", gzip -6 "
                + one(deflated(plain) / few)
                + ", zstd -1 "
                + one(Zstd.compress(plain, 1).length / few)
                + ", zstd -3 "
                + one(Zstd.compress(plain, 3).length / few)
                + ", xz -6 "
                + xz(plain, few)
                + ", objects of protobuf-java "
                + one(objectBytes(data.signal(), bodies.subList(0, requests)) / few);
    }

    private static long deflated(byte[] plain) {
        Deflater deflater = new Deflater(6);
        deflater.setInput(plain);
        deflater.finish();
        byte[] out = new byte[1 << 16];
        while (!deflater.finished()) {
            deflater.deflate(out);
        }
        long bytes = deflater.getBytesWritten();
        deflater.end();
        return bytes;
    }

    private static String xz(byte[] plain, double records)
            throws IOException, InterruptedException {
        Path file = Files.createTempFile("bodies", ".otlp");
        try {
            Files.write(file, plain);
            Process process = new ProcessBuilder("xz", "-6", "-c", file.toString()).start();
            long bytes = process.getInputStream().readAllBytes().length;
            return process.waitFor() == 0 ? one(bytes / records) : "failed";
        } catch (IOException _) {
            return "(xz is absent)";
        } finally {
            Files.delete(file);
        }
    }

    /// Live heap of the parsed messages.
    private static long objectBytes(Signal signal, List<byte[]> bodies)
            throws InvalidProtocolBufferException {
        long before = usedHeap();
        List<Object> messages = new ArrayList<>();
        for (byte[] body : bodies) {
            messages.add(
                    switch (signal) {
                        case LOGS -> ExportLogsServiceRequest.parseFrom(body);
                        case TRACES -> ExportTraceServiceRequest.parseFrom(body);
                        case METRICS -> ExportMetricsServiceRequest.parseFrom(body);
                    });
        }
        long after = usedHeap();
        if (messages.size() != bodies.size()) {
            throw new IllegalStateException("messages went missing");
        }
        return after - before;
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    static long sum(List<byte[]> bodies) {
        return bodies.stream().mapToLong(body -> body.length).sum();
    }

    static double median(long[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static String one(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
