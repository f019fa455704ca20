package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Options;
import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.benchmarks.data.Descriptor;
import dev.colonnade.benchmarks.data.Ring;
import java.util.Set;

/// What to send, where to, how fast and for how long.
///
/// @param host where to
/// @param port where to
/// @param protocol how
/// @param codec `none`, `gzip` or `zstd`
/// @param level the codec's level
/// @param dataSet which records
/// @param recordsPerRequest how many in a request
/// @param connections how many connections, kept open
/// @param inFlight requests in flight on each connection; 1 on HTTP
/// @param recordsPerSecond the offered rate; 0 = as fast as answers come
/// @param warmupNanos how long to send before measuring
/// @param durationNanos how long to measure
/// @param timeoutNanos how long to wait for one answer
/// @param seed where the random draws start
/// @param generator 1 to 65,535, must differ between runs that one sink sees
/// @param ring distinct bodies at least; 0 = by [Ring#sizeFor]
/// @param retry whether a refused request is sent again after the advised delay
public record Plan(
        String host,
        int port,
        Protocol protocol,
        String codec,
        int level,
        DataSet dataSet,
        int recordsPerRequest,
        int connections,
        int inFlight,
        long recordsPerSecond,
        long warmupNanos,
        long durationNanos,
        long timeoutNanos,
        int seed,
        int generator,
        int ring,
        boolean retry) {

    /// A transport of OTLP.
    public enum Protocol {
        /// OTLP/gRPC on HTTP/2.
        GRPC,
        /// OTLP/HTTP on HTTP/1.1 with protobuf bodies.
        HTTP
    }

    static final Set<String> NAMED =
            Set.of(
                    "target",
                    "protocol",
                    "codec",
                    "level",
                    "data",
                    "records-per-request",
                    "connections",
                    "in-flight",
                    "rate",
                    "warmup",
                    "duration",
                    "timeout",
                    "seed",
                    "generator",
                    "ring");
    static final Set<String> FLAGS = Set.of("retry");

    static Plan of(Options options, int defaultGenerator) {
        String target = options.text("target");
        int colon = target.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("target has no port: target=" + target);
        }
        Protocol protocol =
                switch (options.text("protocol", "grpc")) {
                    case "grpc" -> Protocol.GRPC;
                    case "http" -> Protocol.HTTP;
                    default ->
                            throw new IllegalArgumentException(
                                    "unknown protocol: protocol=" + options.text("protocol"));
                };
        String codec = options.text("codec", "none");
        if (!Set.of("none", "gzip", "zstd").contains(codec)) {
            throw new IllegalArgumentException("unknown codec: codec=" + codec);
        }
        DataSet dataSet = DataSet.ofTitle(options.text("data", "logs-350"));
        boolean grpc = protocol == Protocol.GRPC;
        return new Plan(
                target.substring(0, colon),
                Integer.parseInt(target.substring(colon + 1)),
                protocol,
                codec,
                options.integer("level", codec.equals("zstd") ? 3 : 6, 1),
                dataSet,
                options.integer("records-per-request", dataSet.recordsPerRequest(), 1),
                options.integer("connections", grpc ? 4 : 16, 1),
                grpc ? options.integer("in-flight", 4, 1) : 1,
                options.number("rate", 0, 0),
                options.secondsAsNanos("warmup", 2),
                options.secondsAsNanos("duration", 10),
                options.secondsAsNanos("timeout", 30),
                options.integer("seed", 1, 0),
                options.integer("generator", defaultGenerator, 1),
                options.integer("ring", 0, 0),
                options.has("retry"));
    }

    boolean compressed() {
        return !codec.equals("none");
    }

    /// What the sink must know about the records.
    Descriptor descriptor() {
        int bodies =
                Math.max(
                        ring == 0 ? Ring.sizeFor(recordsPerRequest, compressed()) : ring,
                        Math.min(0xFFFF, 2 * connections * inFlight));
        return new Descriptor(generator, recordsPerRequest, dataSet, seed, bodies, compressed());
    }

    /// Nanoseconds between two requests at the offered rate; 0 when there is none.
    double intervalNanos() {
        return recordsPerSecond == 0 ? 0 : 1e9 * recordsPerRequest / recordsPerSecond;
    }
}
