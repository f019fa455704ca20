package dev.colonnade.pipeline.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.colonnade.pipeline.json.OtlpJsonWriter.Result;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is written of odd, damaged and large requests.
final class OtlpJsonWriterTest {
    private final OtlpJsonWriter writer = new OtlpJsonWriter();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void writesNothingAsAnEmptyObject() {
        assertThat(write(new byte[0])).isEqualTo("{}");
        writer.begin();
        assertThat(writer.write(Signal.TRACES, JsonBench.into(out))).isEqualTo(Result.WRITTEN);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("{}{}");
    }

    @Test
    void writesSeveralRequestsAsOneDocument() {
        byte[] first = log(LogRecord.newBuilder().setSeverityText("a"));
        byte[] second = log(LogRecord.newBuilder().setSeverityText("b"));
        try (OffHeapBytes one = OffHeapBytes.copyOf(first);
                OffHeapBytes two = OffHeapBytes.copyOf(second)) {
            writer.begin();
            writer.add(one.address(), one.length());
            writer.add(two.address(), two.length());
            assertThat(writer.write(Signal.LOGS, JsonBench.into(out))).isEqualTo(Result.WRITTEN);
        }
        String record = "{\"scopeLogs\":[{\"logRecords\":[{\"severityText\":\"%s\"}]}]}";
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"resourceLogs\":["
                                + record.formatted("a")
                                + ","
                                + record.formatted("b")
                                + "]}");
    }

    @Test
    void mergesMessagesGivenInParts() throws IOException {
        byte[] part = Resource.newBuilder().setDroppedAttributesCount(7).build().toByteArray();
        byte[] other = {0x10, 0x08};
        ByteArrayOutputStream resource = new ByteArrayOutputStream();
        CodedOutputStream fields = CodedOutputStream.newInstance(resource);
        fields.writeByteArray(1, part);
        fields.writeString(3, "url");
        fields.writeByteArray(1, new byte[0]);
        fields.writeByteArray(1, other);
        fields.flush();
        byte[] request =
                ExportLogsServiceRequest.newBuilder()
                        .addResourceLogs(ResourceLogs.parseFrom(resource.toByteArray()))
                        .build()
                        .toByteArray();
        assertThat(request).isNotEmpty();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        CodedOutputStream top = CodedOutputStream.newInstance(whole);
        top.writeByteArray(1, resource.toByteArray());
        top.flush();
        assertThat(write(whole.toByteArray()))
                .isEqualTo(
                        "{\"resourceLogs\":[{\"resource\":{\"droppedAttributesCount\":8},"
                                + "\"schemaUrl\":\"url\"}]}");
    }

    @Test
    void readsNumbersThatAreNotPacked() throws IOException {
        byte[] point = {0x31, 1, 0, 0, 0, 0, 0, 0, 0, 0x32, 0, 0x31, 2, 0, 0, 0, 0, 0, 0, 0};
        byte[] request = point;
        for (int number : new int[] {1, 9, 2, 2, 1}) {
            ByteArrayOutputStream outer = new ByteArrayOutputStream();
            CodedOutputStream fields = CodedOutputStream.newInstance(outer);
            fields.writeByteArray(number, request);
            fields.flush();
            request = outer.toByteArray();
        }
        assertThat(
                        ExportMetricsServiceRequest.parseFrom(request)
                                .getResourceMetrics(0)
                                .getScopeMetrics(0)
                                .getMetrics(0)
                                .getHistogram()
                                .getDataPoints(0)
                                .getBucketCountsList())
                .containsExactly(1L, 2L);
        assertThat(write(Signal.METRICS, request)).contains("\"bucketCounts\":[\"1\",\"2\"]");
    }

    @ParameterizedTest
    @CsvSource({
        "80,R",
        "61 c3,aR",
        "c3 62,Rb",
        "e2 82,R",
        "ed a0 80,RRR",
        "f5 78,Rx",
        "c0 af,RR",
        "f0 9f 98 78,Rx",
        "f4 90 80 80,RRRR",
        "e0 80 80,RRR",
        "ff fe,RR",
        "e2 82 ac,\u20ac",
        "f0 9f 98 80,\ud83d\ude00",
        "ef bf bd,R",
        "f0 8f bf bf,RRRR",
        "ed 9f bf,\ud7ff"
    })
    void replacesBytesThatAreNoUtf8(String hex, String expected) {
        byte[] text = HexFormat.ofDelimiter(" ").parseHex(hex);
        // The body as bytes_value (tag 7) has the same form as string_value (tag 1).
        byte[] request =
                log(
                        LogRecord.newBuilder()
                                .setBody(
                                        AnyValue.newBuilder()
                                                .setBytesValue(ByteString.copyFrom(text))));
        int tag = request.length - text.length - 2;
        assertThat(request[tag]).isEqualTo((byte) 0x3a);
        request[tag] = 0x0a;
        assertThat(write(request))
                .contains("{\"stringValue\":\"" + expected.replace('R', '\ufffd') + "\"}");
    }

    @Test
    void writesWhatDoesNotFitAChunk() {
        String text = "\"\n\u20ac".repeat(40_000) + "plain".repeat(10_000);
        String json =
                write(
                        log(
                                LogRecord.newBuilder()
                                        .setBody(AnyValue.newBuilder().setStringValue(text))));
        assertThat(json)
                .contains(
                        "{\"stringValue\":\""
                                + text.replace("\"", "\\\"").replace("\n", "\\n")
                                + "\"}");
    }

    @Test
    void refusesDamageAtEveryLength() {
        byte[] request =
                log(
                        LogRecord.newBuilder()
                                .setTimeUnixNano(7)
                                .setSeverityText("text")
                                .setBody(AnyValue.newBuilder().setIntValue(300)));
        for (int length = 1; length < request.length; length++) {
            assertThat(tryWrite(Signal.LOGS, Arrays.copyOf(request, length)))
                    .isEqualTo(Result.MALFORMED);
            assertThat(writer.error()).startsWith("malformed OTLP: byte=").contains("within=");
        }
        assertThat(tryWrite(Signal.LOGS, request)).isEqualTo(Result.WRITTEN);
        assertThat(writer.error()).isEmpty();
    }

    @Test
    void refusesDeepNesting() {
        assertThat(tryWrite(Signal.LOGS, nested(47))).isEqualTo(Result.WRITTEN);
        assertThat(tryWrite(Signal.LOGS, nested(48))).isEqualTo(Result.MALFORMED);
        assertThat(writer.error()).contains("cause=nested too deep");
    }

    @Test
    void refusesMessagesInTooManyParts() throws IOException {
        ByteArrayOutputStream resource = new ByteArrayOutputStream();
        CodedOutputStream fields = CodedOutputStream.newInstance(resource);
        for (int part = 0; part < 70_000; part++) {
            fields.writeByteArray(1, new byte[] {0x10, 0x08});
        }
        fields.flush();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        CodedOutputStream top = CodedOutputStream.newInstance(whole);
        top.writeByteArray(1, resource.toByteArray());
        top.flush();
        assertThat(tryWrite(Signal.LOGS, whole.toByteArray())).isEqualTo(Result.MALFORMED);
        assertThat(writer.error()).contains("cause=message in too many parts");
    }

    @Test
    void endsWhenTheSinkIsFull() {
        byte[] request = log(LogRecord.newBuilder().setSeverityText("x".repeat(50_000)));
        int[] taken = {0};
        try (OffHeapBytes input = OffHeapBytes.copyOf(request)) {
            Result result =
                    writer.write(
                            Signal.LOGS, input.address(), input.length(), (_, _) -> taken[0]++ < 2);
            assertThat(result).isEqualTo(Result.REFUSED);
        }
        assertThat(taken[0]).isEqualTo(3);
        assertThat(writer.error()).isEmpty();
    }

    private String write(byte[] request) {
        return write(Signal.LOGS, request);
    }

    private String write(Signal signal, byte[] request) {
        out.reset();
        assertThat(tryWrite(signal, request)).as(writer.error()).isEqualTo(Result.WRITTEN);
        return out.toString(StandardCharsets.UTF_8);
    }

    private Result tryWrite(Signal signal, byte[] request) {
        try (OffHeapBytes input = OffHeapBytes.copyOf(request)) {
            return writer.write(signal, input.address(), input.length(), JsonBench.into(out));
        }
    }

    private static byte[] nested(int depth) {
        AnyValue value = AnyValue.newBuilder().setBoolValue(true).build();
        for (int level = 0; level < depth; level++) {
            value =
                    AnyValue.newBuilder()
                            .setArrayValue(ArrayValue.newBuilder().addValues(value))
                            .build();
        }
        return log(LogRecord.newBuilder().setBody(value));
    }

    private static byte[] log(LogRecord.Builder record) {
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(
                        ResourceLogs.newBuilder()
                                .addScopeLogs(ScopeLogs.newBuilder().addLogRecords(record)))
                .build()
                .toByteArray();
    }
}
