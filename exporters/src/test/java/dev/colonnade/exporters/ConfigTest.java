package dev.colonnade.exporters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.tls.TlsTuning;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConfigTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void nothingIsGivenUpUnlessItWasWritten() {
        assertThat(RetryConfig.DEFAULT.maxElapsedTime()).isZero();
        assertThat(RetryConfig.DEFAULT.initialInterval()).hasSeconds(5);
        assertThat(RetryConfig.DEFAULT.maxInterval()).hasSeconds(30);
        assertThat(RetryConfig.DEFAULT.problems()).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithRetries() {
        RetryConfig config =
                new RetryConfig(
                        true,
                        SECOND.negated(),
                        1.5,
                        Double.NaN,
                        SECOND.negated(),
                        SECOND.negated());
        assertThat(texts(config.problems()))
                .containsExactly(
                        "initial_interval: must be non-negative",
                        "randomization_factor: must be within [0, 1]",
                        "multiplier: must be non-negative",
                        "max_interval: must be non-negative",
                        "max_elapsed_time: must be non-negative");
        assertThat(texts(RetryConfig.DEFAULT.withMaxElapsedTime(SECOND).problems()))
                .containsExactly(
                        "max_elapsed_time: must not be less than `initial_interval`",
                        "max_elapsed_time: must not be less than `max_interval`");
        assertThat(RetryConfig.DISABLED.withMaxElapsedTime(SECOND).problems()).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithQueues() {
        BatchConfig batch = new BatchConfig(Duration.ZERO, 100, 50, BatchConfig.Sizer.ITEMS);
        QueueConfig config =
                new QueueConfig(true, 0, false, false, QueueLimit.Sizer.ITEMS, 10L, batch);
        assertThat(texts(config.problems()))
                .containsExactly(
                        "num_consumers: `num_consumers` must be positive",
                        "batch.flush_timeout: `flush_timeout` must be positive",
                        "batch.max_size: `max_size` must be greater than or equal to `min_size`",
                        "batch.min_size: `min_size` must be less than or equal to `queue_size`");
        QueueConfig sized =
                new QueueConfig(true, 1, false, false, QueueLimit.Sizer.BYTES, 0L, null);
        assertThat(texts(sized.problems()))
                .containsExactly("queue_size: `queue_size` must be positive");
    }

    @Test
    void comparesSizesOnlyWhereTheyCountTheSame() {
        QueueConfig config =
                new QueueConfig(
                        true,
                        1,
                        false,
                        false,
                        QueueLimit.Sizer.REQUESTS,
                        1000L,
                        BatchConfig.DEFAULT);
        assertThat(config.problems()).isEmpty();
    }

    @Test
    void grpcNeedsAnEndpoint() {
        assertThat(texts(OtlpGrpcExporterConfig.of("").problems()))
                .containsExactly("requires a non-empty \"endpoint\"");
    }

    @Test
    void grpcReportsEverythingAtOnce() {
        OtlpGrpcExporterConfig config =
                OtlpGrpcExporterConfig.of("host:99999")
                        .withCompression(Codec.DEFLATE)
                        .withTimeout(SECOND.negated())
                        .withHeaders(Map.of("bad name", "x"))
                        .withQueue(QueueConfig.DEFAULT.withNumConsumers(-1))
                        .withRetry(RetryConfig.DEFAULT.withMaxElapsedTime(SECOND))
                        .withTls(TlsClientConfig.DEFAULT.withClientCertificate("a", "b"));
        assertThat(texts(config.problems()))
                .containsExactly(
                        "endpoint: invalid port \"99999\"",
                        "compression: unsupported compression type \"deflate\"",
                        "headers.bad name: not a header name",
                        "timeout: 'timeout' must be non-negative",
                        "sending_queue.num_consumers: `num_consumers` must be positive",
                        "retry_on_failure.max_elapsed_time: must not be less than"
                                + " `initial_interval`",
                        "retry_on_failure.max_elapsed_time: must not be less than `max_interval`");
    }

    @Test
    void headerValuesCannotSmuggleLines() {
        OtlpHttpExporterConfig config =
                OtlpHttpExporterConfig.of("http://backend")
                        .withHeaders(Map.of("x-key", "a\r\nx-other: b"));
        assertThat(texts(config.problems()))
                .containsExactly("headers.x-key: value has characters no header can have");
    }

    @Test
    void httpNeedsSomeEndpoint() {
        assertThat(texts(OtlpHttpExporterConfig.of("").problems()))
                .containsExactly("at least one endpoint must be specified");
        assertThat(
                        OtlpHttpExporterConfig.of("")
                                .withSignalEndpoints(Map.of(Signal.LOGS, "http://backend/logs"))
                                .problems())
                .isEmpty();
    }

    @Test
    void httpJoinsThePathAndTakesSignalEndpointsAsTheyAre() {
        OtlpHttpExporterConfig config =
                OtlpHttpExporterConfig.of("https://backend:4318/otlp/")
                        .withSignalEndpoints(Map.of(Signal.TRACES, "http://[::1]:9/in?key=1"));
        assertThat(config.targets())
                .containsEntry(Signal.LOGS, new Endpoint("backend", 4318, true, "/otlp/v1/logs"))
                .containsEntry(
                        Signal.METRICS, new Endpoint("backend", 4318, true, "/otlp/v1/metrics"))
                .containsEntry(Signal.TRACES, new Endpoint("::1", 9, false, "/in?key=1"));
        assertThat(OtlpHttpExporterConfig.of("http://b").targets().get(Signal.LOGS))
                .isEqualTo(new Endpoint("b", 80, false, "/v1/logs"));
    }

    @Test
    void httpKnowsWhichLevelsACodecHas() {
        OtlpHttpExporterConfig config = OtlpHttpExporterConfig.of("http://backend");
        assertThat(config.withCompressionLevel(9).problems()).isEmpty();
        assertThat(texts(config.withCompressionLevel(10).problems()))
                .containsExactly(
                        "compression_params.level: unsupported parameters for gzip: level=10");
        assertThat(config.withCompression(Codec.ZSTD).withCompressionLevel(11).problems())
                .isEmpty();
        assertThat(config.withCompression(Codec.IDENTITY).withCompressionLevel(1).problems())
                .hasSize(1);
    }

    @Test
    void saysWhatIsWrongWithTls() {
        TlsClientConfig config =
                new TlsClientConfig(
                        false,
                        false,
                        null,
                        "a",
                        "b",
                        "c",
                        null,
                        null,
                        null,
                        false,
                        "1.1",
                        "1.2",
                        new TlsTuning(List.of("TLS_NULL"), List.of("P1"), Duration.ZERO));
        assertThat(texts(config.problems()))
                .containsExactly(
                        "ca_pem: provide either a CA file or the PEM, not both",
                        "key_file: certificate given without its private key",
                        "cipher_suites: invalid TLS cipher suite: \"TLS_NULL\"",
                        "curve_preferences: invalid curve type: \"P1\"; supported: [P256, P384,"
                                + " P521, X25519]",
                        "min_version: unsupported TLS version: \"1.1\"");
    }

    private static List<String> texts(List<ConfigProblem> problems) {
        return problems.stream().map(ConfigProblem::toString).toList();
    }
}
