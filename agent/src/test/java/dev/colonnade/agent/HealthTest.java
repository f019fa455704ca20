package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.testkit.HandComponents;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.ContainerMemory;
import dev.colonnade.storage.testkit.ManualClock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The probe tells whether the process lives, the status whether it gets on; a clock moved by hand.
@Timeout(60)
final class HealthTest {
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final String UP = "logs: {receivers: [otlp], exporters: [nop]}";
    private static final String DOWN = "logs: {receivers: [otlp], exporters: [nop/down, nop]}";

    @TempDir Path folder;
    private final ManualClock clock = new ManualClock();
    private final HttpClient client = HttpClient.newHttpClient();
    private @Nullable HandComponents hand;
    private @Nullable ColonnadeAgent agent;

    @AfterEach
    void stop() {
        client.close();
        ColonnadeAgent started = agent;
        if (started != null) {
            assertThat(started.stop(Duration.ZERO, Duration.ZERO).isClean()).isTrue();
        }
    }

    @Test
    void aBackendThatIsDownForTenMinutesChangesTheStatusAndNotTheProbe() throws Exception {
        start(DOWN, "health_check: {endpoint: '127.0.0.1:0'}", "16MiB");
        receive(10);
        for (int minute = 0; minute < 10; minute++) {
            pass(Duration.ofMinutes(1));
            assertThat(get("/").statusCode()).as("after %d minutes", minute + 1).isEqualTo(200);
        }
        String status = get("/status").body();
        assertThat(status)
                .contains("\"healthy\":true,\"status\":\"StatusRecoverableError\"")
                .contains("\"error\":\"turned down by the \\\"test\\\"\"")
                .contains("\"backlog_records\":10,\"backlog_bytes\":100,\"stalled_seconds\":600")
                .contains("\"exporter:nop\":{\"healthy\":true,\"status\":\"StatusOK\"");
        assertThat(stalled("nop/down")).isEqualTo(600);
        assertThat(stalled("nop")).isZero();
        hand().exporter("nop/down").up();
        pass(STEP);
        assertThat(stalled("nop/down")).isZero();
        assertThat(get("/status").body())
                .contains("\"healthy\":true,\"status\":\"StatusOK\"")
                .contains("\"stalled_seconds\":0")
                .doesNotContain("error");
    }

    @Test
    void aBacklogThatMovesHasNotStalled() throws Exception {
        start(DOWN, "health_check: {endpoint: '127.0.0.1:0'}", "16MiB");
        receive(10);
        pass(Duration.ofSeconds(30));
        assertThat(stalled("nop/down")).isEqualTo(30);
        hand().exporter("nop/down").up();
        hand().exporter("nop/down").down();
        receive(5);
        pass(Duration.ofSeconds(20));
        assertThat(stalled("nop/down")).isLessThanOrEqualTo(20);
    }

    @Test
    void aStalledExporterFailsTheProbeOnlyWhereThatIsAskedFor() throws Exception {
        start(
                DOWN,
                "health_check: {endpoint: '127.0.0.1:0', path: /live, fail_on_stalled: true,"
                        + " stalled_after: 2m}",
                "16MiB");
        receive(10);
        pass(Duration.ofSeconds(110));
        assertThat(get("/live").statusCode()).isEqualTo(200);
        pass(Duration.ofSeconds(20));
        HttpResponse<String> answer = get("/live");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body())
                .contains("\"status\":\"Server not available\"")
                .contains("an exporter delivers nothing: exporter=nop/down, seconds=130");
        assertThat(get("/").statusCode()).isEqualTo(404);
        hand().exporter("nop/down").up();
        pass(STEP);
        assertThat(get("/live").statusCode()).isEqualTo(200);
    }

    @Test
    void aLoopThatDoesNotTurnFailsTheProbe() throws Exception {
        start(UP, "health_check: {endpoint: '127.0.0.1:0'}", "16MiB");
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        agent().loops()
                .loop(1)
                .execute(() -> {
                    stuck.countDown();
                    awaited(release);
                });
        stuck.await();
        clock.advance(Duration.ofSeconds(21));
        agent().health().beat(0);
        HttpResponse<String> answer = get("/");
        release.countDown();
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("an event loop does not turn: loop=1, seconds=21");
        agent().health().beat(1);
        assertThat(get("/").statusCode()).isEqualTo(200);
    }

    @Test
    void answersWithTheBodiesThatAreWritten() throws Exception {
        start(
                UP,
                "health_check: {endpoint: '127.0.0.1:0', response_body: {healthy: fine}}",
                "16MiB");
        assertThat(get("/").body()).isEqualTo("fine");
        assertThat(get("/").headers().firstValue("content-type"))
                .hasValue("text/plain; charset=utf-8");
        assertThat(get("/nothing").body()).isEqualTo("here are only: /, /status\n");
    }

    @Test
    void isServedOnlyWhereAServiceNamesIt() throws Exception {
        String config =
                yaml(UP, "health_check: {endpoint: '127.0.0.1:0'}", "16MiB")
                        .replace("extensions: [health_check]", "extensions: []");
        agent = start(config);
        assertThat(agent().healthAddress()).isNull();
    }

    @Test
    void saysWhichKeyNamesAPortInUse() throws Exception {
        start(UP, "health_check: {endpoint: '127.0.0.1:0'}", "16MiB");
        int port = Objects.requireNonNull(agent().healthAddress()).getPort();
        String config = yaml(UP, "health_check: {endpoint: '127.0.0.1:" + port + "'}", "16MiB");
        assertThatThrownBy(() -> start(config))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("cannot listen: address=127.0.0.1:" + port)
                .hasMessageEndingWith("set extensions::health_check::endpoint to another address");
    }

    /// The budget is what the control group leaves; at the last level requests are refused.
    @Test
    void memoryPressureRisesToRefusalAndFallsAgain() throws Exception {
        Files.createDirectories(folder.resolve("proc/self"));
        Files.createDirectories(folder.resolve("cgroup"));
        Files.writeString(folder.resolve("proc/self/cgroup"), "0::/\n");
        Files.writeString(folder.resolve("cgroup/memory.max"), (128 << 20) + "\n");
        start(DOWN, "health_check: {endpoint: '127.0.0.1:0'}", "");
        assertThat(pressure()).isZero();
        boolean[] seen = new boolean[3];
        Admission answer = Admission.ADMITTED;
        while (answer == Admission.ADMITTED) {
            answer = hand().receiver("otlp").offer(Signal.LOGS, 0, 1, 256 << 10);
            agent().health().tick();
            seen[pressure()] = true;
        }
        assertThat(answer).isEqualTo(Admission.MEMORY_FULL);
        assertThat(seen).containsExactly(true, true, true);
        assertThat(pressure()).isEqualTo(2);
        assertThat(get("/").statusCode()).isEqualTo(200);
        assertThat(get("/status").body())
                .contains("\"memory\":{\"pressure\":\"critical\"")
                .contains("memory is full: senders are told when to come back");
        hand().exporter("nop/down").up();
        agent().health().tick();
        assertThat(pressure()).isZero();
        assertThat(hand().receiver("otlp").offer(Signal.LOGS, 0, 1, 256 << 10))
                .isEqualTo(Admission.ADMITTED);
    }

    private HandComponents hand() {
        return Objects.requireNonNull(hand);
    }

    private ColonnadeAgent agent() {
        return Objects.requireNonNull(agent);
    }

    private void receive(int records) {
        assertThat(hand().receiver("otlp").offer(Signal.LOGS, 0, records, records * 10))
                .isEqualTo(Admission.ADMITTED);
        agent().health().tick();
    }

    /// Moves the clock; the loops show that they are alive on the way.
    private void pass(Duration time) {
        for (Duration left = time; left.isPositive(); left = left.minus(STEP)) {
            clock.advance(STEP);
            agent().health().beat(0);
            agent().health().beat(1);
            agent().health().tick();
        }
    }

    private double stalled(String exporter) {
        return Scrape.of(agent().scrape())
                .value("colonnade_exporter_stalled_seconds", "exporter", exporter);
    }

    private int pressure() {
        return (int) Scrape.of(agent().scrape()).value("colonnade_memory_pressure");
    }

    private HttpResponse<String> get(String path) throws Exception {
        InetSocketAddress address = Objects.requireNonNull(agent().healthAddress());
        HttpResponse<String> answer =
                client.send(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + address.getPort() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.headers().firstValue("content-type").orElse("").equals("application/json")) {
            checkJson(answer.body());
        }
        return answer;
    }

    private static void checkJson(String text) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            int tokens = 0;
            while (parser.nextToken() != null) {
                tokens++;
            }
            assertThat(tokens).isGreaterThan(2);
        }
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void start(String pipeline, String extension, String memory) throws Exception {
        agent = start(yaml(pipeline, extension, memory));
    }

    private static String yaml(String pipeline, String extension, String memory) {
        return """
        receivers: {otlp: {protocols: {grpc: }}}
        exporters: {nop: , nop/down: }
        extensions: {%s}
        storage: {%s}
        service:
          loops: 2
          extensions: [health_check]
          telemetry: {metrics: {level: none}}
          pipelines: {%s}
        """
                .formatted(extension, memory.isEmpty() ? "" : "memory: " + memory, pipeline);
    }

    private ColonnadeAgent start(String yaml) throws ConfigException, StartException {
        return ColonnadeAgent.start(
                ConfigLoader.loadText("test.yaml", yaml, Map.of()),
                new Surroundings(
                        ContainerMemory.of(folder.resolve("cgroup"), folder.resolve("proc")),
                        64 << 20,
                        2,
                        clock,
                        new SplittableRandom(7),
                        (loops, _, _, nanoClock, _) -> {
                            HandComponents made = new HandComponents(loops, nanoClock, null);
                            hand = made;
                            return made;
                        }));
    }
}
