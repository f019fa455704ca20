package dev.colonnade.exporters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "backend:4317,                  backend,   4317, true",
        "http://backend:4317,           backend,   4317, false",
        "HTTPS://backend:4317/,         backend,   4317, true",
        "https://backend,               backend,   443,  true",
        "dns:///backend:4317,           backend,   4317, true",
        "dns://8.8.8.8/backend:4317,    backend,   4317, true",
        "dns:backend:4317,              backend,   4317, true",
        "[::1]:4317,                    ::1,       4317, true",
        "http://[fe80::1]:4317,         fe80::1,   4317, false",
        "127.0.0.1:4317,                127.0.0.1, 4317, true"
    })
    void readsEveryFormOfGrpcTarget(String written, String host, int port, boolean tls) {
        assertThat(Endpoint.ofGrpc(written, false)).isEqualTo(new Endpoint(host, port, tls, ""));
    }

    @Test
    void insecureDecidesWhereNoSchemeDoes() {
        assertThat(Endpoint.ofGrpc("backend:1", true).tls()).isFalse();
        assertThat(Endpoint.ofGrpc("dns:///backend:1", true).tls()).isFalse();
        assertThat(Endpoint.ofGrpc("https://backend:1", true).tls()).isTrue();
        assertThat(Endpoint.ofGrpc("http://backend:1", false).tls()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "backend:0        | invalid port \"0\"",
                "backend:65536    | invalid port \"65536\"",
                "backend:         | invalid port \"\"",
                "backend:x1       | invalid port \"x1\"",
                ":4317            | endpoint has no host: :4317",
                "dns://4317       | endpoint has no host: dns://4317",
                "unix:            | endpoint must be unix:path or unix:///path of at most 107"
                        + " bytes: unix:",
                "unix://sock      | endpoint must be unix:path or unix:///path of at most 107"
                        + " bytes: unix://sock",
                "::1:4317         | endpoint has too many colons, write IPv6 addresses in"
                        + " brackets: ::1:4317"
            })
    void saysWhyATargetCannotBe(String written, String message) {
        assertThatThrownBy(() -> Endpoint.ofGrpc(written, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void readsUnixSockets() {
        Endpoint absolute = Endpoint.ofGrpc("unix:///run/otlp.sock", true);
        assertThat(absolute.socket()).isEqualTo("/run/otlp.sock");
        assertThat(absolute.host()).isEqualTo("localhost");
        assertThat(absolute.tls()).isFalse();
        assertThat(Endpoint.ofGrpc("unix:otlp.sock", false).socket()).isEqualTo("otlp.sock");
        assertThat(Endpoint.ofGrpc("unix:otlp.sock", false).tls()).isTrue();
        Endpoint http = Endpoint.ofHttp("unix:///run/otlp.sock", "/v1/logs");
        assertThat(http.socket()).isEqualTo("/run/otlp.sock");
        assertThat(http.path()).isEqualTo("/v1/logs");
        assertThat(http.tls()).isFalse();
        assertThat(Endpoint.ofHttp("https://h/x", "/v1/logs").path()).isEqualTo("/x");
    }

    @Test
    void urlsNeedAScheme() {
        assertThatThrownBy(() -> Endpoint.ofUrl("backend:4318"))
                .hasMessage("endpoint must begin with http:// or https://: backend:4318");
        assertThatThrownBy(() -> Endpoint.ofUrl("http://a b"))
                .hasMessage("endpoint must be a valid URL: http://a b");
    }

    @Test
    void authorityLeavesOutTheUsualPort() {
        assertThat(Endpoint.ofUrl("https://backend/x").authority()).isEqualTo("backend");
        assertThat(Endpoint.ofUrl("http://backend:443/x").authority()).isEqualTo("backend:443");
        assertThat(Endpoint.ofUrl("http://[::1]:1/x").authority()).isEqualTo("[::1]:1");
    }
}
