package dev.colonnade.pipeline.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.util.random.RandomGenerator;

/// Seeded requests that use every field of OTLP, with values at the edges of their types.
final class RandomMessages {
    private static final long[] LONGS = {
        0, 1, -1, 42, Long.MAX_VALUE, Long.MIN_VALUE, 1_790_000_000_000_000_000L, 127, 128
    };
    private static final int[] INTS = {0, 1, -1, 300, Integer.MAX_VALUE, Integer.MIN_VALUE};
    private static final double[] DOUBLES = {
        0,
        -0.0,
        1,
        -1.5,
        0.1,
        1e300,
        4.9e-324,
        9007199254740992.0,
        1e21,
        123456789.125,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.MAX_VALUE
    };
    private static final String[] TEXTS = {
        "",
        "a",
        "GET /api/orders",
        "\"quoted\" \\ back",
        "line\nline\r\ttab\b\f",
        "\0\u0001\u001f\u007f",
        "\u00e4\u00f6\u00fc",
        "\u20ac \u4e2d\u6587",
        "\ud83d\ude00 smile",
        "\u2028\u2029\ufffd\ufeff",
        "sixteen bytes or more, all of it plain",
        "x".repeat(200),
        "\u00e9".repeat(90)
    };

    private final RandomGenerator random;
    private final boolean withIds;

    RandomMessages(RandomGenerator random, boolean withIds) {
        this.random = random;
        this.withIds = withIds;
    }

    static Message.Builder builder(Signal signal) {
        return switch (signal) {
            case LOGS -> ExportLogsServiceRequest.newBuilder();
            case TRACES -> ExportTraceServiceRequest.newBuilder();
            case METRICS -> ExportMetricsServiceRequest.newBuilder();
        };
    }

    Message request(Signal signal) {
        return fill(builder(signal), 0).build();
    }

    private Message.Builder fill(Message.Builder builder, int depth) {
        Descriptor type = builder.getDescriptorForType();
        for (FieldDescriptor field : type.getFields()) {
            if (!isWanted(field, depth)) {
                continue;
            }
            if (field.isRepeated()) {
                int count = random.nextInt(depth < 4 ? 4 : 3);
                for (int i = 0; i < count; i++) {
                    builder.addRepeatedField(field, value(builder, field, depth));
                }
            } else {
                builder.setField(field, value(builder, field, depth));
            }
        }
        return builder;
    }

    private boolean isWanted(FieldDescriptor field, int depth) {
        boolean isId = field.getName().endsWith("trace_id") || field.getName().endsWith("span_id");
        boolean isMessage = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
        return (withIds || !isId)
                && !(isMessage && depth > 12)
                && (depth < 3 || random.nextInt(isMessage && depth > 6 ? 3 : 2) == 0);
    }

    private Object value(Message.Builder parent, FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case INT -> INTS[random.nextInt(INTS.length)];
            case LONG -> LONGS[random.nextInt(LONGS.length)];
            case DOUBLE -> decimal();
            case FLOAT -> 0f;
            case BOOLEAN -> random.nextBoolean();
            case STRING -> TEXTS[random.nextInt(TEXTS.length)];
            case BYTE_STRING -> bytes(field);
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(8));
            case MESSAGE -> fill(parent.newBuilderForField(field), depth + 1).build();
        };
    }

    /// Where ids are left out for the sake of JsonFormat, negative zero is too: it reads it as
    /// zero.
    private double decimal() {
        double drawn = DOUBLES[random.nextInt(DOUBLES.length)];
        return withIds ? drawn : drawn + 0.0;
    }

    private ByteString bytes(FieldDescriptor field) {
        int length = random.nextInt(20);
        if (field.getName().endsWith("trace_id")) {
            length = random.nextInt(4) == 0 ? 0 : 16;
        } else if (field.getName().endsWith("span_id")) {
            length = random.nextInt(4) == 0 ? 0 : 8;
        }
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }
}
