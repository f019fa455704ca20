package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawHttp.head;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Access;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.wire.GrpcStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Who may send, over both protocols.
@Timeout(60)
final class AuthReceiverTest {
    private static final Endpoint ANYWHERE = new Endpoint("127.0.0.1", 0);
    private static final String PATH = "/v1/logs";
    private static final byte[] SMALL = Payloads.logs(2, 10, 1);
    private static final byte[] LARGE = Payloads.logs(1000, 200, 1);

    private static final AuthConfig.Server TOKEN =
            new AuthConfig.BearerToken("Bearer", List.of("open"), null, "Authorization");

    /// Of bcrypt, so that looking at it takes longer than an event loop may.
    private static final AuthConfig.Server SLOW =
            new AuthConfig.BasicServer(
                    null, "ann:$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe");

    private static Rig.Builder rig(AuthConfig.Server auth) {
        Access access = new Access(false, auth);
        return Rig.with()
                .config(
                        new OtlpReceiverConfig(
                                OtlpGrpcConfig.at(ANYWHERE).withAccess(access),
                                OtlpHttpConfig.at(ANYWHERE).withAccess(access)));
    }

    private static String basic(String credentials) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString(credentials.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void takesRequestsWithTheTokenAndRefusesOthers() throws Exception {
        try (Rig rig = rig(TOKEN).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(http.post(PATH, SMALL, "Authorization: Bearer open").status())
                    .isEqualTo(200);
            RawHttp.Answer refused = http.post(PATH, SMALL, "Authorization: Bearer wrong");
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.header("content-type")).isEqualTo("application/x-protobuf");
            assertThat(refused.header("www-authenticate")).startsWith("Bearer");
            assertThat(refused.header("retry-after")).isEmpty();
            assertThat(refused.text()).contains("does not match").doesNotContain("wrong", "open");
            assertThat(http.post(PATH, SMALL).status()).isEqualTo(401);
            RawHttp.Answer other = http.post("/nowhere", SMALL);
            assertThat(other.status()).as("nobody learns what there is").isEqualTo(401);

            assertThat(grpc.call(SMALL, "authorization", "Bearer open").status()).isZero();
            for (String[] wrong :
                    new String[][] {{}, {"authorization", "Bearer wrong"}, {"x", "Bearer open"}}) {
                RawGrpc.Answer answer = grpc.call(SMALL, wrong);
                assertThat(answer.status()).isEqualTo(GrpcStatus.UNAUTHENTICATED.code());
                assertThat(answer.message()).doesNotContain("wrong");
            }
            assertThat(rig.refused(Refusal.UNAUTHENTICATED)).isEqualTo(6);
            assertThat(rig.drain()).hasSize(2);
        }
    }

    @Test
    void refusalIsReadableAsTheCollectorWritesIt() throws Exception {
        try (Rig rig = rig(TOKEN).start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            byte[] head =
                    new String(head(PATH, 2), StandardCharsets.US_ASCII)
                            .replace("application/x-protobuf", "application/json")
                            .getBytes(StandardCharsets.US_ASCII);
            RawHttp.Answer json = http.send(head).send("{}").answer();
            assertThat(json.status()).isEqualTo(401);
            assertThat(json.header("content-type")).isEqualTo("application/json");
            assertThat(json.text()).startsWith("{\"code\":16,\"message\":\"missing or empty");
            RawHttp.Answer none = http.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").answer();
            assertThat(none.status()).isEqualTo(401);
            assertThat(none.header("content-type")).isEqualTo("application/json");
        }
    }

    @Test
    void largeRequestsOfStrangersAreNotReserved() throws Exception {
        try (Rig rig = rig(TOKEN).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(http.post(PATH, LARGE).status()).isEqualTo(401);
            assertThat(http.isClosedByPeer()).isTrue();
            assertThat(grpc.call(LARGE).status()).isEqualTo(GrpcStatus.UNAUTHENTICATED.code());
            assertThat(rig.storeBytesReserved()).isZero();
            assertThat(grpc.call(LARGE, "authorization", "Bearer open").status()).isZero();
        }
    }

    /// Scenario: a hash that takes long is checked on another thread while the body comes in.
    /// Guarantees: the request goes on or not when that is known, over either protocol, and the
    /// next of the same sender does not wait.
    @Test
    void waitsForAnAnswerThatTakesLong() throws Exception {
        String ann = basic("ann:a");
        try (Rig rig = rig(SLOW).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(grpc.call(LARGE, "authorization", ann).status()).isZero();
            assertThat(http.post(PATH, LARGE, "authorization: " + ann).status()).isEqualTo(200);
            assertThat(http.post(PATH, SMALL, "authorization: " + ann).status()).isEqualTo(200);
            RawHttp.Answer refused = http.post(PATH, SMALL, "authorization: " + basic("ann:b"));
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.text()).contains("invalid credentials");
            assertThat(http.post(PATH, SMALL, "authorization: " + ann).status()).isEqualTo(200);
            RawGrpc.Answer answer = grpc.call(LARGE, "authorization", basic("ann:c"));
            assertThat(answer.status()).isEqualTo(GrpcStatus.UNAUTHENTICATED.code());
            assertThat(rig.refused(Refusal.UNAUTHENTICATED)).isEqualTo(2);
            assertThat(rig.drain()).hasSize(4).allMatch(one -> isEither(one.bytes()));
        }
    }

    @Test
    void firstRequestOverHttpWaitsToo() throws Exception {
        try (Rig rig = rig(SLOW).start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            String ann = basic("ann:a");
            http.send(RawHttp.request(PATH, LARGE, "authorization: " + ann))
                    .send(RawHttp.request(PATH, SMALL, "authorization: " + ann));
            assertThat(http.answer().status()).isEqualTo(200);
            assertThat(http.answer().status()).isEqualTo(200);
            assertThat(rig.drain()).hasSize(2);
        }
    }

    @Test
    void senderThatGoesAwayMeanwhileLeavesNothing() throws Exception {
        try (Rig rig = rig(SLOW).start()) {
            try (RawHttp http = new RawHttp(rig.httpPort());
                    RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
                http.send(RawHttp.request(PATH, LARGE, "authorization: " + basic("ann:x")));
                int stream =
                        grpc.open(
                                RawGrpc.headers(RawGrpc.LOGS, "authorization", basic("ann:y")),
                                false);
                grpc.data(stream, Arrays.copyOf(RawGrpc.message(LARGE, false), 30_000), false);
                grpc.resetStream(stream);
            }
            rig.until(() ->
                    rig.metric(ReceiverMetrics.CONNECTIONS, "http") == 0
                            && rig.metric(ReceiverMetrics.CONNECTIONS, "grpc") == 0);
            assertThat(rig.drain()).isEmpty();
        }
    }

    private static boolean isEither(byte[] bytes) {
        return Arrays.equals(bytes, SMALL) || Arrays.equals(bytes, LARGE);
    }
}
