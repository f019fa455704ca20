package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ListenersTest {
    @Test
    void refusesAnAddressThatStandsTwice() {
        assertThat(problems("localhost:5000", "127.0.0.1:5000"))
                .containsExactly(
                        "f:4:24: receivers::otlp::protocols::http::endpoint: listens on"
                                + " 127.0.0.1:5000 as receivers::otlp::protocols::grpc::endpoint"
                                + " does, at f:3:24");
        assertThat(problems("'[::1]:5000'", "0.0.0.0:5000")).hasSize(1);
        assertThat(problems("':5000'", "192.0.2.1:5000")).hasSize(1);
        assertThat(problems("localhost:8888", "localhost:1"))
                .containsExactly(
                        "f:6:10: service::telemetry::metrics: listens on localhost:8888 as"
                                + " receivers::otlp::protocols::grpc::endpoint does, at f:3:24");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:5001", "192.0.2.1:5000", "localhost:0"})
    void addressesThatDifferAreNoProblem(String other) {
        assertThat(problems("localhost:5000", other)).isEmpty();
        assertThat(problems("localhost:0", "localhost:0")).isEmpty();
    }

    @Test
    void whatIsNotUsedListensNowhere() {
        String unused =
                """
                receivers:
                  otlp: {protocols: {grpc: }}
                  otlp/unused: {protocols: {grpc: }}
                  otlp/off: {protocols: {grpc: {enabled: false}, http: }}
                  otlp/socket: {protocols: {grpc: {endpoint: /run/a.sock, transport: unix}}}
                exporters: {nop: }
                service: {pipelines: {logs: {receivers: [otlp, otlp/off, otlp/socket], exporters: [nop]}}}
                """;
        assertThat(load(unused)).isEmpty();
    }

    private static List<String> problems(String grpc, String http) {
        return load(
                """
                receivers:
                  otlp: {protocols: {
                      grpc: {endpoint: %s},
                      http: {endpoint: %s}}}
                exporters: {nop: }
                service: {pipelines: {logs: {receivers: [otlp], exporters: [nop]}}}
                """
                        .formatted(grpc, http));
    }

    private static List<String> load(String text) {
        try {
            ConfigLoader.loadText("f", text, Map.of());
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }
}
