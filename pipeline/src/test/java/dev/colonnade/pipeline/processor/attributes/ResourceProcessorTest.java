package dev.colonnade.pipeline.processor.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.Processor.Outcome;
import dev.colonnade.pipeline.processor.attributes.ProcessorHarness.Result;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What `resource` does where resources are missing or in parts, and to what it leaves alone.
final class ResourceProcessorTest {
    private final ProcessorHarness harness = ProcessorHarness.create();
    private final ResourceProcessor insert =
            new ResourceProcessor(
                    new ResourceConfig(
                            List.of(
                                    ActionConfig.of("insert", "env")
                                            .value(AttributeValue.of("prod")))));

    @AfterEach
    void nothingLeaked() {
        harness.close();
    }

    @Test
    void aResourceIsMadeWhereThereIsNone() throws Exception {
        ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
        request.addResourceSpansBuilder().addScopeSpansBuilder().addSpansBuilder().setName("x");
        ExportTraceServiceRequest expected =
                request.clone()
                        .setResourceSpans(
                                0,
                                request.getResourceSpans(0).toBuilder()
                                        .setResource(
                                                io.opentelemetry.proto.resource.v1.Resource
                                                        .newBuilder()
                                                        .addAttributes(
                                                                KeyValue.newBuilder()
                                                                        .setKey("env")
                                                                        .setValue(
                                                                                ReferenceActions
                                                                                        .text(
                                                                                                "prod")))))
                        .build();
        Result result = harness.run(insert, Signal.TRACES, request.build().toByteArray());
        assertThat(ExportTraceServiceRequest.parseFrom(result.bytes())).isEqualTo(expected);
    }

    @Test
    void anEmptyRequestStaysAsItIs() {
        assertThat(harness.run(insert, Signal.TRACES, new byte[0]).outcome())
                .isEqualTo(Outcome.UNCHANGED);
    }

    @Test
    void attributesOfRecordsStayAsTheyAre() throws Exception {
        ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
        request.addResourceSpansBuilder()
                .addScopeSpansBuilder()
                .addSpansBuilder()
                .addAttributesBuilder()
                .setKey("env")
                .setValue(ReferenceActions.text("record"));
        ResourceProcessor delete =
                new ResourceProcessor(
                        new ResourceConfig(List.of(ActionConfig.of("delete", "env"))));
        assertThat(harness.run(delete, Signal.TRACES, request.build().toByteArray()).outcome())
                .isEqualTo(Outcome.UNCHANGED);
    }
}
