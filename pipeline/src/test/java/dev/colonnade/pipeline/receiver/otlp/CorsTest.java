package dev.colonnade.pipeline.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.RawHttp.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("StringConcatToTextBlock") // HTTP ends its lines otherwise
final class CorsTest {
    private static final String GRANT = "access-control-allow-origin";
    private static final CorsConfig ONE =
            new CorsConfig(
                    List.of("https://app.example.com", "http://*.local"),
                    List.of("X-Api-Key"),
                    List.of("Retry-After"),
                    7200);

    @Test
    void grantsAPreflight() throws Exception {
        try (Rig rig = start(ONE);
                RawHttp http = new RawHttp(rig.httpPort())) {
            Answer answer =
                    preflight(http, "https://app.example.com", "POST", "content-type,x-api-key");
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.headers())
                    .containsEntry(GRANT, "https://app.example.com")
                    .containsEntry("access-control-allow-methods", "POST")
                    .containsEntry("access-control-allow-headers", "content-type, x-api-key")
                    .containsEntry("access-control-allow-credentials", "true")
                    .containsEntry("access-control-max-age", "7200")
                    .containsEntry(
                            "vary",
                            "Origin, Access-Control-Request-Method,"
                                    + " Access-Control-Request-Headers")
                    .doesNotContainKey("content-length");
            assertThat(preflight(http, "http://a.b.local", "POST", "").header(GRANT))
                    .isEqualTo("http://a.b.local");
            assertThat(rig.refused(Refusal.UNKNOWN)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://other.example.com, POST, content-type",
        "https://app.example.com.evil.org, POST, content-type",
        "http://local, POST, content-type",
        "https://app.example.com, DELETE, content-type",
        "https://app.example.com, POST, x-other",
        "https://app.example.com, POST, 'content-type, (x)'"
    })
    void grantsNothingToWhatIsNotAllowed(String origin, String method, String headers)
            throws Exception {
        try (Rig rig = start(ONE);
                RawHttp http = new RawHttp(rig.httpPort())) {
            Answer answer = preflight(http, origin, method, headers);
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.headers()).doesNotContainKey(GRANT).containsKey("vary");
        }
    }

    @Test
    void letsPagesReadAnswersGoodAndBad() throws Exception {
        try (Rig rig = start(ONE);
                RawHttp http = new RawHttp(rig.httpPort())) {
            String origin = "origin: https://app.example.com";
            Answer good = http.post("/v1/logs", Payloads.logs(1, 10, 1), origin);
            assertThat(good.status()).isEqualTo(200);
            assertThat(good.headers())
                    .containsEntry(GRANT, "https://app.example.com")
                    .containsEntry("access-control-expose-headers", "Retry-After")
                    .containsEntry("access-control-allow-credentials", "true")
                    .containsEntry("vary", "Origin");
            Answer malformed = http.post("/v1/logs", new byte[] {10, 50, 1}, origin);
            assertThat(malformed.status()).isEqualTo(400);
            assertThat(malformed.header(GRANT)).isEqualTo("https://app.example.com");
            Answer unknown = http.post("/nowhere", new byte[0], origin);
            assertThat(unknown.status()).isEqualTo(404);
            assertThat(unknown.header(GRANT)).isEqualTo("https://app.example.com");
            assertThat(rig.drain()).hasSize(1);
        }
    }

    @Test
    void takesWhatOthersSendWithoutAGrant() throws Exception {
        try (Rig rig = start(ONE);
                RawHttp http = new RawHttp(rig.httpPort())) {
            byte[] body = Payloads.logs(1, 10, 1);
            for (String origin : List.of("x: y", "origin: https://elsewhere.org", "origin:")) {
                Answer answer = http.post("/v1/logs", body, origin);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.headers())
                        .doesNotContainKey(GRANT)
                        .containsEntry("vary", "Origin");
            }
            assertThat(rig.drain()).hasSize(3);
        }
    }

    @Test
    void grantsEverythingToEveryoneWhereThatIsWritten() throws Exception {
        try (Rig rig = start(new CorsConfig(List.of("*"), List.of("*"), List.of(), -1));
                RawHttp http = new RawHttp(rig.httpPort())) {
            Answer answer = preflight(http, "https://anyone.org", "POST", "X-Any, X-Other");
            assertThat(answer.headers())
                    .containsEntry(GRANT, "*")
                    .containsEntry("access-control-allow-headers", "x-any, x-other")
                    .containsEntry("access-control-max-age", "0");
        }
    }

    @Test
    void anOriginThatCouldSplitAnAnswerIsNotRepeated() throws Exception {
        try (Rig rig = start(ONE);
                RawHttp http = new RawHttp(rig.httpPort())) {
            Answer answer = http.post("/v1/logs", new byte[0], "origin: http://x\u0001y: z.local");
            assertThat(answer.headers()).doesNotContainKey(GRANT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "access-control-request-method: POST\r\n"})
    void withoutCorsThereIsNoSuchMethodAsOptions(String header) throws Exception {
        OtlpHttpConfig at = OtlpHttpConfig.at(new Endpoint("127.0.0.1", 0));
        CorsConfig none = new CorsConfig(List.of(), List.of("x"), List.of(), 0);
        for (OtlpHttpConfig http : List.of(at, at.withCors(none))) {
            try (Rig rig = Rig.with().config(new OtlpReceiverConfig(null, http)).start();
                    RawHttp raw = new RawHttp(rig.httpPort())) {
                Answer answer =
                        raw.send(
                                        "OPTIONS /v1/logs HTTP/1.1\r\n"
                                                + "host: x\r\n"
                                                + "origin: http://y\r\n"
                                                + header
                                                + "\r\n")
                                .answer();
                assertThat(answer.status()).isEqualTo(405);
                assertThat(answer.headers()).doesNotContainKey(GRANT).doesNotContainKey("vary");
            }
        }
    }

    @Test
    void refusesOriginsWithTwoWildcardsAndNamesThatAreNone() {
        assertThatThrownBy(() -> new CorsConfig(List.of("*.*"), List.of(), List.of(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("more than one *");
        assertThatThrownBy(() -> new CorsConfig(List.of("*"), List.of(), List.of("a\r\nb"), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not the name of a header");
    }

    private static Rig start(CorsConfig cors) throws Exception {
        OtlpHttpConfig http = OtlpHttpConfig.at(new Endpoint("127.0.0.1", 0)).withCors(cors);
        return Rig.with().config(new OtlpReceiverConfig(null, http)).start();
    }

    private static Answer preflight(RawHttp http, String origin, String method, String headers)
            throws Exception {
        String asked =
                headers.isEmpty() ? "" : "access-control-request-headers: " + headers + "\r\n";
        return http.send(
                        "OPTIONS /v1/logs HTTP/1.1\r\nhost: x\r\norigin: "
                                + origin
                                + "\r\naccess-control-request-method: "
                                + method
                                + "\r\n"
                                + asked
                                + "\r\n")
                .answer();
    }
}
