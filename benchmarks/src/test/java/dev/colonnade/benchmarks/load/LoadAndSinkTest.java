package dev.colonnade.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Options;
import dev.colonnade.benchmarks.TinyHttp;
import dev.colonnade.benchmarks.sink.SinkMain;
import dev.colonnade.benchmarks.sink.SinkServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Generator and sink against each other over loopback sockets.
@Timeout(120)
class LoadAndSinkTest {
    @TempDir Path directory;

    private SinkServer sink = SinkMain.start("--compare-every", "1");

    @BeforeEach
    void isUp() {
        assertThat(sink.controlPort()).isPositive();
    }

    @AfterEach
    void close() {
        sink.close();
    }

    private URI page(String path) {
        return URI.create("http://127.0.0.1:" + sink.controlPort() + path);
    }

    private Facts load(String protocol, String... more) throws Exception {
        List<String> args = new ArrayList<>();
        int port = protocol.equals("grpc") ? sink.grpcPort() : sink.httpPort();
        args.addAll(List.of("--target", "127.0.0.1:" + port, "--protocol", protocol));
        args.addAll(List.of("--ring", "16"));
        args.addAll(List.of("--warmup", "0.1", "--duration", "0.6", "--connections", "2"));
        args.addAll(List.of("--ledger", directory.resolve("ledger").toString()));
        args.addAll(List.of(more));
        return LoadMain.run(
                Options.parse(args.toArray(new String[0]), LoadMain.named(), LoadMain.flags()));
    }

    private Facts check() throws Exception {
        String ledger = Files.readString(directory.resolve("ledger"));
        return Facts.parseLines(TinyHttp.post(page("/check?lines"), ledger));
    }

    private static void assertZero(Facts facts, String... names) {
        for (String name : names) {
            assertThat(facts.number(name, -1)).as(name).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "grpc, none, logs-350, 200",
        "grpc, gzip, logs-350, 200",
        "grpc, zstd, spans, 100",
        "http, none, points, 200",
        "http, gzip, spans, 100",
        "http, zstd, logs-350, 200",
        "grpc, none, trickle, 1",
        "http, none, logs-1k, 100"
    })
    void everythingSentArrivesOnceAndUnchanged(
            String protocol, String codec, String data, String records) throws Exception {
        Facts sent =
                load(
                        protocol,
                        "--codec",
                        codec,
                        "--data",
                        data,
                        "--records-per-request",
                        records,
                        "--level",
                        "1");
        Facts found = check();
        assertThat(sent.number("total_accepted_records", 0)).isPositive();
        assertThat(found.number("accepted_records", -1))
                .isEqualTo(sent.number("total_accepted_records", -2));
        assertThat(found.number("records", -1))
                .isEqualTo(sent.number("total_accepted_records", -2));
        assertZero(
                found,
                "lost_records",
                "surplus_records",
                "records_duplicate",
                "records_unidentified",
                "records_changed",
                "resources_changed",
                "scopes_changed",
                "requests_malformed");
        assertZero(sent, "refused_requests", "permanent_requests", "lost_requests");
    }

    @ParameterizedTest
    @CsvSource({"grpc, answers_grpc_14", "http, answers_http_503"})
    void countsRefusalsByKindAndThoseWithoutDelay(String protocol, String kind) throws Exception {
        TinyHttp.post(page("/mode?refuse=14&every=2"), "");
        Facts sent = load(protocol, "--records-per-request", "10", "--rate", "2000");
        assertThat(sent.number(kind, 0)).isPositive();
        assertThat(sent.number("refused_without_delay", 0))
                .isEqualTo(sent.number("refused_requests", -1));
        assertThat(sent.number("accepted_requests", 0)).isPositive();

        TinyHttp.post(page("/mode?refuse=14&every=2&retry-ms=1000"), "");
        Facts advised =
                load(protocol, "--records-per-request", "10", "--rate", "2000", "--generator", "7");
        assertThat(advised.number("refused_requests", 0)).isPositive();
        assertZero(advised, "refused_without_delay");
        Facts found = check();
        assertZero(found, "lost_records", "refused_arrived_records", "records_changed");
    }

    @Test
    void retriesAfterTheAdvisedDelayKeepTheSameRecords() throws Exception {
        TinyHttp.post(page("/mode?refuse=8&every=3&retry-ms=20"), "");
        Facts sent = load("grpc", "--records-per-request", "10", "--rate", "2000", "--retry");
        assertThat(sent.number("answers_grpc_8", 0)).isPositive();
        Facts found = check();
        assertThat(found.number("records", -1))
                .isEqualTo(sent.number("total_accepted_records", -2));
        assertZero(
                found,
                "lost_records",
                "records_duplicate",
                "records_changed",
                "refused_arrived_records");
    }

    @Test
    void resourceExhaustedWithoutDelayIsPermanent() throws Exception {
        TinyHttp.post(page("/mode?refuse=8"), "");
        Facts sent = load("grpc", "--records-per-request", "10", "--rate", "2000", "--retry");
        assertThat(sent.number("permanent_requests", 0)).isPositive();
        assertZero(sent, "refused_requests", "accepted_requests");
    }

    @ParameterizedTest
    @CsvSource({"grpc", "http"})
    void hungRequestsAreUncertainAndNotLost(String protocol) throws Exception {
        TinyHttp.post(page("/mode?hang&every=5"), "");
        Facts sent =
                load(protocol, "--records-per-request", "10", "--rate", "2000", "--timeout", "0.2");
        assertThat(sent.number("answers_timeout", 0) + sent.number("lost_requests", 0))
                .isPositive();
        assertZero(check(), "lost_records", "records_duplicate");
    }

    @ParameterizedTest
    @CsvSource({"grpc", "http"})
    void comesBackAfterTheConnectionWasClosed(String protocol) throws Exception {
        TinyHttp.post(page("/mode?close&every=7"), "");
        Facts sent =
                load(protocol, "--records-per-request", "10", "--rate", "1000", "--duration", "1");
        assertThat(sent.number("answers_disconnected", 0)).isPositive();
        assertThat(sent.number("accepted_requests", 0)).isGreaterThan(10);
        assertZero(check(), "lost_records", "records_duplicate");
    }

    @ParameterizedTest
    @CsvSource({"grpc", "http"})
    void sinkTakesNoMoreThanItsRate(String protocol) throws Exception {
        TinyHttp.post(page("/mode?rate-limit=5000"), "");
        Facts sent =
                load(protocol, "--records-per-request", "50", "--duration", "1", "--warmup", "0");
        assertThat(sent.number("accepted_records", 0)).isBetween(50.0, 5000.0);
    }

    @Test
    void latencyCountsFromTheIntendedTime() throws Exception {
        TinyHttp.post(page("/mode?latency=0.05"), "");
        // One connection answers 20 requests a second, offered are 100: the last waits for most of
        // the run.
        Facts sent =
                load(
                        "http",
                        "--records-per-request",
                        "10",
                        "--rate",
                        "1000",
                        "--connections",
                        "1",
                        "--warmup",
                        "0",
                        "--duration",
                        "1");
        assertThat(sent.number("latency_us_p50", 0)).isGreaterThan(200_000);
        assertThat(sent.number("unsent_requests", 0)).isGreaterThan(50);
        assertThat(sent.number("offered_requests", 0)).isEqualTo(100);
    }

    @Test
    void measuresTheSinkOverTheSameSeconds() throws Exception {
        Facts sent =
                load(
                        "http",
                        "--records-per-request",
                        "10",
                        "--rate",
                        "10000",
                        "--warmup",
                        "0",
                        "--duration",
                        "2",
                        "--sink",
                        page("/").toString(),
                        "--watch-pid",
                        Long.toString(ProcessHandle.current().pid()));
        assertThat(sent.number("delivered_records", 0)).isPositive();
        assertThat(sent.number("subject_rss_peak_mib", 0)).isPositive();
        assertThat(sent.number("subject_rss_max_mib", 0))
                .isGreaterThanOrEqualTo(sent.number("subject_rss_min_mib", -1));
    }
}
