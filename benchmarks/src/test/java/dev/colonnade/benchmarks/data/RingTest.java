package dev.colonnade.benchmarks.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.Span;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RingTest {
    private static final long TIME = 1_790_000_000_000_000_000L;

    private static Ring ring(DataSet set, int records, int bodies) {
        return new Ring(new Descriptor(77, records, set, 5, bodies, false));
    }

    static byte[] patched(Ring ring, long request, long time) {
        Body body = ring.body((int) (request % ring.size()));
        byte[] bytes = new byte[body.length()];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        body.copyTo(segment);
        body.patch(segment, new Identity(ring.descriptor().generator()), request, time, TIME);
        return bytes;
    }

    private static List<LogRecord> logs(byte[] body) throws InvalidProtocolBufferException {
        return ExportLogsServiceRequest.parseFrom(body).getResourceLogsList().stream()
                .flatMap(resource -> resource.getScopeLogsList().stream())
                .flatMap(scope -> scope.getLogRecordsList().stream())
                .toList();
    }

    private static List<Span> spans(byte[] body) throws InvalidProtocolBufferException {
        return ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().stream()
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .toList();
    }

    private static List<Metric> metrics(byte[] body) throws InvalidProtocolBufferException {
        return ExportMetricsServiceRequest.parseFrom(body).getResourceMetricsList().stream()
                .flatMap(resource -> resource.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "LOGS_350, 1000, 364",
        "LOGS_1K, 1000, 1288",
        "SPANS, 512, 472",
        "POINTS, 1000, 247",
        "TRICKLE, 1, 679"
    })
    void recordsHaveTheStatedMeanSize(DataSet set, int records, int stated) {
        Ring ring = ring(set, records, 64);
        double bytes = 0;
        for (int i = 0; i < ring.size(); i++) {
            bytes += ring.body(i).length();
        }
        assertThat(bytes / ring.size() / records).isCloseTo(stated, within(stated * 0.1));
    }

    @Test
    void logsAreWhatTheDataSetPromises() throws InvalidProtocolBufferException {
        Ring ring = ring(DataSet.LOGS_350, 1000, 2);
        List<LogRecord> logs = logs(patched(ring, 1, TIME));
        assertThat(logs).hasSize(1000).allMatch(log -> log.getAttributesCount() == 8);
        Map<ByteString, Integer> traces = new HashMap<>();
        logs.forEach(log -> traces.merge(log.getTraceId(), 1, Integer::sum));
        assertThat(traces.values().stream().filter(count -> count < 4).count())
                .isLessThanOrEqualTo(5);
        assertThat(traces.values()).allMatch(count -> count <= 8);
        Set<String> bodies = new HashSet<>();
        logs.forEach(log -> bodies.add(log.getBody().getStringValue()));
        assertThat(bodies.size()).isGreaterThan(995);
    }

    @Test
    void spansFormTrees() throws InvalidProtocolBufferException {
        Ring ring = ring(DataSet.SPANS, 512, 1);
        Map<ByteString, Span> seen = new HashMap<>();
        int events = 0;
        for (Span span : spans(patched(ring, 3, TIME))) {
            if (!span.getParentSpanId().isEmpty()) {
                Span parent = seen.get(span.getParentSpanId());
                if (parent == null) {
                    throw new AssertionError("span comes before its parent");
                }
                assertThat(span.getTraceId()).isEqualTo(parent.getTraceId());
                assertThat(span.getStartTimeUnixNano())
                        .isGreaterThanOrEqualTo(parent.getStartTimeUnixNano());
            }
            assertThat(span.getEndTimeUnixNano()).isGreaterThan(span.getStartTimeUnixNano());
            assertThat(span.getAttributesCount()).isBetween(12, 14);
            events += span.getEventsCount();
            seen.put(span.getSpanId(), span);
        }
        assertThat(seen).hasSize(512);
        assertThat(events).isBetween(25, 80);
    }

    @Test
    void pointsComeFromAHundredSeriesGroups() throws InvalidProtocolBufferException {
        Ring ring = ring(DataSet.POINTS, 1000, 1);
        Set<List<KeyValue>> groups = new HashSet<>();
        int numbers = 0;
        int histograms = 0;
        for (Metric metric : metrics(patched(ring, 9, TIME))) {
            for (var point : metric.getGauge().getDataPointsList()) {
                groups.add(point.getAttributesList());
                numbers++;
            }
            for (var point : metric.getSum().getDataPointsList()) {
                groups.add(point.getAttributesList());
                numbers++;
            }
            for (var point : metric.getHistogram().getDataPointsList()) {
                assertThat(point.getCount())
                        .isEqualTo(
                                point.getBucketCountsList().stream().mapToLong(each -> each).sum());
                assertThat(point.getBucketCountsCount())
                        .isEqualTo(point.getExplicitBoundsCount() + 1);
                groups.add(point.getAttributesList());
                histograms++;
            }
        }
        assertThat(numbers).isEqualTo(900);
        assertThat(histograms).isEqualTo(100);
        assertThat(groups).hasSizeBetween(95, 100).allMatch(group -> group.size() == 12);
    }

    @ParameterizedTest
    @EnumSource(DataSet.class)
    void patchingChangesIdsAndTimesAndNothingElse(DataSet set)
            throws InvalidProtocolBufferException {
        int records = set == DataSet.TRICKLE ? 1 : 60;
        Ring ring = ring(set, records, 3);
        byte[] first = patched(ring, 2, TIME);
        byte[] second = patched(ring, 5, TIME + 1_000_000_007);
        assertThat(second).hasSameSizeAs(first).isNotEqualTo(first);
        switch (set.signal()) {
            case LOGS -> {
                LogRecord before = logs(first).getFirst();
                LogRecord after = logs(second).getFirst();
                assertThat(after.getTimeUnixNano() - before.getTimeUnixNano())
                        .isEqualTo(1_000_000_007);
                assertThat(after.getSpanId()).isNotEqualTo(before.getSpanId());
                assertThat(after.getTraceId()).isNotEqualTo(before.getTraceId());
                assertThat(after.getAttributes(1)).isNotEqualTo(before.getAttributes(1));
                assertThat(after.getAttributes(1).getValue().getStringValue())
                        .matches("[0-9a-f]{16}");
                assertThat(after.getBody()).isEqualTo(before.getBody());
            }
            case TRACES -> {
                Span before = spans(first).getFirst();
                Span after = spans(second).getFirst();
                assertThat(after.getSpanId()).isNotEqualTo(before.getSpanId());
                assertThat(after.getAttributesList()).isEqualTo(before.getAttributesList());
            }
            case METRICS -> {
                var before = metrics(first).getFirst().getGauge().getDataPoints(0);
                var after = metrics(second).getFirst().getGauge().getDataPoints(0);
                assertThat(after.getTimeUnixNano()).isGreaterThan(before.getTimeUnixNano());
                assertThat(after.getAttributesList()).isEqualTo(before.getAttributesList());
            }
        }
    }

    @Test
    void sameSeedGivesSameBytesAndAnotherSeedOthers() {
        byte[] one = patched(ring(DataSet.SPANS, 100, 2), 1, TIME);
        byte[] again = patched(ring(DataSet.SPANS, 100, 2), 1, TIME);
        Ring other = new Ring(new Descriptor(77, 100, DataSet.SPANS, 6, 2, false));
        assertThat(again).isEqualTo(one);
        assertThat(patched(other, 1, TIME)).isNotEqualTo(one);
    }
}
