package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.testkit.HandComponents;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.ContainerMemory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked // an unexpected null fails the test
@Timeout(60)
final class StoragePageTest {
    @TempDir private Path folder;
    private HandComponents hand;

    @Test
    void listsTheSegmentsOfEveryLoopWhileRecordsAreHeld() throws Exception {
        ColonnadeAgent agent = start("[zpages]");
        hand.receiver("otlp").offer(Signal.LOGS, 0, 3, 100);
        hand.receiver("otlp").offer(Signal.LOGS, 1, 4, 200);
        hand.receiver("otlp").offer(Signal.LOGS, 1, 5, 300);
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> page = get(client, agent, "/debug/storage");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-type")).hasValue("application/json");
            assertThat(page.body().replaceAll("\"age_ms\":\\d+", "\"age_ms\":0"))
                    .isEqualTo(
                            """
                            {"parts":[
                            {"pipeline":"logs/x","signal":"logs","loop":0,"segments":1,"oldest":[
                              {"segment":"logs~x.0.0","shape":"row","sealed":false,"packing":false,"position":0,\
                            "requests":1,"records":3,"bytes":140,"wire_bytes":100,"age_ms":0}]},
                            {"pipeline":"logs/x","signal":"logs","loop":1,"segments":1,"oldest":[
                              {"segment":"logs~x.1.0","shape":"row","sealed":false,"packing":false,"position":0,\
                            "requests":2,"records":9,"bytes":580,"wire_bytes":500,"age_ms":0}]}]}
                            """);
            assertThat(get(client, agent, "/debug/other").statusCode()).isEqualTo(404);
        }
        assertThat(agent.stop(Duration.ZERO, Duration.ZERO).isClean()).isTrue();
    }

    @Test
    void isNotServedUnlessAskedFor() throws Exception {
        ColonnadeAgent agent = start("[]");
        assertThat(agent.debugAddress()).isNull();
        agent.stop(Duration.ZERO, Duration.ZERO);
    }

    private static HttpResponse<String> get(HttpClient client, ColonnadeAgent agent, String path)
            throws Exception {
        String uri = "http://127.0.0.1:" + agent.debugAddress().getPort() + path;
        return client.send(
                HttpRequest.newBuilder(URI.create(uri)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private ColonnadeAgent start(String extensions) throws ConfigException, StartException {
        String yaml =
                """
                receivers: {otlp: {protocols: {grpc: }}}
                exporters: {nop/down: }
                extensions: {zpages: {endpoint: '127.0.0.1:0'}}
                storage: {memory: 64MiB}
                service:
                  extensions: %s
                  telemetry: {metrics: {level: none}}
                  pipelines: {logs/x: {receivers: [otlp], exporters: [nop/down]}}
                """
                        .formatted(extensions);
        return ColonnadeAgent.start(
                ConfigLoader.loadText("test.yaml", yaml, Map.of()),
                new Surroundings(
                        ContainerMemory.of(folder.resolve("cgroup"), folder.resolve("proc")),
                        32 << 20,
                        2,
                        System::nanoTime,
                        new SplittableRandom(7),
                        (loops, _, _, nanoClock, _) -> {
                            hand = new HandComponents(loops, nanoClock, null);
                            return hand;
                        }));
    }
}
