package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GrpcStatusTest {
    @Test
    void numbersTheCodesAsTheSpecificationDoes() {
        assertThat(GrpcStatus.values()).hasSize(17);
        assertThat(GrpcStatus.INVALID_ARGUMENT.code()).isEqualTo(3);
        assertThat(GrpcStatus.RESOURCE_EXHAUSTED.code()).isEqualTo(8);
        assertThat(GrpcStatus.UNIMPLEMENTED.code()).isEqualTo(12);
        assertThat(GrpcStatus.UNAVAILABLE.code()).isEqualTo(14);
        assertThat(GrpcStatus.UNAUTHENTICATED.code()).isEqualTo(16);
    }

    @Test
    void readsItsOwnCodesAndNoOthers() {
        for (GrpcStatus status : GrpcStatus.values()) {
            assertThat(GrpcStatus.of(status.code())).isEqualTo(status);
            assertThat(GrpcStatus.parse(Integer.toString(status.code()))).isEqualTo(status);
        }
        assertThat(GrpcStatus.of(-1)).isEqualTo(GrpcStatus.UNKNOWN);
        assertThat(GrpcStatus.of(17)).isEqualTo(GrpcStatus.UNKNOWN);
        for (String text : new String[] {"", "17", "-1", "x", "1x", "014", "99999999999"}) {
            assertThat(GrpcStatus.parse(text)).as(text).isEqualTo(GrpcStatus.UNKNOWN);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OK, 200",
        "CANCELLED, 503",
        "UNKNOWN, 500",
        "INVALID_ARGUMENT, 400",
        "DEADLINE_EXCEEDED, 503",
        "NOT_FOUND, 500",
        "ALREADY_EXISTS, 500",
        "PERMISSION_DENIED, 403",
        "RESOURCE_EXHAUSTED, 429",
        "FAILED_PRECONDITION, 500",
        "ABORTED, 503",
        "OUT_OF_RANGE, 503",
        "UNIMPLEMENTED, 404",
        "INTERNAL, 500",
        "UNAVAILABLE, 503",
        "DATA_LOSS, 503",
        "UNAUTHENTICATED, 401",
    })
    void answersInHttpAsTheCollectorDoes(GrpcStatus status, int http) {
        assertThat(status.httpStatus()).isEqualTo(http);
    }

    @ParameterizedTest
    @CsvSource({
        "200, OK, UNKNOWN",
        "204, OK, UNKNOWN",
        "302, UNKNOWN, UNKNOWN",
        "400, INVALID_ARGUMENT, INTERNAL",
        "401, UNAUTHENTICATED, UNAUTHENTICATED",
        "403, PERMISSION_DENIED, PERMISSION_DENIED",
        "404, UNIMPLEMENTED, UNIMPLEMENTED",
        "413, RESOURCE_EXHAUSTED, UNKNOWN",
        "429, RESOURCE_EXHAUSTED, UNAVAILABLE",
        "500, UNKNOWN, UNKNOWN",
        "502, UNAVAILABLE, UNAVAILABLE",
        "503, UNAVAILABLE, UNAVAILABLE",
        "504, UNAVAILABLE, UNAVAILABLE",
    })
    void understandsHttpStatuses(int http, GrpcStatus otlp, GrpcStatus grpc) {
        assertThat(GrpcStatus.ofHttp(http)).isEqualTo(otlp);
        assertThat(GrpcStatus.ofGrpcHttp(http)).isEqualTo(grpc);
    }

    @Test
    void retriesWhatTheSpecificationAllows() {
        Set<GrpcStatus> always =
                EnumSet.of(
                        GrpcStatus.CANCELLED,
                        GrpcStatus.DEADLINE_EXCEEDED,
                        GrpcStatus.ABORTED,
                        GrpcStatus.OUT_OF_RANGE,
                        GrpcStatus.UNAVAILABLE,
                        GrpcStatus.DATA_LOSS);
        assertThat(Arrays.stream(GrpcStatus.values()).filter(status -> status.isRetryable(false)))
                .containsExactlyInAnyOrderElementsOf(always);
        always.add(GrpcStatus.RESOURCE_EXHAUSTED);
        assertThat(Arrays.stream(GrpcStatus.values()).filter(status -> status.isRetryable(true)))
                .containsExactlyInAnyOrderElementsOf(always);
    }
}
