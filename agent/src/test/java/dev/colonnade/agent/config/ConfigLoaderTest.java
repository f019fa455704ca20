package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.Encoding;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.file.FileExporterConfig;
import dev.colonnade.pipeline.processor.MemoryLimiterConfig;
import dev.colonnade.pipeline.processor.attributes.ActionConfig;
import dev.colonnade.pipeline.processor.attributes.AttributeValue;
import dev.colonnade.pipeline.processor.attributes.AttributesConfig;
import dev.colonnade.pipeline.processor.attributes.MatchConfig;
import dev.colonnade.pipeline.receiver.jsonfile.OtlpJsonFileReceiverConfig;
import dev.colonnade.pipeline.receiver.otlp.CorsConfig;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked // an unexpected null fails the test
final class ConfigLoaderTest {
    private static final String SMALLEST =
            """
            receivers:
              otlp:
                protocols:
                  grpc:
            exporters:
              nop:
            service:
              pipelines:
                logs: {receivers: [otlp], exporters: [nop]}
            """;

    @Test
    void presenceTurnsAProtocolOnWithItsDefaults() throws ConfigException {
        OtlpReceiverConfig otlp = receiver(load(SMALLEST));
        assertThat(otlp.http()).isNull();
        assertThat(otlp.grpc().endpoint()).hasToString("localhost:4317");
        assertThat(otlp.grpc().body().messageBytesMax()).isEqualTo(16 << 20);
    }

    @Test
    void enabledFalseTurnsASectionOff() throws ConfigException {
        AgentConfig config =
                load(
                        SMALLEST.replace(
                                "      grpc:",
                                "      grpc: {enabled: false, endpoint: 'x:1'}\n      http: {}"));
        assertThat(receiver(config).grpc()).isNull();
        assertThat(receiver(config).http().endpoint()).hasToString("localhost:4318");
    }

    @Test
    void readsEveryReceiverKey() throws ConfigException {
        OtlpReceiverConfig otlp =
                receiver(
                        load(
                                """
                                receivers:
                                  otlp:
                                    protocols:
                                      grpc:
                                        endpoint: '[::1]:5317'
                                        transport: tcp
                                        max_recv_msg_size_mib: 8
                                        max_concurrent_streams: 7
                                        keepalive:
                                          server_parameters: {max_connection_idle: 1m, time: 30s}
                                          enforcement_policy: {min_time: 5s, permit_without_stream: false}
                                        tls: {cert_file: a.crt, key_file: a.key, client_ca_file: ca.crt, min_version: "1.3"}
                                      http:
                                        endpoint: :5318
                                        max_request_body_size: 1000000
                                        logs_url_path: custom/logs
                                        traces_url_path: http://ignored:1/t
                                        compression_algorithms: ["", zstd]
                                        read_header_timeout: 2s
                                        read_timeout: 1m30s
                                        idle_timeout: 0
                                        cors:
                                          allowed_origins: [https://*.example.com]
                                          allowed_headers: [X-Api-Key]
                                          exposed_headers: [Retry-After]
                                          max_age: 7200
                                exporters: {nop: {}}
                                service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
                                """));
        assertThat(otlp.grpc().endpoint()).hasToString("[::1]:5317");
        assertThat(otlp.grpc().body().messageBytesMax()).isEqualTo(8 << 20);
        assertThat(otlp.grpc().streams().concurrentMax()).isEqualTo(7);
        assertThat(otlp.grpc().keepAlive().connectionIdleMax()).isEqualTo(Duration.ofMinutes(1));
        assertThat(otlp.grpc().keepAlive().time()).isEqualTo(Duration.ofSeconds(30));
        assertThat(otlp.grpc().keepAlive().minTime()).isEqualTo(Duration.ofSeconds(5));
        assertThat(otlp.grpc().keepAlive().permitWithoutStream()).isFalse();
        assertThat(otlp.grpc().tls().minVersion()).isEqualTo("1.3");
        assertThat(otlp.grpc().tls().clientAuthority()).isNotNull();
        assertThat(otlp.http().endpoint().host()).isEmpty();
        assertThat(otlp.http().endpoint().port()).isEqualTo(5318);
        assertThat(otlp.http().body().messageBytesMax()).isEqualTo(1_000_000);
        assertThat(otlp.http().body().codecs())
                .containsExactlyInAnyOrder(Codec.IDENTITY, Codec.ZSTD);
        assertThat(otlp.http().paths().logs()).isEqualTo("/custom/logs");
        assertThat(otlp.http().paths().traces()).isEqualTo("/t");
        assertThat(otlp.http().paths().metrics()).isEqualTo("/v1/metrics");
        assertThat(otlp.http().readHeaderTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(otlp.http().pace().bodyTimeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(otlp.http().idleTimeout()).isZero();
        assertThat(otlp.http().cors())
                .isEqualTo(
                        new CorsConfig(
                                List.of("https://*.example.com"),
                                List.of("X-Api-Key"),
                                List.of("Retry-After"),
                                7200));
    }

    @Test
    void readsUnixSocketsOfReceivers() throws ConfigException {
        OtlpReceiverConfig otlp =
                receiver(
                        load(
                                """
                                receivers:
                                  otlp:
                                    protocols:
                                      grpc: {endpoint: /run/otlp/grpc.sock, transport: unix}
                                      http: {endpoint: 'unix:///run/otlp/http.sock', transport: unix}
                                exporters: {nop: {}}
                                service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
                                """));
        assertThat(otlp.grpc().endpoint()).hasToString("unix:/run/otlp/grpc.sock");
        assertThat(otlp.http().endpoint()).hasToString("unix:/run/otlp/http.sock");
    }

    @Test
    void readsOtlpExportersUnderBothNames() throws ConfigException {
        AgentConfig config =
                load(
                        """
                        receivers: {otlp: {protocols: {grpc: }}}
                        exporters:
                          otlp/a:
                            endpoint: backend:4317
                            compression: zstd
                            timeout: 10s
                            headers: {X-Token: 007}
                            tls: {insecure: true}
                            keepalive: {time: 20s}
                            balancer_name: pick_first
                            sending_queue:
                              num_consumers: 3
                              queue_size: 500
                              wait_for_result: true
                              batch: {flush_timeout: 1s, min_size: 10, max_size: 20}
                            retry_on_failure: {initial_interval: 1s, max_interval: 2s, max_elapsed_time: 1m}
                          otlphttp/b:
                            endpoint: https://backend:4318
                            logs_endpoint: http://other/logs
                            compression: deflate
                            compression_params: {level: 3}
                            headers: [{name: a, value: b}]
                            proxy_url: http://proxy:3128
                            max_idle_conns: 5
                            disable_keep_alives: true
                            encoding: json
                            sending_queue: {enabled: false}
                            retry_on_failure: {enabled: false}
                        service:
                          pipelines:
                            logs: {receivers: [otlp], exporters: [otlp/a, otlphttp/b]}
                        """);
        OtlpGrpcExporterConfig grpc =
                ((ExporterConfig.OtlpGrpc) config.exporters().get(new ComponentId("otlp", "a")))
                        .settings();
        assertThat(grpc.endpoint()).isEqualTo("backend:4317");
        assertThat(grpc.compression()).isEqualTo(Codec.ZSTD);
        assertThat(grpc.timeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(grpc.headers()).isEqualTo(Map.of("x-token", "007"));
        assertThat(grpc.tls().insecure()).isTrue();
        assertThat(grpc.keepalive().time()).isEqualTo(Duration.ofSeconds(20));
        assertThat(grpc.queue().numConsumers()).isEqualTo(3);
        assertThat(grpc.queue().queueSize()).isEqualTo(500);
        assertThat(grpc.queue().sizer()).isEqualTo(QueueLimit.Sizer.REQUESTS);
        assertThat(grpc.queue().waitForResult()).isTrue();
        assertThat(grpc.queue().batch())
                .isEqualTo(new BatchConfig(Duration.ofSeconds(1), 10, 20, BatchConfig.Sizer.ITEMS));
        assertThat(grpc.retry().maxElapsedTime()).isEqualTo(Duration.ofMinutes(1));
        OtlpHttpExporterConfig http =
                ((ExporterConfig.OtlpHttp) config.exporters().get(new ComponentId("otlphttp", "b")))
                        .settings();
        assertThat(http.signalEndpoints()).isEqualTo(Map.of(Signal.LOGS, "http://other/logs"));
        assertThat(http.compressionLevel()).isEqualTo(3);
        assertThat(http.headers()).isEqualTo(Map.of("a", "b"));
        assertThat(http.proxy().proxyUrl()).isEqualTo("http://proxy:3128");
        assertThat(http.client().maxIdleConns()).isEqualTo(5);
        assertThat(http.client().disableKeepAlives()).isTrue();
        assertThat(http.encoding()).isEqualTo(Encoding.JSON);
        assertThat(http.queue().enabled()).isFalse();
        assertThat(http.retry().enabled()).isFalse();
    }

    @Test
    void readsFileExporters() throws ConfigException {
        AgentConfig config =
                load(
                        SMALLEST.replace(
                                "nop:\n",
                                "nop:\n  file: {path: a.jsonl, format: proto, compression: zstd,"
                                        + " rotation: {max_megabytes: 5, localtime: true}}\n"));
        assertThat(config.exporters().get(new ComponentId("file", "")))
                .isEqualTo(
                        new ExporterConfig.File(
                                new ComponentId("file", ""),
                                FileExporterConfig.of("a.jsonl")
                                        .withFormat("proto", "zstd")
                                        .withRotation(
                                                new FileExporterConfig.Rotation(5, 0, 100, true))));
    }

    @Test
    void readsServiceAndStorage() throws ConfigException {
        AgentConfig config =
                load(
                        """
                        receivers: {otlp: {protocols: {grpc: }}}
                        exporters: {nop: , nop/2: }
                        storage: {mode: row, memory: 64MiB, durability: delivered, on_full: drop_oldest}
                        service:
                          loops: 3
                          shutdown: {grace: 2s, deadline: 10s}
                          telemetry:
                            logs: {level: debug}
                            metrics:
                              level: detailed
                              readers: [{pull: {exporter: {prometheus: {host: 0.0.0.0, port: 9999}}}}]
                          pipelines:
                            logs/x:
                              receivers: [otlp]
                              exporters: [nop, nop/2]
                              storage: {memory: 2MiB, durability: memory, exporters: {nop/2: {on_full: refuse}}}
                        """);
        assertThat(config.service().loops()).isEqualTo(3);
        assertThat(config.service().shutdownGrace()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.service().shutdownDeadline()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.service().telemetry().logs().level())
                .isEqualTo(System.Logger.Level.DEBUG);
        assertThat(config.service().telemetry().metrics())
                .isEqualTo(new TelemetryConfig.MetricsEndpoint("0.0.0.0", 9999, false, false));
        assertThat(config.storage().memory()).hasValue(64 << 20);
        assertThat(config.storage().answersAfterDelivery()).isTrue();
        assertThat(config.storage().onFull()).isEqualTo(OnFull.DROP_OLDEST);
        StorageConfig own = config.pipelines().getFirst().storage();
        assertThat(config.pipelines().getFirst().id()).hasToString("logs/x");
        assertThat(own.memory()).hasValue(2 << 20);
        assertThat(own.answersAfterDelivery()).isFalse();
        assertThat(own.onFullOf()).isEqualTo(Map.of(new ComponentId("nop", "2"), OnFull.REFUSE));
    }

    @Test
    void readsStorageFromTheExtensionToo() throws ConfigException {
        AgentConfig config =
                load(
                        SMALLEST.replace("service:", "service:\n  extensions: [colonnade_storage]")
                                + """
                                extensions:
                                  colonnade_storage:
                                    memory: 32MiB
                                    pipelines: {logs: {memory: 3MiB}}
                                """);
        assertThat(config.storage().memory()).hasValue(32 << 20);
        assertThat(config.pipelines().getFirst().storage().memory()).hasValue(3 << 20);
    }

    @Test
    void metricsAreServedUnlessTurnedOff() throws ConfigException {
        assertThat(load(SMALLEST).service().telemetry().metrics())
                .isEqualTo(new TelemetryConfig.MetricsEndpoint("localhost", 8888, true, true));
        String none = SMALLEST + "  telemetry: {metrics: {level: none}}\n";
        assertThat(load(none).service().telemetry().metrics()).isNull();
        String noReader = SMALLEST + "  telemetry: {metrics: {readers: []}}\n";
        assertThat(load(noReader).service().telemetry().metrics()).isNull();
    }

    @Test
    void readsAttributesProcessorsWithTypedValues() throws ConfigException {
        AgentConfig config =
                ConfigLoader.loadText(
                        "f.yaml",
                        SMALLEST.replace(
                                        "exporters: [nop]",
                                        "processors: [attributes], exporters: [nop]")
                                + """
                                processors:
                                  attributes:
                                    include:
                                      match_type: regexp
                                      regexp: {cacheenabled: true, cachemaxnumentries: 10}
                                      log_bodies: [a.*]
                                      log_severity_number: {min: 9, match_undefined: true}
                                      libraries: [{name: l, version: "1"}, {name: m}]
                                      resources: [{key: r, value: x}, {key: any}]
                                    actions:
                                      - {key: a, action: INSERT, value: 7}
                                      - {key: b, action: update, value: "7"}
                                      - {key: c, action: upsert, value: 0777}
                                      - {key: d, action: upsert, value: [true, -1.5, .inf, 0x1F, ~]}
                                      - {key: e, action: upsert, value: {x: 1e3, y: 99999999999999999999}}
                                      - {key: f, action: upsert, value: "${env:POD_NAME}"}
                                      - {key: g, action: upsert, from_attribute: a, default_value: none}
                                      - {key: h, action: convert, converted_type: int}
                                      - {pattern: ^x, action: delete}
                                """,
                        Map.of("POD_NAME", "42"));
        assertThat(config.pipelines().getFirst().processors())
                .containsExactly(new ComponentId("attributes", ""));
        AttributesConfig attributes =
                ((ProcessorConfig.Attributes)
                                config.processors().get(new ComponentId("attributes", "")))
                        .settings();
        assertThat(attributes.exclude()).isNull();
        assertThat(attributes.include()).isEqualTo(logsThatMatch());
        assertThat(attributes.actions())
                .containsExactly(
                        ActionConfig.of("insert", "a").value(AttributeValue.of(7)),
                        ActionConfig.of("update", "b").value(AttributeValue.of("7")),
                        ActionConfig.of("upsert", "c").value(AttributeValue.of(511)),
                        ActionConfig.of("upsert", "d")
                                .value(
                                        AttributeValue.of(
                                                Arrays.asList(
                                                        true,
                                                        -1.5,
                                                        Double.POSITIVE_INFINITY,
                                                        31,
                                                        null))),
                        ActionConfig.of("upsert", "e")
                                .value(AttributeValue.of(Map.of("x", 1000.0, "y", 1e20))),
                        ActionConfig.of("upsert", "f").value(AttributeValue.of("42")),
                        ActionConfig.of("upsert", "g")
                                .fromAttribute("a")
                                .defaultValue(AttributeValue.of("none")),
                        ActionConfig.of("convert", "h").convertedType("int"),
                        ActionConfig.of("delete", "").pattern("^x"));
        assertThat(config.warnings()).isEmpty();
    }

    private static MatchConfig logsThatMatch() {
        return new MatchConfig(
                "regexp",
                List.of(),
                List.of(),
                List.of(),
                List.of("a.*"),
                List.of(),
                new MatchConfig.SeverityNumber(9, true),
                List.of(),
                List.of(),
                List.of(
                        new MatchConfig.Attribute("r", AttributeValue.of("x")),
                        new MatchConfig.Attribute("any", null)),
                List.of(new MatchConfig.Library("l", "1"), new MatchConfig.Library("m", null)));
    }

    @Test
    void readsBatchMemoryLimiterAndFilesToReplay() throws ConfigException {
        AgentConfig config =
                load(
                        """
                        receivers:
                          otlp_json_file: {include: [a/*.json, b.json], exclude: [a/x.json], start_at: beginning, poll_interval: 1s}
                        processors:
                          batch:
                          batch/own: {timeout: 2s, send_batch_size: 10, send_batch_max_size: 20}
                          memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 20, max_gc_interval_when_hard_limited: 30s}
                        exporters: {nop: }
                        service:
                          pipelines:
                            logs: {receivers: [otlp_json_file], processors: [memory_limiter, batch, batch/own], exporters: [nop]}
                        """);
        assertThat(config.receivers().get(new ComponentId("otlp_json_file", "")))
                .extracting(receiver -> ((ReceiverConfig.JsonFile) receiver).settings())
                .isEqualTo(
                        new OtlpJsonFileReceiverConfig(
                                List.of("a/*.json", "b.json"),
                                List.of("a/x.json"),
                                OtlpJsonFileReceiverConfig.StartAt.BEGINNING,
                                Duration.ofSeconds(1)));
        assertThat(config.pipelines().getFirst().processors())
                .extracting(config.processors()::get)
                .containsExactly(
                        new ProcessorConfig.MemoryLimiter(
                                new ComponentId("memory_limiter", ""),
                                new MemoryLimiterConfig(Duration.ofSeconds(1), 0, 0, 80, 20)),
                        new ProcessorConfig.Batch(
                                new ComponentId("batch", ""),
                                dev.colonnade.pipeline.processor.BatchConfig.DEFAULT),
                        new ProcessorConfig.Batch(
                                new ComponentId("batch", "own"),
                                new dev.colonnade.pipeline.processor.BatchConfig(
                                        Duration.ofSeconds(2), 10, 20, List.of(), 1000)));
    }

    @Test
    void readsEveryDebugKey() throws ConfigException {
        AgentConfig config =
                load(
                        SMALLEST.replace(
                                "  nop:",
                                "  nop:\n  debug: {verbosity: detailed, sampling_initial: 5,"
                                        + " sampling_thereafter: 200, use_internal_logger: false,"
                                        + " output_paths: [stderr, stdout]}"));
        assertThat(config.exporters().get(new ComponentId("debug", "")))
                .isEqualTo(
                        new ExporterConfig.Debug(
                                new ComponentId("debug", ""),
                                new DebugExporterConfig(
                                        DebugExporterConfig.Verbosity.DETAILED,
                                        5,
                                        200,
                                        false,
                                        List.of("stderr", "stdout"))));
    }

    @Test
    void tellsWhatAnEmptyServiceLacks() {
        assertThat(problems("service: {}\n"))
                .containsExactly(
                        "f.yaml:1:1: no receiver configuration specified in config",
                        "f.yaml:1:1: no exporter configuration specified in config",
                        "f.yaml:1:10: service::pipelines: service must have at least one pipeline");
        assertThat(problems("")).containsExactly("f.yaml:1:1: empty configuration file");
        assertThat(problems("just text"))
                .containsExactly("f.yaml:1:1: expected a map, found \"just text\"");
    }

    @Test
    void laterFilesOverrideEarlierOnes(@TempDir Path folder) throws Exception {
        Path first = Files.writeString(folder.resolve("a.yaml"), SMALLEST);
        Path second =
                Files.writeString(
                        folder.resolve("b.yaml"),
                        "receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:1'}}}}\n");
        AgentConfig config =
                ConfigLoader.loadFiles(List.of(first.toString(), "file:" + second), Map.of());
        assertThat(receiver(config).grpc().endpoint()).hasToString("0.0.0.0:1");
        assertThat(config.pipelines()).hasSize(1);
    }

    @Test
    void namesTheFileThatCannotBeRead(@TempDir Path folder) throws IOException {
        Path large = folder.resolve("large.yaml");
        Files.write(large, new byte[(3 << 20) + 1]);
        String missing = folder.resolve("none.yaml").toString();
        assertThatThrownBy(
                        () -> ConfigLoader.loadFiles(List.of(missing, large.toString()), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("none.yaml:1:1: cannot be read: no such file: ")
                .hasMessageContaining("large.yaml:1:1: cannot be read: larger than 3145728 bytes");
    }

    @Test
    void takesEnvironmentVariablesInValues() throws ConfigException {
        AgentConfig config =
                ConfigLoader.loadText(
                        "f.yaml",
                        SMALLEST.replace("grpc:", "grpc: {endpoint: '${HOST}:${PORT:-5317}'}"),
                        Map.of("HOST", "127.0.0.1"));
        assertThat(receiver(config).grpc().endpoint()).hasToString("127.0.0.1:5317");
    }

    private static OtlpReceiverConfig receiver(AgentConfig config) {
        ReceiverConfig otlp = config.receivers().get(new ComponentId("otlp", ""));
        return ((ReceiverConfig.Otlp) otlp).settings();
    }

    private static AgentConfig load(String text) throws ConfigException {
        return ConfigLoader.loadText("f.yaml", text, Map.of());
    }

    private static List<String> problems(String text) {
        return problems("f.yaml", text);
    }

    private static List<String> problems(String file, String text) {
        try {
            ConfigLoader.loadText(file, text, Map.of());
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }
}
