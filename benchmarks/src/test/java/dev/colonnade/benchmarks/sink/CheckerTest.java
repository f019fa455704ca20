package dev.colonnade.benchmarks.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Ledger;
import dev.colonnade.benchmarks.data.Body;
import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.benchmarks.data.Descriptor;
import dev.colonnade.benchmarks.data.Identity;
import dev.colonnade.benchmarks.data.Ring;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckerTest {
    private static final long TIME = 1_790_000_000_000_000_000L;
    private static final int RECORDS = 40;

    private final Checker checker = new Checker(Checker.Depth.FULL, 1);
    private final RecordScanner scanner = new RecordScanner(checker);

    private static Ring ring(DataSet set) {
        return new Ring(new Descriptor(3, set == DataSet.TRICKLE ? 1 : RECORDS, set, 1, 4, false));
    }

    private static byte[] request(Ring ring, long request) {
        Body body = ring.body((int) (request % ring.size()));
        byte[] bytes = new byte[body.length()];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        body.copyTo(segment);
        body.patch(segment, new Identity(3), request, TIME + request * 1_000_003, TIME);
        return bytes;
    }

    private int offer(byte[] bytes, DataSet set) {
        return scanner.scan(bytes, 0, bytes.length, set.signal(), true);
    }

    private long finding(String name) {
        return (long) checker.facts().number(name, -1);
    }

    private void assertNothingWrong() {
        assertThat(finding("records_unidentified")).isZero();
        assertThat(finding("records_changed")).isZero();
        assertThat(finding("resources_changed")).isZero();
        assertThat(finding("scopes_changed")).isZero();
        assertThat(finding("records_duplicate")).isZero();
    }

    @ParameterizedTest
    @EnumSource(DataSet.class)
    void findsNothingWrongWithWhatWasSent(DataSet set) {
        Ring ring = ring(set);
        int records = 0;
        for (long request = 0; request < 12; request++) {
            records += offer(request(ring, request), set);
        }
        assertNothingWrong();
        assertThat(finding("records_distinct")).isEqualTo(records);
        assertThat(finding("records_compared")).isEqualTo(records);
    }

    @ParameterizedTest
    @EnumSource(DataSet.class)
    void findsNothingWrongAfterAnotherProtobufLibraryWroteItAgain(DataSet set)
            throws InvalidProtocolBufferException {
        byte[] bytes = request(ring(set), 6);
        byte[] again =
                switch (set.signal()) {
                    case LOGS -> ExportLogsServiceRequest.parseFrom(bytes).toByteArray();
                    case TRACES -> ExportTraceServiceRequest.parseFrom(bytes).toByteArray();
                    case METRICS -> ExportMetricsServiceRequest.parseFrom(bytes).toByteArray();
                };
        assertThat(again).isEqualTo(bytes);
        offer(again, set);
        assertNothingWrong();
    }

    @Test
    void findsLossAndDuplicates() {
        Ring ring = ring(DataSet.LOGS_350);
        Ledger ledger = new Ledger(3, RECORDS, 0);
        for (long request = 0; request < 100; request++) {
            ledger.note(request, Ledger.Fate.ACCEPTED);
            if (request != 17) {
                offer(request(ring, request), DataSet.LOGS_350);
            }
        }
        offer(request(ring, 40), DataSet.LOGS_350);
        Facts facts = new LedgerCheck(checker).check(ledger.toText());
        assertThat(facts.number("accepted_records", -1)).isEqualTo(100 * RECORDS);
        assertThat(facts.number("lost_records", -1)).isEqualTo(RECORDS);
        assertThat(finding("records_duplicate")).isEqualTo(RECORDS);
        assertThat(finding("records_changed")).isZero();
    }

    @Test
    void findsASingleLostRecord() throws InvalidProtocolBufferException {
        Ledger ledger = new Ledger(3, RECORDS, 0);
        ledger.note(0, Ledger.Fate.ACCEPTED);
        var builder =
                ExportLogsServiceRequest.parseFrom(request(ring(DataSet.LOGS_350), 0)).toBuilder();
        builder.getResourceLogsBuilder(0).getScopeLogsBuilder(0).removeLogRecords(11);
        offer(builder.build().toByteArray(), DataSet.LOGS_350);
        Facts facts = new LedgerCheck(checker).check(ledger.toText());
        assertThat(facts.number("lost_records", -1)).isEqualTo(1);
    }

    @Test
    void everythingIsLostWhenNothingArrived() {
        Ledger ledger = new Ledger(3, RECORDS, 0);
        ledger.note(0, Ledger.Fate.ACCEPTED);
        ledger.note(1, Ledger.Fate.REFUSED);
        Facts facts = new LedgerCheck(checker).check(ledger.toText());
        assertThat(facts.number("lost_records", -1)).isEqualTo(RECORDS);
    }

    @Test
    void tellsRefusedAndUncertainFromLost() {
        Ring ring = ring(DataSet.SPANS);
        Ledger ledger = new Ledger(3, RECORDS, 0);
        ledger.note(0, Ledger.Fate.ACCEPTED);
        ledger.note(1, Ledger.Fate.REFUSED);
        ledger.note(2, Ledger.Fate.UNCERTAIN);
        ledger.note(3, Ledger.Fate.UNCERTAIN);
        offer(request(ring, 0), DataSet.SPANS);
        offer(request(ring, 1), DataSet.SPANS);
        offer(request(ring, 2), DataSet.SPANS);
        Facts facts = new LedgerCheck(checker).check(ledger.toText());
        assertThat(facts.number("lost_records", -1)).isZero();
        assertThat(facts.number("refused_arrived_records", -1)).isEqualTo(RECORDS);
        assertThat(facts.number("uncertain_arrived_records", -1)).isEqualTo(RECORDS);
    }

    @Test
    void countsBodiesThatRepeat() {
        Ring ring = new Ring(new Descriptor(3, RECORDS, DataSet.LOGS_350, 1, 4, true));
        Ledger ledger = new Ledger(3, RECORDS, 4);
        for (int pass = 0; pass < 3; pass++) {
            for (long slot = 0; slot < 4; slot++) {
                ledger.note(pass * 4L + slot, Ledger.Fate.ACCEPTED);
                if (pass != 1 || slot != 2) {
                    offer(request(ring, slot), DataSet.LOGS_350);
                }
            }
        }
        offer(request(ring, 0), DataSet.LOGS_350);
        Facts facts = new LedgerCheck(checker).check(ledger.toText());
        assertThat(facts.number("accepted_records", -1)).isEqualTo(12 * RECORDS);
        assertThat(facts.number("lost_records", -1)).isEqualTo(RECORDS);
        assertThat(facts.number("surplus_records", -1)).isEqualTo(RECORDS);
    }

    @Test
    void findsAChangedBody() throws InvalidProtocolBufferException {
        var builder =
                ExportLogsServiceRequest.parseFrom(request(ring(DataSet.LOGS_350), 0)).toBuilder();
        var log = builder.getResourceLogsBuilder(0).getScopeLogsBuilder(0).getLogRecordsBuilder(5);
        ByteString text = log.getBody().getStringValueBytes();
        log.getBodyBuilder()
                .setStringValueBytes(text.substring(1).concat(ByteString.copyFromUtf8("~")));
        offer(builder.build().toByteArray(), DataSet.LOGS_350);
        assertThat(finding("records_changed")).isEqualTo(1);
    }

    @Test
    void findsAMissingAttributeWithoutComparing() throws InvalidProtocolBufferException {
        Checker lazy = new Checker(Checker.Depth.FULL, 1_000_000);
        RecordScanner lazyScanner = new RecordScanner(lazy);
        byte[] good = request(ring(DataSet.SPANS), 0);
        var builder = ExportTraceServiceRequest.parseFrom(good).toBuilder();
        builder.getResourceSpansBuilder(0)
                .getScopeSpansBuilder(0)
                .getSpansBuilder(7)
                .removeAttributes(3);
        byte[] bad = builder.build().toByteArray();
        lazyScanner.scan(bad, 0, bad.length, DataSet.SPANS.signal(), true);
        assertThat(lazy.facts().number("records_changed", -1)).isEqualTo(1);
    }

    @Test
    void findsAChangedTimeOfAPointAndAForeignId() throws InvalidProtocolBufferException {
        var points =
                ExportMetricsServiceRequest.parseFrom(request(ring(DataSet.POINTS), 0)).toBuilder();
        var gauge =
                points.getResourceMetricsBuilder(0)
                        .getScopeMetricsBuilder(0)
                        .getMetricsBuilder(0)
                        .getGaugeBuilder();
        gauge.getDataPointsBuilder(0).setTimeUnixNano(gauge.getDataPoints(0).getTimeUnixNano() + 1);
        offer(points.build().toByteArray(), DataSet.POINTS);
        assertThat(finding("records_changed")).isEqualTo(1);

        var logs =
                ExportLogsServiceRequest.parseFrom(request(ring(DataSet.LOGS_350), 0)).toBuilder();
        logs.getResourceLogsBuilder(0)
                .getScopeLogsBuilder(0)
                .getLogRecordsBuilder(5)
                .setSpanId(ByteString.copyFromUtf8("eight678"));
        checker.reset();
        offer(logs.build().toByteArray(), DataSet.LOGS_350);
        assertThat(finding("records_unidentified")).isEqualTo(1);
    }

    @Test
    void findsAPointUnderAnotherMetricAndAChangedResource() throws InvalidProtocolBufferException {
        var points =
                ExportMetricsServiceRequest.parseFrom(request(ring(DataSet.POINTS), 0)).toBuilder();
        var scope = points.getResourceMetricsBuilder(0).getScopeMetricsBuilder(0);
        scope.getMetricsBuilder(0).setName("system.memory.limits");
        offer(points.build().toByteArray(), DataSet.POINTS);
        assertThat(finding("records_changed"))
                .isEqualTo(scope.getMetrics(0).getGauge().getDataPointsCount());

        var logs =
                ExportLogsServiceRequest.parseFrom(request(ring(DataSet.LOGS_350), 0)).toBuilder();
        logs.getResourceLogsBuilder(0).getResourceBuilder().setDroppedAttributesCount(1);
        checker.reset();
        offer(logs.build().toByteArray(), DataSet.LOGS_350);
        assertThat(finding("resources_changed")).isEqualTo(1);
    }

    @Test
    void damagedRequestIsMalformed() {
        byte[] bytes = request(ring(DataSet.LOGS_350), 0);
        assertThat(scanner.scan(bytes, 0, bytes.length - 1, DataSet.LOGS_350.signal(), true))
                .isEqualTo(-1);
        assertThat(scanner.scan(new byte[] {7, 7}, 0, 2, DataSet.LOGS_350.signal(), true))
                .isEqualTo(-1);
    }

    @Test
    void telemetryOfOthersIsCountedAndNotChecked() {
        byte[] bytes =
                ExportLogsServiceRequest.newBuilder()
                        .addResourceLogs(
                                io.opentelemetry.proto.logs.v1.ResourceLogs.newBuilder()
                                        .addScopeLogs(
                                                io.opentelemetry.proto.logs.v1.ScopeLogs
                                                        .newBuilder()
                                                        .addLogRecords(
                                                                io.opentelemetry.proto.logs.v1
                                                                        .LogRecord
                                                                        .getDefaultInstance())))
                        .build()
                        .toByteArray();
        assertThat(offer(bytes, DataSet.LOGS_350)).isEqualTo(1);
        assertThat(finding("records_unidentified")).isEqualTo(1);
    }
}
