package dev.colonnade.pipeline.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.pipeline.json.OtlpJsonReader.Status;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a sender may write, what it may not, and what it is told.
final class OtlpJsonReaderTest {
    private final JsonBench bench = new JsonBench();

    @AfterEach
    void leavesNothingBehind() {
        bench.close();
    }

    @Test
    void acceptsBothSpellingsOfNames() throws Exception {
        byte[] snake =
                bench.read(
                        Signal.LOGS,
                        "{\"resource_logs\":[{\"scope_logs\":[{\"log_records\":"
                                + "[{\"time_unix_nano\":5,\"severity_text\":\"x\"}]}]}]}");
        byte[] camel =
                bench.read(
                        Signal.LOGS,
                        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":"
                                + "[{\"timeUnixNano\":5,\"severityText\":\"x\"}]}]}]}");
        assertThat(snake).isEqualTo(camel).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                " {\n} \t",
                "null",
                "{\"resourceLogs\":null}",
                "{\"resourceLogs\":[]}"
            })
    void acceptsRequestsWithoutAnything(String json) {
        assertThat(bench.read(Signal.LOGS, json)).isEmpty();
        assertThat(bench.reader().records()).isZero();
    }

    @Test
    void skipsUnknownFieldsWhateverTheyHold() throws Exception {
        LogRecord record =
                record(
                        "\"unknown\":{\"a\":[1,{\"b\":null}],\"timeUnixNano\":9},\"more\":[[],{}],"
                                + "\"severityText\":\"kept\",\"last\":1e999");
        assertThat(record).isEqualTo(LogRecord.newBuilder().setSeverityText("kept").build());
    }

    @Test
    void takesNullAsAbsent() throws Exception {
        assertThat(
                        record(
                                "\"timeUnixNano\":null,\"severityNumber\":null,\"severityText\":null,"
                                    + "\"body\":null,\"attributes\":null,\"flags\":null,"
                                    + "\"traceId\":null"))
                .isEqualTo(LogRecord.getDefaultInstance());
        assertThat(record("\"attributes\":[null]").getAttributesCount()).isOne();
        assertThat(value("null")).isEqualTo(AnyValue.getDefaultInstance());
    }

    @Test
    void takesTheLastOfASingleFieldAndAllOfAList() throws Exception {
        LogRecord record =
                record(
                        "\"severityText\":\"a\",\"severityText\":\"\",\"flags\":5,\"flags\":0,"
                            + "\"attributes\":[{\"key\":\"a\"}],\"attributes\":[{\"key\":\"b\"}]");
        assertThat(record.getSeverityText()).isEmpty();
        assertThat(record.getFlags()).isZero();
        assertThat(record.getAttributesList()).extracting("key").containsExactly("a", "b");
        assertThat(value("{\"stringValue\":\"a\",\"intValue\":0}").hasIntValue()).isTrue();
    }

    @Test
    void takesAnEmptyObjectAsAnEmptyValue() throws Exception {
        assertThat(record("\"body\":{}").hasBody()).isTrue();
        assertThat(value("{}")).isEqualTo(AnyValue.getDefaultInstance());
        assertThat(value("{\"stringValue\":\"\"}").hasStringValue()).isTrue();
        assertThat(value("{\"boolValue\":false}").hasBoolValue()).isTrue();
        assertThat(value("{\"arrayValue\":{}}").hasArrayValue()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "'\"0\"',0",
        "-1,-1",
        "'\"-1\"',-1",
        "9223372036854775807,9223372036854775807",
        "'\"-9223372036854775808\"',-9223372036854775808",
        "'\"007\"',7",
        "-0,0"
    })
    void readsSignedIntegersAsTextOrNumber(String json, long expected) throws Exception {
        assertThat(value("{\"intValue\":" + json + "}").getIntValue()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.0",
                "1e3",
                "\"1.0\"",
                "\"\"",
                "\"-\"",
                "\"+1\"",
                "\" 1\"",
                "\"0x1\"",
                "true",
                "{}",
                "[]",
                "9223372036854775808",
                "\"-9223372036854775809\"",
                "\"1\u0660\"",
                "99999999999999999999999999",
                "\"18446744073709551616\""
            })
    void refusesWhatIsNoSignedInteger(String json) {
        String error = refusedRecord("\"body\":{\"intValue\":" + json + "}");
        assertThat(error)
                .contains("field=resourceLogs[0].scopeLogs[0].logRecords[0].body.intValue");
    }

    @Test
    void readsUnsignedIntegersToTheirEdge() throws Exception {
        LogRecord record = record("\"timeUnixNano\":\"18446744073709551615\",\"flags\":4294967295");
        assertThat(record.getTimeUnixNano()).isEqualTo(-1L);
        assertThat(record.getFlags()).isEqualTo(-1);
        assertThat(record("\"droppedAttributesCount\":\"17\"").getDroppedAttributesCount())
                .isEqualTo(17);
        assertThat(refusedRecord("\"timeUnixNano\":\"18446744073709551616\""))
                .contains("cause=not an unsigned integer of 64 bits");
        assertThat(refusedRecord("\"timeUnixNano\":\"28446744073709551615\"")).isNotEmpty();
        assertThat(refusedRecord("\"timeUnixNano\":-1")).isNotEmpty();
        assertThat(refusedRecord("\"flags\":4294967296"))
                .contains("cause=not an unsigned integer of 32 bits");
    }

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "1.5,1.5",
        "'\"1.5e3\"',1500",
        "-0.0,-0.0",
        "'\"NaN\"',NaN",
        "'\"Infinity\"',Infinity",
        "'\"-Infinity\"',-Infinity",
        "4.9e-324,4.9e-324",
        "123456789012345678901234567890,1.2345678901234568e29"
    })
    void readsDoubles(String json, Double expected) throws Exception {
        assertThat(value("{\"doubleValue\":" + json + "}").getDoubleValue()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\"", "\"nan\"", "\"+1\"", "\"1f\"", "\"0x1p3\"", "\" 1\"", "\"1.\"", "\".5\"",
                "\"1e\"", "NaN", "Infinity", "1e999", "1E400000000000", "\"-1e999\"", "true",
                        "\"Inf\""
            })
    void refusesWhatIsNoDouble(String json) {
        assertThat(refusedRecord("\"body\":{\"doubleValue\":" + json + "}")).contains("line=1");
    }

    @Test
    void readsEnumerationsByNameOrNumber() throws Exception {
        assertThat(record("\"severityNumber\":\"SEVERITY_NUMBER_WARN2\"").getSeverityNumberValue())
                .isEqualTo(14);
        assertThat(record("\"severityNumber\":14").getSeverityNumberValue()).isEqualTo(14);
        assertThat(record("\"severityNumber\":-7").getSeverityNumberValue()).isEqualTo(-7);
        assertThat(refusedRecord("\"severityNumber\":\"WARN2\""))
                .contains("cause=no such enumeration value");
        assertThat(refusedRecord("\"severityNumber\":1.5")).contains("got=decimal");
    }

    @Test
    void readsIdsInHex() throws Exception {
        LogRecord record =
                record("\"traceId\":\"5B8EFFF798038103d269b633813fc60c\",\"spanId\":\"\"");
        assertThat(record.getTraceId().byteAt(0)).isEqualTo((byte) 0x5b);
        assertThat(record.getTraceId().size()).isEqualTo(16);
        assertThat(record.getSpanId()).isEqualTo(ByteString.EMPTY);
        assertThat(refusedRecord("\"traceId\":\"5b8e\""))
                .contains("cause=hex id has a wrong length: expected=32, got=4");
        assertThat(refusedRecord("\"spanId\":\"eee19b7ec3c1b17x\""))
                .contains("cause=id is not hex");
        assertThat(refusedRecord("\"spanId\":\"\u0665ee19b7ec3c1b174\"")).contains("not hex");
        assertThat(refusedRecord("\"spanId\":17")).contains("wrong type");
    }

    @ParameterizedTest
    @CsvSource({"'',0", "AA==,1", "AA,1", "AAE=,2", "AAE,2", "AAEC,3", "_-8=,2", "/+8=,2"})
    void readsBase64(String text, int bytes) throws Exception {
        AnyValue value = value("{\"bytesValue\":\"" + text + "\"}");
        assertThat(value.hasBytesValue()).isTrue();
        assertThat(value.getBytesValue().size()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"A", "A===", "AA=A", "A?==", "AAA==", "=", "AAAA=", "AA AA", "\u00e4AAA"})
    void refusesWhatIsNoBase64(String text) {
        assertThat(refusedRecord("\"body\":{\"bytesValue\":\"" + text + "\"}"))
                .contains("cause=bytes are not base64");
    }

    @Test
    void readsTextOfAllPlanes() throws Exception {
        String text = "\\u00e4\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000 \ud83d\ude00\u20ac";
        assertThat(value("{\"stringValue\":\"" + text + "\"}").getStringValue())
                .isEqualTo("\u00e4\ud83d\ude00\"\\/\b\f\n\r\t\0 \ud83d\ude00\u20ac");
    }

    @ParameterizedTest
    @CsvSource({
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\ud83d",
        "\\ude00\\ud83d",
        "\\ud83dx",
        "x\\ud83d\u20ac"
    })
    void replacesHalvesOfSurrogatePairs(String text) throws Exception {
        String expected = text.replace("\\ud83d", "\ufffd").replace("\\ude00", "\ufffd");
        assertThat(value("{\"stringValue\":\"" + text + "\"}").getStringValue())
                .isEqualTo(expected);
    }

    @Test
    void readsTextsLongerThanEveryBuffer() throws Exception {
        for (int length : new int[] {127, 128, 8191, 8192, 8193, 20_000, 300_000}) {
            String text = "\u00e9\ud83d\ude00x".repeat(length / 4) + "y".repeat(length % 4);
            assertThat(value("{\"stringValue\":\"" + text + "\"}").getStringValue())
                    .isEqualTo(text);
        }
    }

    @Test
    void refusesTextLongerThanItsLimit() {
        JsonLimits limits = new JsonLimits(64, 1000, 128, 100, 1 << 20);
        try (JsonBench strict = new JsonBench(limits, 1 << 20)) {
            strict.read(Signal.LOGS, log("\"severityText\":\"" + "x".repeat(1000) + "\""));
            String error =
                    strict.refusal(
                            Signal.LOGS, log("\"severityText\":\"" + "x".repeat(10_000) + "\""));
            assertThat(error).contains("cause=string is too long: charsMax=1000");
            assertThat(strict.refusal(Signal.LOGS, log("\"" + "n".repeat(1000) + "\":1")))
                    .contains("Name length");
            assertThat(strict.refusal(Signal.LOGS, log("\"unknown\":" + "1".repeat(1000))))
                    .contains("Number value length");
        }
    }

    @Test
    void refusesDeepNesting() throws Exception {
        int fits = (JsonLimits.DEFAULTS.depthMax() - 8) / 3;
        assertThat(record("\"body\":" + nested(fits)).hasBody()).isTrue();
        assertThat(refusedRecord("\"body\":" + nested(fits + 1)))
                .contains("cause=nested too deep: depthMax=64");
        assertThat(refusedRecord("\"unknown\":" + "[".repeat(100_000))).contains("nested too deep");
        assertThat(bench.refusal(Signal.LOGS, "{\"resourceLogs\":".repeat(1000)))
                .contains("wrong type: expected=array, got=object");
    }

    @Test
    void refusesTooMuchOutput() {
        try (JsonBench strict =
                new JsonBench(JsonLimits.DEFAULTS.withOutputBytesMax(500), 1 << 20)) {
            byte[] json =
                    log("\"attributes\":[" + "{\"key\":\"abc\"},".repeat(100) + "null]")
                            .getBytes(StandardCharsets.UTF_8);
            strict.tryRead(Signal.LOGS, json, 1000);
            assertThat(strict.status()).isEqualTo(Status.TOO_LARGE);
            assertThat(strict.reader().error()).contains("bytesMax=500");
        }
    }

    @Test
    void saysWhenMemoryIsFull() {
        try (JsonBench small = new JsonBench(JsonLimits.DEFAULTS, 64 << 10)) {
            byte[] json =
                    log("\"attributes\":[" + "{\"key\":\"abc\"},".repeat(20_000) + "null]")
                            .getBytes(StandardCharsets.UTF_8);
            small.tryRead(Signal.LOGS, json, json.length);
            assertThat(small.status()).isEqualTo(Status.MEMORY_FULL);
            assertThat(small.read(Signal.LOGS, log(""))).isNotEmpty();
        }
    }

    @Test
    void refusesDocumentsCutAnywhere() {
        byte[] json =
                log("\"severityText\":\"\\u00e4\u20ac\",\"flags\":12,\"body\":{\"boolValue\":true}")
                        .getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length < json.length; length++) {
            String error = bench.refusal(Signal.LOGS, Arrays.copyOf(json, length));
            assertThat(error).startsWith("truncated OTLP/JSON: line=1, column=");
        }
    }

    @Test
    void neverThrowsAtChangedBytes() {
        byte[] json =
                log("\"severityText\":\"\\u00e4\u20ac\",\"flags\":12,\"traceId\":\"\",\"body\":{}")
                        .getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < json.length; at++) {
            for (int value : new int[] {0, '"', '\\', '{', ']', ',', 0x80, 0xff, 0xed, '-', 'e'}) {
                byte[] changed = json.clone();
                changed[at] = (byte) value;
                bench.tryRead(Signal.LOGS, changed, 16);
                boolean isRefused = bench.status() == Status.MALFORMED;
                assertThat(bench.reader().error().isEmpty()).isEqualTo(!isRefused);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "1",
                "\"x\"",
                "true",
                "{}{}",
                "{} x",
                "{}1",
                "{},",
                "{'a':1}",
                "{a:1}",
                "{\"resourceLogs\":[}",
                "{\"resourceLogs\":{}}",
                "{\"resourceLogs\":[1]}",
                "{\"resourceLogs\":[[]]}",
                "{\"resourceLogs\":\"\"}",
                "{\"a\":1,}",
                "{\"a\":[1,]}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"\n\"}",
                "{\"a\":01}",
                "{\"a\":+1}",
                "{\"a\":.5}",
                "{\"a\":1.}",
                "{\"a\":nul}",
                "{\"a\":tru}",
                "{\"a\" 1}",
                "\0{}",
                "{}\0",
                "{\"a\":\"\0\"}",
                "{} null",
                "null null",
                "/* */{}",
                "{\"a\":-}"
            })
    void refusesWhatIsNoRequest(String json) {
        assertThat(bench.refusal(Signal.LOGS, json))
                .contains("OTLP/JSON: line=")
                .contains("cause=");
    }

    @Test
    void refusesByteOrderMarksAndOtherEncodings() {
        assertThat(bench.refusal(Signal.LOGS, "\ufeff{}")).contains("cause=byte order mark");
        assertThat(bench.refusal(Signal.LOGS, "{}".getBytes(StandardCharsets.UTF_16LE)))
                .isNotEmpty();
        assertThat(bench.refusal(Signal.LOGS, "{}".getBytes(StandardCharsets.UTF_16BE)))
                .isNotEmpty();
        byte[] latin = log("\"severityText\":\"\u00e4\"").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(bench.refusal(Signal.LOGS, latin)).startsWith("malformed OTLP/JSON: line=1");
    }

    @Test
    void namesLineColumnByteAndField() {
        String json =
                "{\"resourceLogs\":\n [{},\n  {\"resource\":{\"attributes\":[{},{\"key\":7}]}}]}";
        assertThat(bench.refusal(Signal.LOGS, json))
                .isEqualTo(
                        "malformed OTLP/JSON: line=3, column=40, byte=63,"
                                + " field=resourceLogs[1].resource.attributes[1].key,"
                                + " cause=wrong type: expected=string, got=integer");
    }

    /// Scenario: a metric is given two kinds of data. Guarantees: the count is that of what
    /// protobuf's readers keep.
    @Test
    void countsWhatAMetricKeeps() throws Exception {
        byte[] read =
                bench.read(
                        Signal.METRICS,
                        "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"gauge\":"
                            + "{\"dataPoints\":[{},{}]},\"sum\":{\"dataPoints\":[{\"asInt\":1}]},"
                            + "\"sum\":{\"dataPoints\":[{}]}}]}]}]}");
        NumberDataPoint first =
                ExportMetricsServiceRequest.parseFrom(read)
                        .getResourceMetrics(0)
                        .getScopeMetrics(0)
                        .getMetrics(0)
                        .getSum()
                        .getDataPoints(0);
        assertThat(first.getAsInt()).isOne();
        assertThat(bench.reader().records()).isEqualTo(2);
    }

    private LogRecord record(String fields) throws InvalidProtocolBufferException {
        return ExportLogsServiceRequest.parseFrom(bench.read(Signal.LOGS, log(fields)))
                .getResourceLogs(0)
                .getScopeLogs(0)
                .getLogRecords(0);
    }

    private AnyValue value(String json) throws InvalidProtocolBufferException {
        return record("\"body\":" + json).getBody();
    }

    private String refusedRecord(String fields) {
        return bench.refusal(Signal.LOGS, log(fields));
    }

    private static String log(String fields) {
        return "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{" + fields + "}]}]}]}";
    }

    private static String nested(int depth) {
        return "{\"arrayValue\":{\"values\":[".repeat(depth) + "{}" + "]}}".repeat(depth);
    }
}
