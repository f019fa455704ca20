package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.exporters.TlsClientConfig;
import dev.colonnade.exporters.testkit.Backend;
import dev.colonnade.exporters.testkit.Reply;
import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.exporters.testkit.Script;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.Codec;
import java.time.Duration;
import java.util.function.Function;

/// Both protocols, so that one test says what holds for each.
enum Protocol {
    GRPC,
    HTTP;

    /// The id of the exporters made here.
    static final String ID = "otlp/test";

    /// Waits so short that a test need not notice them.
    static final RetryConfig QUICK =
            RetryConfig.DEFAULT.withIntervals(Duration.ofMillis(5), Duration.ofMillis(20));

    Backend backend(Script script) {
        return backend(script, 0);
    }

    Backend backend(Script script, int port) {
        return switch (this) {
            case GRPC -> Backend.grpc(script, port, null, 1000);
            case HTTP -> Backend.http(script, port, null);
        };
    }

    Rig rig(int port, Codec codec) throws StartException {
        return new Rig(exporter(port, codec, QueueConfig.DEFAULT, QUICK, Duration.ofSeconds(20)));
    }

    Function<ExporterContext, Exporter> exporter(
            int port, Codec codec, QueueConfig queue, RetryConfig retry, Duration timeout) {
        String host = "127.0.0.1:" + port;
        return switch (this) {
            case GRPC -> {
                OtlpGrpcExporterConfig config =
                        OtlpGrpcExporterConfig.of(host)
                                .withTls(TlsClientConfig.INSECURE)
                                .withCompression(codec)
                                .withTimeout(timeout)
                                .withQueue(queue)
                                .withRetry(retry);
                yield context -> new OtlpGrpcExporter(ID, config, context);
            }
            case HTTP -> {
                OtlpHttpExporterConfig config =
                        OtlpHttpExporterConfig.of("http://" + host)
                                .withCompression(codec)
                                .withTimeout(timeout)
                                .withQueue(queue)
                                .withRetry(retry);
                yield context -> new OtlpHttpExporter(ID, config, context);
            }
        };
    }

    /// An answer that says "not now".
    Reply unavailable() {
        return switch (this) {
            case GRPC -> new Reply.Grpc(14, "not now");
            case HTTP -> new Reply.Http(503);
        };
    }

    /// An answer that refuses the records.
    Reply refused() {
        return switch (this) {
            case GRPC -> new Reply.Grpc(3, "no such thing");
            case HTTP -> new Reply.Http(400);
        };
    }

    /// An answer that blames nobody in particular.
    Reply failed() {
        return switch (this) {
            case GRPC -> new Reply.Grpc(13, "oops");
            case HTTP -> new Reply.Http(500);
        };
    }

    Reply tooLarge() {
        return switch (this) {
            case GRPC -> new Reply.Grpc(8, "grpc: received message larger than max (9 vs. 4)");
            case HTTP -> new Reply.Http(413);
        };
    }

    Reply unauthenticated() {
        return switch (this) {
            case GRPC -> new Reply.Grpc(16, "who are you");
            case HTTP -> new Reply.Http(401);
        };
    }
}
