package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.agent.MetricCatalogue;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The agent's own metrics arrive as OTLP where they are pushed to, and nowhere else.
@Timeout(60)
final class SelfExportTest {
    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(5));

    @ParameterizedTest
    @EnumSource(names = {"GRPC_JAVA", "HTTP_JDK"})
    void everyMetricOfThePageIsPushed(Backend.Kind kind) throws Exception {
        try (Backend observer = Backend.start(kind);
                Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .metrics("readers: [" + push(observer, 100) + "]")
                                        .through(backend));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            sender.deliver(Signal.LOGS, otlp.request(Signal.LOGS, 20), Codec.GZIP);
            agent.awaitDelivered();
            int before = observer.arrivals().size();
            observer.awaitArrivals(before + 2);
            // At rest, as what was pushed last: while records are held there are gauges more.
            Scrape page = agent.scrape();
            Arrival last = observer.arrivals().getLast();
            assertThat(last.headers()).containsEntry("x-tenant", "own");
            ResourceMetrics pushed = parsed(last);
            assertThat(attributes(pushed.getResource().getAttributesList()))
                    .containsEntry("service.name", "colonnade")
                    .containsKeys("service.version", "service.instance.id");
            Map<String, Metric> byName =
                    pushed.getScopeMetrics(0).getMetricsList().stream()
                            .collect(Collectors.toMap(Metric::getName, Function.identity()));
            MetricCatalogue.metrics()
                    .filter(metric -> byName.containsKey(metric.name()))
                    .forEach(metric -> checkShape(metric, named(byName, metric.name())));
            assertThat(byName).hasSameSizeAs(page.types());
            assertThat(sum(named(byName, "colonnade_records_delivered"), "signal", "logs"))
                    .isEqualTo(20);
            HistogramDataPoint delivery =
                    named(byName, "colonnade_delivery_seconds").getHistogram().getDataPoints(0);
            assertThat(delivery.getCount()).isEqualTo(1);
            assertThat(delivery.getBucketCountsList())
                    .hasSize(delivery.getExplicitBoundsCount() + 1);
            assertThat(delivery.getBucketCountsList().stream().mapToLong(one -> one).sum()).isOne();
            assertThat(delivery.getExplicitBoundsList()).isSorted().contains(0.001, 0.005, 0.01);
            assertThat(backend.rows(Signal.METRICS)).as("own metrics in a pipeline").isEmpty();
        }
    }

    /// An agent that pushes to itself gets one request for each push: nothing feeds on itself.
    @Test
    void pushingToItselfDoesNotLoop() throws Exception {
        int port = dev.colonnade.exporters.testkit.Backend.unusedPort();
        long begun = System.nanoTime();
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .receiverAt("otlp/self", port)
                                        .metrics(
                                                "readers: [{periodic: {interval: 200, exporter:"
                                                        + " {otlp: {endpoint:"
                                                        + " \"http://127.0.0.1:"
                                                        + port
                                                        + "\"}}}}]")
                                        .exporter("otlp_grpc", backend)
                                        .pipeline("metrics", "otlp/self", "otlp_grpc", "")
                                        .pipeline("logs", "otlp_grpc"))) {
            backend.awaitArrivals(5);
            Scrape scrape = agent.scrape();
            long answered =
                    (long)
                            scrape.value(
                                    "colonnade_acknowledge_seconds_count",
                                    "receiver",
                                    "otlp/self",
                                    "transport",
                                    "http");
            List<Integer> points =
                    backend.arrivals().stream().map(arrival -> arrival.rows().size()).toList();
            long elapsed = Duration.ofNanos(System.nanoTime() - begun).toMillis();
            assertThat(answered).isBetween(1L, elapsed / 200 + 1);
            assertThat(points.getLast())
                    .as("data points in a push: %s", points)
                    .isLessThan(points.getFirst() * 2);
        }
    }

    @Test
    void anEndpointThatIsDownLeavesNoTraceInTheLedger() throws Exception {
        try (Backend observer = Backend.absent(Backend.Kind.GRPC_JAVA);
                Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .metrics("readers: [" + push(observer, 50) + "]")
                                        .through(backend));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            sender.deliver(Signal.LOGS, otlp.request(Signal.LOGS, 20), Codec.GZIP);
            Scrape page = agent.awaitDelivered();
            assertThat(page.all("colonnade_exporter_up")).hasSize(1);
            observer.appear();
            observer.awaitArrivals(1);
            assertThat(agent.stop(Duration.ZERO, Duration.ofSeconds(5)).exitCode()).isZero();
        }
    }

    private static String push(Backend observer, int interval) {
        boolean isGrpc = observer.kind().isGrpc();
        return "{periodic: {interval: "
                + interval
                + ", exporter: {otlp: {protocol: "
                + (isGrpc ? "grpc, insecure: true" : "http/protobuf")
                + ", compression: gzip, headers: {x-tenant: own}, endpoint: \""
                + observer.endpoint()
                + "\"}}}}";
    }

    private static void checkShape(dev.colonnade.pipeline.Metric declared, Metric pushed) {
        assertThat(pushed.getDescription()).isEqualTo(declared.help());
        assertThat(pushed.getUnit()).as(declared.name()).isNotEmpty();
        switch (declared.kind()) {
            case COUNTER -> {
                assertThat(pushed.getSum().getIsMonotonic()).isTrue();
                assertThat(pushed.getSum().getAggregationTemporality())
                        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
                assertThat(pushed.getSum().getDataPointsList()).isNotEmpty();
            }
            case GAUGE -> assertThat(pushed.getGauge().getDataPointsList()).isNotEmpty();
            case HISTOGRAM -> assertThat(pushed.getHistogram().getDataPointsList()).isNotEmpty();
        }
    }

    private static Metric named(Map<String, Metric> byName, String name) {
        return Objects.requireNonNull(byName.get(name), name);
    }

    private static double sum(Metric metric, String label, String value) {
        return metric.getSum().getDataPointsList().stream()
                .filter(point -> value.equals(attributes(point.getAttributesList()).get(label)))
                .mapToDouble(NumberDataPoint::getAsDouble)
                .sum();
    }

    private static ResourceMetrics parsed(Arrival arrival) throws InvalidProtocolBufferException {
        return ExportMetricsServiceRequest.parseFrom(arrival.body()).getResourceMetrics(0);
    }

    private static Map<String, String> attributes(List<KeyValue> attributes) {
        return attributes.stream()
                .collect(Collectors.toMap(KeyValue::getKey, a -> a.getValue().getStringValue()));
    }
}
