package dev.colonnade.benchmarks.load;

import com.github.luben.zstd.Zstd;
import dev.colonnade.benchmarks.Console;
import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Options;
import dev.colonnade.benchmarks.data.Body;
import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.benchmarks.data.Descriptor;
import dev.colonnade.benchmarks.data.Identity;
import dev.colonnade.benchmarks.data.Ring;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// What the codecs alone cost on a generator's bodies: processor time per record of one thread, in
/// nanoseconds.
///
/// ```
/// --data NAME --records-per-request N     as for the load generator
/// --gzip-level N --zstd-level N           default 6 and 3
/// --rounds N                              passes over 64 bodies, default 5; the median is printed
/// --table                                 every codec at its quick and its usual level, as a table's rows
/// ```
public final class CodecMain {
    private static final int BODIES = 64;

    /// One call of a codec: input to output, answering the output's length.
    private interface Codec {
        int run(byte[] input, byte[] output) throws DataFormatException;
    }

    private final List<byte[]> bodies = new ArrayList<>();
    private final int recordsPerRequest;
    private final int rounds;
    private final byte[] output;

    private CodecMain(DataSet dataSet, int recordsPerRequest, int rounds) {
        this.recordsPerRequest = recordsPerRequest;
        this.rounds = rounds;
        Ring ring = new Ring(new Descriptor(1, recordsPerRequest, dataSet, 1, BODIES, true));
        int longest = 0;
        for (int i = 0; i < BODIES; i++) {
            Body body = ring.body(i);
            byte[] bytes = new byte[body.length()];
            MemorySegment segment = MemorySegment.ofArray(bytes);
            body.copyTo(segment);
            body.patch(segment, new Identity(1), i, 1_790_000_000_000_000_000L, 0);
            bodies.add(bytes);
            longest = Math.max(longest, bytes.length);
        }
        this.output = new byte[longest * 2 + 1024];
    }

    /// Measures and prints.
    public static void main(String[] args) {
        try {
            Options options =
                    Options.parse(
                            args,
                            Set.of(
                                    "data",
                                    "records-per-request",
                                    "gzip-level",
                                    "zstd-level",
                                    "rounds"),
                            Set.of("table"));
            DataSet dataSet = DataSet.ofTitle(options.text("data", "logs-350"));
            CodecMain main =
                    new CodecMain(
                            dataSet,
                            options.integer("records-per-request", dataSet.recordsPerRequest(), 1),
                            options.integer("rounds", 5, 1));
            if (options.has("table")) {
                main.printTable(dataSet);
                return;
            }
            Facts facts =
                    main.measure(
                            options.integer("gzip-level", 6, 1),
                            options.integer("zstd-level", 3, 1));
            Console.OUT.print(facts.toLines());
        } catch (IllegalArgumentException e) {
            Console.ERR.println("codecs cannot be measured: " + e.getMessage());
            System.exit(2);
        } catch (DataFormatException e) {
            Console.ERR.println("codec failed: " + e);
            System.exit(1);
        }
    }

    /// A row per codec and level: bytes and ratio, and what it costs both ways, check sums
    /// included.
    private void printTable(DataSet dataSet) throws DataFormatException {
        double plain = bytesPerRecord(bodies);
        for (int level : new int[] {1, 6}) {
            printRow(dataSet, "gzip " + level, plain, gzip(level), gunzip());
            printRow(dataSet, "deflate " + level, plain, deflate(level, false), inflate(false));
        }
        for (int level : new int[] {1, 3}) {
            Codec squeeze =
                    (input, out) ->
                            (int)
                                    Zstd.compressByteArray(
                                            out, 0, out.length, input, 0, input.length, level);
            Codec expand =
                    (input, out) ->
                            (int)
                                    Zstd.decompressByteArray(
                                            out, 0, out.length, input, 0, input.length);
            printRow(dataSet, "zstd " + level, plain, squeeze, expand);
        }
    }

    private void printRow(
            DataSet dataSet, String title, double plain, Codec compress, Codec decompress)
            throws DataFormatException {
        List<byte[]> encoded = encode(compress);
        double bytes = bytesPerRecord(encoded);
        cost(compress, bodies);
        cost(decompress, encoded);
        Console.OUT.print(
                String.format(
                        Locale.ROOT,
                        "| %s | %s | %.0f | %.0f | %.1f | %.0f | %.0f |%n",
                        dataSet.title(),
                        title,
                        plain,
                        bytes,
                        plain / bytes,
                        cost(compress, bodies),
                        cost(decompress, encoded)));
    }

    private static Codec gzip(int level) {
        CRC32 crc = new CRC32();
        Codec deflate = deflate(level, true);
        return (input, out) -> {
            crc.reset();
            crc.update(input);
            return deflate.run(input, out);
        };
    }

    private static Codec gunzip() {
        CRC32 crc = new CRC32();
        Codec inflate = inflate(true);
        return (input, out) -> {
            int length = inflate.run(input, out);
            crc.reset();
            crc.update(out, 0, length);
            return length;
        };
    }

    private static Codec deflate(int level, boolean bare) {
        Deflater deflater = new Deflater(level, bare);
        return (input, out) -> {
            deflater.reset();
            deflater.setInput(input);
            deflater.finish();
            return deflater.deflate(out);
        };
    }

    private static Codec inflate(boolean bare) {
        Inflater inflater = new Inflater(bare);
        return (input, out) -> {
            inflater.reset();
            inflater.setInput(input);
            return inflater.inflate(out);
        };
    }

    private Facts measure(int gzipLevel, int zstdLevel) throws DataFormatException {
        Codec deflate = deflate(gzipLevel, true);
        Codec inflate = inflate(true);
        Codec squeeze =
                (input, out) ->
                        (int)
                                Zstd.compressByteArray(
                                        out, 0, out.length, input, 0, input.length, zstdLevel);
        Codec expand =
                (input, out) ->
                        (int) Zstd.decompressByteArray(out, 0, out.length, input, 0, input.length);
        List<byte[]> deflated = encode(deflate);
        List<byte[]> squeezed = encode(squeeze);
        return new Facts()
                .put("gzip_level", gzipLevel)
                .put("zstd_level", zstdLevel)
                .put("plain_bytes_per_record", bytesPerRecord(bodies))
                .put("gzip_bytes_per_record", bytesPerRecord(deflated))
                .put("zstd_bytes_per_record", bytesPerRecord(squeezed))
                .put("inflate_ns_per_record", cost(inflate, deflated))
                .put("deflate_ns_per_record", cost(deflate, bodies))
                .put("zstd_compress_ns_per_record", cost(squeeze, bodies))
                .put("zstd_decompress_ns_per_record", cost(expand, squeezed));
    }

    private List<byte[]> encode(Codec codec) throws DataFormatException {
        List<byte[]> encoded = new ArrayList<>();
        for (byte[] body : bodies) {
            encoded.add(Arrays.copyOf(output, codec.run(body, output)));
        }
        return encoded;
    }

    private double cost(Codec codec, List<byte[]> inputs) throws DataFormatException {
        double[] costs = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (byte[] input : inputs) {
                codec.run(input, output);
            }
            long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
            costs[round] = (double) spent / inputs.size() / recordsPerRequest;
        }
        Arrays.sort(costs);
        return costs[rounds / 2];
    }

    private double bytesPerRecord(List<byte[]> encoded) {
        long bytes = 0;
        for (byte[] each : encoded) {
            bytes += each.length;
        }
        return (double) bytes / encoded.size() / recordsPerRequest;
    }
}
