package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ContentTypeTest {
    @ParameterizedTest
    @CsvSource({
        "application/grpc, GRPC",
        "application/grpc+proto, GRPC",
        "application/grpc; charset=utf-8, GRPC",
        "application/grpc+json, OTHER",
        "application/grpc-web, OTHER",
        "application/grpcx, OTHER",
        "application/x-protobuf, PROTOBUF",
        "Application/X-Protobuf ;v=1, PROTOBUF",
        "' application/x-protobuf\t', PROTOBUF",
        "application/protobuf, OTHER",
        "application/json, JSON",
        "APPLICATION/JSON;charset=UTF-8, JSON",
        "application/json5, OTHER",
        "text/plain, OTHER",
        "';', OTHER",
        "'', OTHER",
    })
    void readsHeadersWithoutCaseAndParameters(String header, ContentType expected) {
        assertThat(ContentType.of(header)).isEqualTo(expected);
    }

    @Test
    void takesAMissingHeaderForAnotherType() {
        assertThat(ContentType.of(null)).isEqualTo(ContentType.OTHER);
    }
}
