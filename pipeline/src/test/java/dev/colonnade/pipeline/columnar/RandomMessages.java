package dev.colonnade.pipeline.columnar;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.util.random.RandomGenerator;

/// Requests in which every field that OTLP has is there or not, empty or extreme, as it happens:
/// all kinds of metrics, exemplars, events, links, nested values, ids of any length.
final class RandomMessages {
    private static final int DEPTH_MAX = 14;
    private static final long[] EXTREMES = {
        0, 1, -1, 127, 128, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, 1_790_000_000_000_000_000L
    };
    private static final double[] DOUBLES = {
        0.0, -0.0, Double.NaN, Double.MIN_VALUE, Double.MAX_VALUE, Double.NEGATIVE_INFINITY, 1.5
    };

    private final RandomGenerator random;

    RandomMessages(RandomGenerator random) {
        this.random = random;
    }

    byte[] request(Signal signal) {
        Descriptor type =
                switch (signal) {
                    case LOGS -> ExportLogsServiceRequest.getDescriptor();
                    case TRACES -> ExportTraceServiceRequest.getDescriptor();
                    case METRICS -> ExportMetricsServiceRequest.getDescriptor();
                };
        return message(type, 0).toByteArray();
    }

    private DynamicMessage message(Descriptor type, int depth) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        for (FieldDescriptor field : type.getFields()) {
            boolean isEnvelope =
                    depth < 4 && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
            if (random.nextInt(isEnvelope ? 8 : 2) == 0 == isEnvelope) {
                continue;
            }
            if (field.isRepeated()) {
                int count = random.nextInt(4);
                for (int i = 0; i < count; i++) {
                    message.addRepeatedField(field, value(field, depth));
                }
            } else {
                message.setField(field, value(field, depth));
            }
        }
        return message.build();
    }

    private Object value(FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case INT -> (int) extreme();
            case LONG -> extreme();
            case FLOAT -> (float) DOUBLES[random.nextInt(DOUBLES.length)];
            case DOUBLE ->
                    random.nextBoolean()
                            ? random.nextDouble()
                            : DOUBLES[random.nextInt(DOUBLES.length)];
            case BOOLEAN -> random.nextBoolean();
            case STRING -> string();
            case BYTE_STRING -> bytes();
            case ENUM -> {
                int count = field.getEnumType().getValues().size();
                yield field.getEnumType().getValues().get(random.nextInt(count));
            }
            case MESSAGE ->
                    depth < DEPTH_MAX
                            ? message(field.getMessageType(), depth + 1)
                            : DynamicMessage.getDefaultInstance(field.getMessageType());
        };
    }

    private long extreme() {
        return random.nextBoolean()
                ? random.nextLong() >>> random.nextInt(64)
                : EXTREMES[random.nextInt(EXTREMES.length)];
    }

    private String string() {
        return switch (random.nextInt(5)) {
            case 0 -> "";
            case 1 -> "key." + random.nextInt(6);
            case 2 -> "order " + random.nextInt(1 << 20) + " of ümläut " + random.nextInt(7);
            case 3 -> "0" + random.nextInt(100) + "x" + Long.toHexString(random.nextLong());
            default -> "a".repeat(random.nextInt(200));
        };
    }

    private ByteString bytes() {
        int length = new int[] {0, 8, 16, 5, 8, 16}[random.nextInt(6)];
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }
}
