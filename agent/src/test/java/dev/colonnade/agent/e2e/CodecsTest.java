package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Native codecs are made once for each loop and kept.
@Timeout(120)
final class CodecsTest {
    private static final String CREATIONS = "colonnade_codec_creations_total";

    @TempDir Path folder;

    /// Scenario: requests of every codec, to an exporter that sends them as they came, one that
    /// writes them anew, and one that looks inside. Guarantees: once each loop has met each codec,
    /// none is made for any number of requests.
    @Test
    void noneIsMadeUnderSteadyLoad() throws Exception {
        try (Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .exporter("otlp_http", backend, "compression: gzip")
                                        .exporter(
                                                "otlp_http/json",
                                                backend,
                                                "compression: zstd",
                                                "encoding: json")
                                        .exporter("file: {path: '" + folder + "/a.json'}")
                                        .pipeline("logs", "otlp_http, otlp_http/json, file"))) {
            send(agent, 40);
            double warm = creations(agent);
            assertThat(warm).isPositive();
            send(agent, 160);
            assertThat(creations(agent)).isEqualTo(warm);
        }
    }

    private static void send(AgentUnderTest agent, int rounds) {
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(3));
        byte[] request = otlp.request(Signal.LOGS, 60);
        for (int round = 0; round < rounds; round++) {
            // A connection of its own for each, so that both loops get some.
            try (HttpSender sender = new HttpSender(agent.httpPort())) {
                for (Codec codec : Codec.values()) {
                    sender.deliver(Signal.LOGS, request, codec);
                }
            }
        }
    }

    private static double creations(AgentUnderTest agent) {
        return agent.awaitDelivered().value(CREATIONS);
    }
}
