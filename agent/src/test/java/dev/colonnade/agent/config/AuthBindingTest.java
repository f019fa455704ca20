package dev.colonnade.agent.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.exporters.TlsClientConfig;
import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.pipeline.auth.AuthConfig.Action;
import dev.colonnade.pipeline.auth.AuthConfig.Header;
import dev.colonnade.pipeline.receiver.otlp.OtlpGrpcConfig;
import dev.colonnade.pipeline.receiver.otlp.TlsServerConfig;
import dev.colonnade.pipeline.tls.TlsTuning;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `tls` and `auth` of both sides, as they are written.
final class AuthBindingTest {
    private static final String EXTENSIONS =
            """
            extensions:
              bearertokenauth: {scheme: Token, tokens: [one, two], header: X-Key}
              bearertokenauth/file: {filename: /run/token}
              basicauth: {htpasswd: {file: /run/htpasswd, inline: "ann:secret"}}
              basicauth/client: {client_auth: {username: ann, password: secret}}
              headers_setter:
                headers:
                  - {key: a, value: b}
                  - {action: insert, key: c, from_context: X-Tenant, default_value: d}
            """;

    private static AgentConfig load(String grpc, String exporter) throws ConfigException {
        return ConfigLoader.loadText(
                "test.yaml",
                """
                receivers: {otlp: {protocols: {grpc: %s}}}
                exporters: {otlp_grpc: %s}
                service:
                  extensions: [bearertokenauth, bearertokenauth/file, basicauth, basicauth/client, headers_setter]
                  pipelines: {logs: {receivers: [otlp], exporters: [otlp_grpc]}}
                """
                                .formatted(grpc, exporter)
                        + EXTENSIONS,
                Map.of());
    }

    private static OtlpGrpcConfig grpc(AgentConfig config) {
        ReceiverConfig receiver =
                requireNonNull(config.receivers().get(new ComponentId("otlp", "")));
        return requireNonNull(((ReceiverConfig.Otlp) receiver).settings().grpc());
    }

    private static ExporterConfig.OtlpGrpc exporter(AgentConfig config) {
        return (ExporterConfig.OtlpGrpc)
                requireNonNull(config.exporters().get(new ComponentId("otlp_grpc", "")));
    }

    @Test
    void authenticatorsAreThoseThatAreNamed() throws ConfigException {
        AgentConfig tokens =
                load(
                        "{auth: {authenticator: bearertokenauth}}",
                        "{endpoint: 'h:1', auth: {authenticator: bearertokenauth/file}}");
        assertThat(grpc(tokens).access().auth())
                .isEqualTo(
                        new AuthConfig.BearerToken("Token", List.of("one", "two"), null, "x-key"));
        assertThat(exporter(tokens).auth())
                .isEqualTo(
                        new AuthConfig.BearerToken(
                                "Bearer", List.of(), "/run/token", "authorization"));
        AgentConfig users =
                load(
                        "{auth: {authenticator: basicauth}}",
                        "{endpoint: 'h:1', auth: {authenticator: basicauth/client}}");
        assertThat(grpc(users).access().auth())
                .isEqualTo(new AuthConfig.BasicServer("/run/htpasswd", "ann:secret"));
        assertThat(exporter(users).auth())
                .isEqualTo(new AuthConfig.BasicClient("ann", null, "secret", null));
        assertThat(users.toString()).doesNotContain("secret");
        AgentConfig headers = load("", "{endpoint: 'h:1', auth: {authenticator: headers_setter}}");
        assertThat(grpc(headers).access().auth()).isNull();
        assertThat(exporter(headers).auth())
                .isEqualTo(
                        new AuthConfig.HeadersSetter(
                                List.of(
                                        new Header(Action.UPSERT, "a", "b", null, null),
                                        new Header(Action.INSERT, "c", null, "X-Tenant", "d"))));
        assertThat(exporter(headers).metadataKeys()).containsExactly("x-tenant");
        assertThat(exporter(load("", "{endpoint: 'h:1'}")).auth()).isNull();
    }

    @Test
    void tlsIsReadOnBothSides() throws ConfigException {
        AgentConfig config =
                load(
                        """
                        {tls: {cert_file: c, key_pem: k, client_ca_file: a, min_version: "1.2", max_version: "1.3", \
                        cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256], curve_preferences: [X25519, P256], reload_interval: 1m}}\
                        """,
                        """
                        {endpoint: 'h:1', tls: {ca_file: a, max_version: "1.2", reload_interval: 5s, \
                        cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305]}}\
                        """);
        TlsServerConfig server = requireNonNull(grpc(config).tls());
        assertThat(server)
                .isEqualTo(
                        new TlsServerConfig(
                                new TlsServerConfig.Pem.File(Path.of("c")),
                                new TlsServerConfig.Pem.Text("k"),
                                new TlsServerConfig.Pem.File(Path.of("a")),
                                "1.2",
                                "1.3",
                                new TlsTuning(
                                        List.of("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
                                        List.of("X25519", "P256"),
                                        Duration.ofMinutes(1))));
        TlsClientConfig client = exporter(config).settings().tls();
        assertThat(client.maxVersion()).isEqualTo("1.2");
        assertThat(client.tuning())
                .isEqualTo(
                        new TlsTuning(
                                List.of("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"),
                                List.of(),
                                Duration.ofSeconds(5)));
        TlsServerConfig authority =
                requireNonNull(
                        grpc(load(
                                        "{tls: {cert_file: c, key_file: k, client_ca_file: a,"
                                                + " client_ca_file_reload: true}}",
                                        "{endpoint: 'h:1'}"))
                                .tls());
        assertThat(authority.tuning().reloadInterval()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0.0.0.0:4317   |                                          | true",
                "10.1.2.3:4317  |                                          | true",
                "'[::]:4317'    |                                          | true",
                "localhost:4317 |                                          | false",
                "127.0.0.1:4317 |                                          | false",
                "'[::1]:4317'   |                                          | false",
                "0.0.0.0:4317   | ', tls: {cert_file: c, key_file: k}'     | false",
                "0.0.0.0:4317   | ', auth: {authenticator: basicauth}'     | false"
            })
    void listenersThatOthersCanReachAreWarnedOf(String endpoint, String more, boolean isWarned)
            throws ConfigException {
        AgentConfig config =
                load(
                        "{endpoint: '" + endpoint + "'" + (more == null ? "" : more) + "}",
                        "{endpoint: 'h:1'}");
        assertThat(config.warnings().stream().map(Problem::toString))
                .hasSize(isWarned ? 1 : 0)
                .allMatch(text -> text.contains("with neither tls nor auth"));
    }

    @Test
    void secretsAreNotShownWhereSomethingIsWrong() {
        assertThatThrownBy(() ->
                        load(
                                "{auth: {authenticator: nobody}}",
                                "{endpoint: 'h:1', auth: {authenticator: bearertokenauth}, x:"
                                        + " one}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("failed to resolve authenticator \"nobody\"")
                .hasMessageNotContaining("two");
    }
}
