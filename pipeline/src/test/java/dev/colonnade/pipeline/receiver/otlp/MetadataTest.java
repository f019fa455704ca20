package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawHttp.head;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.Processor;
import dev.colonnade.pipeline.RequestContext;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Access;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.wire.GrpcStatus;
import dev.colonnade.storage.MetadataKeys;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.Extent;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What of a request's head is known behind the receiver.
@Timeout(60)
final class MetadataTest {
    private static final Endpoint ANYWHERE = new Endpoint("127.0.0.1", 0);
    private static final byte[] BODY = Payloads.logs(2, 10, 1);
    private static final String PATH = "/v1/logs";

    /// Notes what it is told of senders, and changes nothing.
    private static final class Witness implements Processor {
        record Seen(List<String> tenant, List<String> host, List<String> other, String address) {}

        final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();

        @Override
        public Outcome process(
                Signal signal,
                long address,
                int length,
                RequestContext context,
                Extent target,
                Grower grower) {
            seen.add(
                    new Seen(
                            context.metadata("X-Tenant"),
                            context.metadata("host"),
                            context.metadata("x-other"),
                            context.clientAddress()));
            return Outcome.UNCHANGED;
        }

        Seen next() throws InterruptedException {
            Seen next = seen.poll(20, TimeUnit.SECONDS);
            assertThat(next).isNotNull();
            return next;
        }
    }

    private static OtlpReceiverConfig config(boolean isIncluded) {
        Access access = new Access(isIncluded, null);
        return new OtlpReceiverConfig(
                OtlpGrpcConfig.at(ANYWHERE).withAccess(access),
                OtlpHttpConfig.at(ANYWHERE).withAccess(access));
    }

    @Test
    void processorsSeeWhatTheyAskForOverBothProtocols() throws Exception {
        Witness witness = new Witness();
        try (Rig rig =
                        Rig.with()
                                .config(config(true))
                                .processor(witness, Set.of("x-tenant", "host"))
                                .start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            Witness.Seen expected =
                    new Witness.Seen(List.of("a", "b"), List.of("x"), List.of(), "127.0.0.1");
            http.send(head(PATH, BODY.length, "X-Tenant: a", "x-tenant: b", "x-other: 1"))
                    .send(BODY);
            assertThat(http.answer().status()).isEqualTo(200);
            assertThat(witness.next()).isEqualTo(expected);
            int stream =
                    grpc.open(
                            RawGrpc.headers(RawGrpc.LOGS, "x-other", "1")
                                    .add("x-tenant", "a")
                                    .add("x-tenant", "b"),
                            false);
            grpc.data(stream, RawGrpc.message(BODY, false), true);
            assertThat(grpc.answer(stream).status()).isZero();
            assertThat(witness.next()).isEqualTo(expected);
            assertThat(http.post(PATH, BODY).status()).isEqualTo(200);
            assertThat(witness.next().tenant()).as("nothing stays behind").isEmpty();
        }
    }

    @Test
    void withoutIncludeMetadataTheAddressAloneIsKnown() throws Exception {
        Witness witness = new Witness();
        try (Rig rig =
                        Rig.with()
                                .config(config(false))
                                .processor(witness, Set.of("x-tenant"))
                                .start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(http.post(PATH, BODY, "x-tenant: a").status()).isEqualTo(200);
            assertThat(grpc.call(BODY, "x-tenant", "a").status()).isZero();
            for (int request = 0; request < 2; request++) {
                assertThat(witness.next())
                        .isEqualTo(new Witness.Seen(List.of(), List.of(), List.of(), "127.0.0.1"));
            }
        }
    }

    @Test
    void entriesOfDifferentTenantsAreNotMerged() throws Exception {
        try (Rig rig =
                        Rig.with()
                                .config(config(true))
                                .metadata(new MetadataKeys(List.of("x-tenant"), 0))
                                .start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            for (String tenant : List.of("a", "a", "b", "a")) {
                assertThat(http.post(PATH, BODY, "x-tenant: " + tenant).status()).isEqualTo(200);
            }
            assertThat(grpc.call(BODY, "x-tenant", "a").status()).isZero();
            assertThat(grpc.call(BODY).status()).isZero();
            assertThat(rig.leases(Signal.LOGS, "x-tenant"))
                    .containsExactly("2 of [a]", "1 of [b]", "2 of [a]", "1 of []");
        }
    }

    @Test
    void oneCombinationTooManyIsToldToComeBackAndTakenWhenAnotherIsDelivered() throws Exception {
        try (Rig rig =
                        Rig.with()
                                .config(config(true))
                                .metadata(new MetadataKeys(List.of("x-tenant"), 1))
                                .start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(http.post(PATH, BODY, "x-tenant: a").status()).isEqualTo(200);
            RawHttp.Answer refused = http.post(PATH, BODY, "x-tenant: b");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isNotEmpty();
            assertThat(refused.text()).contains("metadata_cardinality_limit").doesNotContain("b:");
            RawGrpc.Answer call = grpc.call(BODY, "x-tenant", "b");
            assertThat(call.status()).isEqualTo(GrpcStatus.UNAVAILABLE.code());
            assertThat(call.details()).get().matches(status -> status.hasRetryInfo());
            assertThat(rig.refused(Refusal.METADATA)).isEqualTo(2);
            assertThat(rig.drain()).hasSize(1);
            assertThat(http.post(PATH, BODY, "x-tenant: b").status()).isEqualTo(200);
        }
    }

    @Test
    void requestsUnderWayMayKeepOnlySoMuchOfTheirHeads() throws Exception {
        String large = "t".repeat(14 << 10);
        int fitting = SenderContext.CHARS_MAX / large.length();
        try (Rig rig =
                        Rig.with()
                                .config(config(true))
                                .processor(new Witness(), Set.of("x-tenant"))
                                .start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            for (int call = 0; call < fitting; call++) {
                grpc.open(RawGrpc.headers(RawGrpc.LOGS, "x-tenant", large), false);
            }
            int refused = grpc.open(RawGrpc.headers(RawGrpc.LOGS, "x-tenant", large), false);
            assertThat(grpc.answer(refused).status()).isEqualTo(GrpcStatus.UNAVAILABLE.code());
            assertThat(rig.refused(Refusal.METADATA)).isOne();
            grpc.resetStream(1);
            int taken = grpc.open(RawGrpc.headers(RawGrpc.LOGS, "x-tenant", large), false);
            grpc.data(taken, RawGrpc.message(BODY, false), true);
            assertThat(grpc.answer(taken).status()).isZero();
        }
    }
}
