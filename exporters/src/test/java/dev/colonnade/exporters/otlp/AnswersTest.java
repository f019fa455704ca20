package dev.colonnade.exporters.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.delivery.Outcome;
import dev.colonnade.pipeline.wire.GrpcStatus;
import dev.colonnade.pipeline.wire.RpcStatus;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class AnswersTest {
    private static final InstantSource NOON =
            InstantSource.fixed(Instant.parse("2026-05-01T12:00:00Z"));

    @ParameterizedTest
    @CsvSource({
        "OK,                  delivered",
        "CANCELLED,           unavailable",
        "UNKNOWN,             doubtful",
        "INVALID_ARGUMENT,    refused",
        "DEADLINE_EXCEEDED,   unavailable",
        "NOT_FOUND,           doubtful",
        "ALREADY_EXISTS,      doubtful",
        "PERMISSION_DENIED,   configuration",
        "RESOURCE_EXHAUSTED,  throttled",
        "FAILED_PRECONDITION, doubtful",
        "ABORTED,             unavailable",
        "OUT_OF_RANGE,        unavailable",
        "UNIMPLEMENTED,       configuration",
        "INTERNAL,            doubtful",
        "UNAVAILABLE,         unavailable",
        "DATA_LOSS,           unavailable",
        "UNAUTHENTICATED,     configuration"
    })
    void knowsEveryGrpcStatus(GrpcStatus code, String outcome) {
        assertThat(name(Answers.ofGrpc(code, "", null))).isEqualTo(outcome);
    }

    @ParameterizedTest
    @EnumSource(
            value = GrpcStatus.class,
            names = {"RESOURCE_EXHAUSTED", "UNAVAILABLE"})
    void waitsAsLongAsRetryInfoSays(GrpcStatus code) {
        long delay = Duration.ofMillis(1500).toNanos();
        String details = RpcStatus.retryAfter(code, "slow", delay).toDetailsHeader();
        assertThat(Answers.ofGrpc(code, "slow", details))
                .isEqualTo(new Outcome.Retry(Outcome.Cause.THROTTLED, code + ": slow", delay));
    }

    @ParameterizedTest
    @CsvSource({
        "grpc: received message larger than max (4194309 vs. 4194304)",
        "gRPC message exceeds maximum size 4194304: 5000000",
        "Received message larger than max (9 vs. 4)",
        "request too large"
    })
    void knowsHowPeersSayTooLarge(String message) {
        assertThat(name(Answers.ofGrpc(GrpcStatus.RESOURCE_EXHAUSTED, message, null)))
                .isEqualTo("too large");
        String details =
                RpcStatus.retryAfter(GrpcStatus.RESOURCE_EXHAUSTED, message, 1).toDetailsHeader();
        assertThat(name(Answers.ofGrpc(GrpcStatus.RESOURCE_EXHAUSTED, message, details)))
                .isEqualTo("throttled");
    }

    @ParameterizedTest
    @CsvSource({
        "200, delivered", "202, delivered", "204, delivered", "301, configuration",
        "307, configuration", "400, refused", "401, configuration", "403, configuration",
        "404, configuration", "405, configuration", "407, configuration", "408, unavailable",
        "409, doubtful", "413, too large", "415, configuration", "418, doubtful",
        "422, refused", "425, unavailable", "429, throttled", "431, configuration",
        "500, doubtful", "501, configuration", "502, unavailable", "503, unavailable",
        "504, unavailable", "505, configuration", "507, unavailable", "520, unavailable",
        "530, unavailable", "599, doubtful"
    })
    void knowsHttpStatuses(int status, String outcome) {
        assertThat(name(Answers.ofHttp(status, null, "", NOON))).isEqualTo(outcome);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "429 | 7                             | 7",
                "503 | 7                             | 7",
                "503 | Fri, 01 May 2026 12:00:30 GMT | 30",
                "429 | Fri, 01 May 2026 11:00:00 GMT | 0",
                "429 | soon                          | 0",
                "502 | 7                             | 0"
            })
    void honoursRetryAfterInBothForms(int status, String header, long seconds) {
        Outcome outcome = Answers.ofHttp(status, header, "", NOON);
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Retry.class,
                        retry ->
                                assertThat(retry.delayNanos())
                                        .isEqualTo(Duration.ofSeconds(seconds).toNanos()));
    }

    @ParameterizedTest
    @CsvSource({
        "200, configuration",
        "302, configuration",
        "404, configuration",
        "413, too large",
        "502, unavailable",
        "0, configuration"
    })
    void whatIsNotGrpcBlamesNoRecord(int status, String outcome) {
        assertThat(name(Answers.ofForeign(status, "text/html"))).isEqualTo(outcome);
    }

    @Test
    void readsPartialSuccess() {
        byte[] body =
                ExportTraceServiceResponse.newBuilder()
                        .setPartialSuccess(
                                ExportTracePartialSuccess.newBuilder()
                                        .setRejectedSpans(4)
                                        .setErrorMessage("bad\nspans"))
                        .build()
                        .toByteArray();
        assertThat(Answers.ofSuccess(body, 0, body.length))
                .isEqualTo(new Outcome.Delivered(4, "bad?spans"));
        assertThat(Answers.ofSuccess(new byte[0], 0, 0)).isSameAs(Outcome.DELIVERED);
        assertThat(Answers.ofSuccess(new byte[] {-1}, 0, 1))
                .isEqualTo(new Outcome.Delivered(0, "the peer's answer cannot be read"));
    }

    @Test
    void showsWhatARefusalSays() {
        byte[] status = RpcStatus.of(GrpcStatus.INVALID_ARGUMENT, "no").toProtobuf();
        assertThat(Answers.text(status, status.length, "application/x-protobuf")).isEqualTo("no");
        byte[] text = "no\r\n\u001b[31mred".getBytes(StandardCharsets.UTF_8);
        assertThat(Answers.text(text, text.length, "text/plain")).isEqualTo("no???[31mred");
        byte[] garbage = {-1, -1};
        assertThat(Answers.text(garbage, 2, "application/x-protobuf")).isEmpty();
    }

    private static String name(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Delivered _ -> "delivered";
            case Outcome.Retry retry -> retry.cause().label();
            case Outcome.Refused refused -> refused.isDoubtful() ? "doubtful" : "refused";
            case Outcome.TooLarge _ -> "too large";
        };
    }
}
