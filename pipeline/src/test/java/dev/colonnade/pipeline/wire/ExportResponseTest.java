package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ExportResponseTest {
    @Test
    void readsWhatBackendsWrite() {
        assertThat(parse(ExportLogsServiceResponse.getDefaultInstance().toByteArray()))
                .isSameAs(ExportResponse.FULL_SUCCESS);
        ExportTraceServiceResponse.Builder spans = ExportTraceServiceResponse.newBuilder();
        spans.getPartialSuccessBuilder().setRejectedSpans(7).setErrorMessage("too old");
        assertThat(parse(spans.build().toByteArray()))
                .isEqualTo(new ExportResponse(7, "too old", true));
        ExportMetricsServiceResponse.Builder points = ExportMetricsServiceResponse.newBuilder();
        points.getPartialSuccessBuilder().setErrorMessage("use another name");
        ExportResponse warning = parse(points.build().toByteArray());
        assertThat(warning).isEqualTo(new ExportResponse(0, "use another name", true));
        assertThat(warning.isFullSuccess()).isFalse();
        assertThat(parse(logs(0, "").toByteArray())).isSameAs(ExportResponse.FULL_SUCCESS);
        assertThat(ExportResponse.FULL_SUCCESS.isFullSuccess()).isTrue();
    }

    @Test
    void mergesRepeatedPartsAndStepsOverUnknownFields() {
        byte[] one = logs(7, "first").toByteArray();
        byte[] two =
                logs(0, "second").toBuilder()
                        .setUnknownFields(
                                UnknownFieldSet.newBuilder()
                                        .mergeField(
                                                5,
                                                UnknownFieldSet.Field.newBuilder()
                                                        .addFixed32(1)
                                                        .addFixed64(2)
                                                        .addVarint(-1)
                                                        .build())
                                        .build())
                        .build()
                        .toByteArray();
        byte[] both = new byte[3 + one.length + two.length];
        System.arraycopy(one, 0, both, 3, one.length);
        System.arraycopy(two, 0, both, 3 + one.length, two.length);
        assertThat(ExportResponse.parse(both, 3, both.length - 3))
                .isEqualTo(new ExportResponse(7, "second", true));
    }

    @Test
    void takesANegativeCountForNone() {
        assertThat(parse(logs(-5, "odd").toByteArray()))
                .isEqualTo(new ExportResponse(0, "odd", true));
    }

    @Test
    void reportsGarbageAsAValue() {
        assertThat(parse(new byte[] {1})).isSameAs(ExportResponse.UNREADABLE);
        assertThat(parse(new byte[] {0x0a, 5, 8})).isSameAs(ExportResponse.UNREADABLE);
        assertThat(parse(new byte[] {0x0a, 1, 8})).isSameAs(ExportResponse.UNREADABLE);
        assertThat(parse("<html>".getBytes(StandardCharsets.UTF_8)))
                .isSameAs(ExportResponse.UNREADABLE);
        SplittableRandom random = new SplittableRandom(1);
        int unreadable = 0;
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = logs(random.nextInt(500), "because of this and that").toByteArray();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            ExportResponse response = ExportResponse.parse(bytes, 0, random.nextInt(bytes.length));
            assertThat(response.rejected()).isNotNegative();
            unreadable += response.isReadable() ? 0 : 1;
        }
        assertThat(unreadable).isGreaterThan(1_000);
    }

    @Test
    void readsNoLongAnswerAndNoLongMessage() {
        assertThat(parse(logs(1, "x".repeat(ExportResponse.BYTES_MAX)).toByteArray()))
                .isSameAs(ExportResponse.UNREADABLE);
        assertThat(parse(logs(1, "x".repeat(60_000)).toByteArray()))
                .isEqualTo(new ExportResponse(1, "x".repeat(GrpcText.MESSAGE_BYTES_MAX), true));
    }

    private static ExportLogsServiceResponse logs(long rejected, String message) {
        return ExportLogsServiceResponse.newBuilder()
                .setPartialSuccess(
                        ExportLogsPartialSuccess.newBuilder()
                                .setRejectedLogRecords(rejected)
                                .setErrorMessage(message))
                .build();
    }

    private static ExportResponse parse(byte[] bytes) {
        return ExportResponse.parse(bytes, 0, bytes.length);
    }
}
