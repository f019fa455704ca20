package dev.colonnade.pipeline.processor.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.pipeline.Processor.Outcome;
import dev.colonnade.pipeline.processor.attributes.ProcessorHarness.Result;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What each action does to a log record, and what happens at the limits.
final class AttributesProcessorTest {
    private final ProcessorHarness harness = ProcessorHarness.create();

    @AfterEach
    void nothingLeaked() {
        harness.close();
    }

    @Test
    void insertsBehindTheOthersAndOnlyWhereTheKeyIsMissing() throws Exception {
        ActionConfig insert = ActionConfig.of("insert", "env").value(AttributeValue.of("prod"));
        assertThat(edit(List.of(insert), text("a", "1")))
                .containsExactly(text("a", "1"), text("env", "prod"));
        assertThat(edit(List.of(insert), text("env", "test"), text("a", "1")))
                .containsExactly(text("env", "test"), text("a", "1"));
    }

    @Test
    void renamesByInsertFromAttributeAndDelete() throws Exception {
        List<ActionConfig> rename =
                List.of(
                        ActionConfig.of("insert", "new").fromAttribute("old"),
                        ActionConfig.of("delete", "old"));
        assertThat(edit(rename, text("a", "1"), number("old", 7), text("b", "2")))
                .containsExactly(text("a", "1"), text("b", "2"), number("new", 7));
        assertThat(edit(rename, text("a", "1"))).containsExactly(text("a", "1"));
    }

    @Test
    void everyActionSeesWhatTheOneBeforeDid() throws Exception {
        List<ActionConfig> actions =
                List.of(
                        ActionConfig.of("delete", "a"),
                        ActionConfig.of("insert", "a").value(AttributeValue.of(41)),
                        ActionConfig.of("convert", "a").convertedType("string"),
                        ActionConfig.of("upsert", "b").fromAttribute("a"),
                        ActionConfig.of("update", "missing").fromAttribute("a"));
        assertThat(edit(actions, text("b", "x"), text("a", "old")))
                .containsExactly(text("b", "41"), text("a", "41"));
    }

    @Test
    void hashesAsTheCollectorDoes() throws Exception {
        List<ActionConfig> hash = List.of(ActionConfig.of("hash", "k"));
        // sha256 of "hello", of one zero byte, and of eight bytes that hold 42.
        assertThat(edit(hash, text("k", "hello")))
                .containsExactly(
                        text(
                                "k",
                                "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
        assertThat(edit(hash, attribute("k", AnyValue.newBuilder().setBoolValue(false))))
                .containsExactly(
                        text(
                                "k",
                                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"));
        assertThat(edit(hash, attribute("k", AnyValue.newBuilder())))
                .containsExactly(text("k", ""));
        // Longer than the chunk in which it is read.
        assertThat(edit(hash, text("k", "x".repeat(10_000))))
                .containsExactly(
                        KeyValue.newBuilder()
                                .setKey("k")
                                .setValue(
                                        ReferenceActions.hash(
                                                ReferenceActions.text("x".repeat(10_000))))
                                .build());
    }

    @Test
    void hidesEveryOccurrenceOfAKey() throws Exception {
        KeyValue[] twice = {text("password", "one"), text("a", "1"), text("password", "two")};
        assertThat(edit(List.of(ActionConfig.of("delete", "password")), twice))
                .containsExactly(text("a", "1"));
        assertThat(
                        edit(
                                List.of(
                                        ActionConfig.of("update", "password")
                                                .value(AttributeValue.of("***"))),
                                twice))
                .containsExactly(text("password", "***"), text("a", "1"), text("password", "***"));
    }

    @Test
    void extractsNamedGroupsWithUnderscoresAndSetsUnmatchedOnesEmpty() throws Exception {
        ActionConfig extract =
                ActionConfig.of("extract", "http.url")
                        .pattern(
                                "^(?P<http_protocol>.*):\\/\\/(?P<http_domain>.*)\\/(?P<http_path>.*)"
                                        + "(\\?|\\&)?(?P<http_query>x)?"
                                                .replace("(\\?|\\&)?", "(?:\\?|\\&)?"));
        assertThat(edit(List.of(extract), text("http.url", "https://example.org/cart")))
                .containsExactly(
                        text("http.url", "https://example.org/cart"),
                        text("http_protocol", "https"),
                        text("http_domain", "example.org"),
                        text("http_path", "cart"),
                        text("http_query", ""));
    }

    @Test
    void anExpressionThatIsHardForOthersTakesLinearTime() throws Exception {
        ActionConfig extract = ActionConfig.of("extract", "k").pattern("^(?P<all>(?:a+)+)$");
        String hostile = "a".repeat(20_000) + "!";
        assertThat(edit(List.of(extract), text("k", hostile))).containsExactly(text("k", hostile));
    }

    @Test
    void lengthsGrowAcrossEveryVarintBoundary() throws Exception {
        for (int size : new int[] {1, 90, 127, 128, 16_300, 16_383, 16_384, 2_097_100}) {
            List<ActionConfig> insert =
                    List.of(
                            ActionConfig.of("insert", "grown")
                                    .value(AttributeValue.of("y".repeat(60))));
            List<KeyValue> edited = edit(insert, text("k", "x".repeat(size)));
            assertThat(edited)
                    .containsExactly(text("k", "x".repeat(size)), text("grown", "y".repeat(60)));
            List<ActionConfig> delete = List.of(ActionConfig.of("delete", "k"));
            assertThat(edit(delete, text("k", "x".repeat(size)), text("a", "1")))
                    .containsExactly(text("a", "1"));
        }
    }

    @Test
    void aRequestWithNothingToDoIsNotCopied() {
        byte[] request = request(List.of(text("a", "1"), text("b", "2"))).toByteArray();
        List<ActionConfig> actions =
                List.of(
                        ActionConfig.of("update", "c").value(AttributeValue.of("x")),
                        ActionConfig.of("delete", "d"));
        assertThat(harness.run(processor(actions), Signal.LOGS, request).outcome())
                .isEqualTo(Outcome.UNCHANGED);
        assertThat(harness.grows()).isZero();
    }

    /// Scenario: records that do not match hold lengths with more bytes than they need and unknown
    /// fields; one record in the middle matches. Guarantee: the others leave byte by byte.
    @Test
    void recordsThatDoNotMatchAreCopiedAsTheyAre() throws Exception {
        byte[] odd = {
            0x12, (byte) 0x8a, 0x00, 0x32, 0x08, 0x0a, 0x01, 'z', 0x12, 0x03, 0x0a, 0x01, 'q'
        };
        byte[] changed = {0x12, 0x0a, 0x32, 0x08, 0x0a, 0x01, 'k', 0x12, 0x03, 0x0a, 0x01, 'q'};
        byte[] scope = concat(odd, odd, changed, odd);
        byte[] request = {0x0a, 0, 0x12, 0};
        request[1] = (byte) (scope.length + 2);
        request[3] = (byte) scope.length;
        byte[] result =
                run(
                        List.of(ActionConfig.of("update", "k").value(AttributeValue.of("qq"))),
                        concat(request, scope));
        byte[] after = {0x12, 0x0b, 0x32, 0x09, 0x0a, 0x01, 'k', 0x12, 0x04, 0x0a, 0x02, 'q', 'q'};
        byte[] header = request.clone();
        header[1]++;
        header[3]++;
        assertThat(result).isEqualTo(concat(header, odd, odd, after, odd));
    }

    @Test
    void refusedMemoryIsAnAnswerAndLeavesNothingBehind() {
        List<KeyValue> attributes = List.of(text("a", "x".repeat(600_000)));
        byte[] request = request(attributes).toByteArray();
        try (ProcessorHarness small = new ProcessorHarness(256 << 10)) {
            Result result =
                    small.run(
                            processor(
                                    List.of(
                                            ActionConfig.of("insert", "b")
                                                    .value(AttributeValue.of(1)))),
                            Signal.LOGS,
                            request);
            assertThat(result.outcome()).isEqualTo(Outcome.REFUSED_MEMORY);
        }
    }

    @Test
    void aTargetThatBecomesTooSmallIsWidened() throws Exception {
        List<KeyValue> attributes = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            attributes.add(text("a" + i, "1"));
        }
        List<ActionConfig> actions =
                List.of(
                        ActionConfig.of("hash", "").pattern("^a"),
                        ActionConfig.of("insert", "long")
                                .value(AttributeValue.of("y".repeat(100_000))));
        List<KeyValue> edited = edit(actions, attributes.toArray(new KeyValue[0]));
        assertThat(edited).hasSize(501);
        assertThat(harness.grows()).isGreaterThan(1);
    }

    /// Scenario: the target was widened for the last two bytes, then the record, its scope and its
    /// resource lose a byte of their lengths each: one more than was written since.
    @Test
    void lengthsShrinkInATargetThatHasNoRoom() throws Exception {
        harness.giveNoMoreThanNeeded();
        List<ActionConfig> actions = List.of(ActionConfig.of("update", "k").fromAttribute("e"));
        for (int size = 60; size < 130; size++) {
            ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
            LogRecord.Builder log =
                    request.addResourceLogsBuilder().addScopeLogsBuilder().addLogRecordsBuilder();
            log.addAttributesBuilder().setKey("e");
            log.addAttributes(text("k", "x".repeat(size)));
            byte[] bytes = request.build().toByteArray();
            log.setAttributes(1, attribute("k", AnyValue.newBuilder()));
            assertThat(ExportLogsServiceRequest.parseFrom(run(actions, bytes)))
                    .isEqualTo(request.build());
        }
    }

    @Test
    void aRecordThatRepeatsAKeyWithoutEndIsRefused() throws Exception {
        KeyValue[] most = new KeyValue[AttributeTable.ENTRIES_MAX];
        Arrays.fill(most, text("k", "v"));
        List<ActionConfig> delete = List.of(ActionConfig.of("delete", "k"));
        assertThat(edit(delete, most)).isEmpty();
        List<KeyValue> more = new ArrayList<>(List.of(most));
        more.add(text("k", "v"));
        assertThat(
                        harness.run(processor(delete), Signal.LOGS, request(more).toByteArray())
                                .outcome())
                .isEqualTo(Outcome.MALFORMED);
    }

    @Test
    void aRecordWhoseValuesGrowWithoutEndIsRefused() {
        List<KeyValue> attributes = new ArrayList<>();
        AnyValue list = ReferenceActions.any(AttributeValue.of(List.of("\n".repeat(100_000))));
        for (int i = 0; i < 30; i++) {
            attributes.add(KeyValue.newBuilder().setKey("k").setValue(list).build());
        }
        List<ActionConfig> convert =
                List.of(ActionConfig.of("convert", "k").convertedType("string"));
        byte[] request = request(attributes).toByteArray();
        assertThat(harness.run(processor(convert), Signal.LOGS, request).outcome())
                .isEqualTo(Outcome.MALFORMED);
    }

    @Test
    void aListTooLargeToBeDecodedStaysAsItIs() throws Exception {
        String large = "x".repeat(ValueDecoder.BYTES_MAX);
        KeyValue attribute =
                KeyValue.newBuilder()
                        .setKey("k")
                        .setValue(ReferenceActions.any(AttributeValue.of(List.of(large))))
                        .build();
        assertThat(
                        edit(
                                List.of(ActionConfig.of("convert", "k").convertedType("string")),
                                attribute))
                .containsExactly(attribute);
    }

    @Test
    void damageIsFoundWhereAnActionLooksAndPassesWhereNoneDoes() {
        byte[] broken = attributeWithDamagedValue();
        List<ActionConfig> hash = List.of(ActionConfig.of("hash", "k"));
        List<ActionConfig> elsewhere = List.of(ActionConfig.of("hash", "other"));
        assertThat(harness.run(processor(hash), Signal.LOGS, broken).outcome())
                .isEqualTo(Outcome.MALFORMED);
        assertThat(harness.run(processor(elsewhere), Signal.LOGS, broken).outcome())
                .isEqualTo(Outcome.UNCHANGED);
    }

    @Test
    void nameOfTheExcludedServiceKeepsItsSpansOutOfSight() {
        // The records of the excluded resource are damaged: nobody may look at them.
        byte[] broken = attributeWithDamagedValue();
        byte[] resource = {
            0x0a, 0x0d, 0x0a, 0x0b, 0x0a, 0x02, 'a', 'a', 0x12, 0x05, 0x0a, 0x03, 'x', 'y', 'z'
        };
        byte[] body = Arrays.copyOfRange(broken, 2, broken.length);
        byte[] request =
                concat(new byte[] {0x0a, (byte) (resource.length + body.length)}, resource, body);
        MatchConfig exclude =
                new MatchConfig(
                        "strict",
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        null,
                        List.of(),
                        List.of(),
                        List.of(new MatchConfig.Attribute("aa", AttributeValue.of("xyz"))),
                        List.of());
        AttributesProcessor processor =
                new AttributesProcessor(
                        new AttributesConfig(null, exclude, List.of(ActionConfig.of("hash", "k"))),
                        Signal.LOGS);
        assertThat(harness.run(processor, Signal.LOGS, request).outcome())
                .isEqualTo(Outcome.UNCHANGED);
    }

    /// One log with attribute `k`, whose value says it is longer than it is.
    private static byte[] attributeWithDamagedValue() {
        byte[] log = {0x32, 0x07, 0x0a, 0x01, 'k', 0x12, 0x02, 0x0a, 0x05};
        byte[] scope = concat(new byte[] {0x12, (byte) log.length}, log);
        byte[] resource = concat(new byte[] {0x12, (byte) scope.length}, scope);
        return concat(new byte[] {0x0a, (byte) resource.length}, resource);
    }

    private List<KeyValue> edit(List<ActionConfig> actions, KeyValue... attributes)
            throws InvalidProtocolBufferException {
        byte[] result = run(actions, request(List.of(attributes)).toByteArray());
        ExportLogsServiceRequest edited = ExportLogsServiceRequest.parseFrom(result);
        LogRecord first = edited.getResourceLogs(0).getScopeLogs(0).getLogRecords(0);
        assertThat(first.getBody().getStringValue()).isEqualTo("line");
        assertThat(edited.getResourceLogs(0).getSchemaUrl()).isEqualTo("schema");
        return first.getAttributesList();
    }

    private byte[] run(List<ActionConfig> actions, byte[] request) {
        Result result = harness.run(processor(actions), Signal.LOGS, request);
        assertThat(result.outcome()).isIn(Outcome.CHANGED, Outcome.UNCHANGED);
        return result.bytes();
    }

    private static AttributesProcessor processor(List<ActionConfig> actions) {
        return new AttributesProcessor(new AttributesConfig(null, null, actions), Signal.LOGS);
    }

    private static ExportLogsServiceRequest request(List<KeyValue> attributes) {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        request.addResourceLogsBuilder()
                .setResource(Resource.newBuilder().addAttributes(text("k", "resource")))
                .setSchemaUrl("schema")
                .addScopeLogsBuilder()
                .addLogRecords(
                        LogRecord.newBuilder()
                                .setTimeUnixNano(1)
                                .setBody(ReferenceActions.text("line"))
                                .addAllAttributes(attributes))
                .addLogRecords(LogRecord.newBuilder().setTimeUnixNano(2));
        return request.build();
    }

    private static KeyValue text(String key, String value) {
        return attribute(key, AnyValue.newBuilder().setStringValue(value));
    }

    private static KeyValue number(String key, long value) {
        return attribute(key, AnyValue.newBuilder().setIntValue(value));
    }

    private static KeyValue attribute(String key, AnyValue.Builder value) {
        return KeyValue.newBuilder().setKey(key).setValue(value).build();
    }

    private static byte[] concat(byte[]... parts) {
        byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
