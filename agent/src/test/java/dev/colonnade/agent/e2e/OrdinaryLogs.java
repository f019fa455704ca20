package dev.colonnade.agent.e2e;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Logs as applications write them: some forms of text whose numbers, names and ids are drawn anew
/// in every line, eight attributes, ids shared by the records of one request of the application.
/// About 350 bytes each.
final class OrdinaryLogs {
    private static final String[] PATHS = {"orders", "basket", "login", "search", "stock"};
    private static final String[] PODS = {"shop-7d4f", "shop-9c1b", "shop-a02e", "shop-f771"};
    private static final String[] THREADS = {"http-1", "http-2", "http-3", "worker-1", "worker-2"};
    private static final long START = 1_790_000_000_000_000_000L;

    private final RandomGenerator random;
    private long nanos = START;
    private byte[] trace = new byte[16];

    /// Draws from `random`, which the caller has seeded.
    OrdinaryLogs(RandomGenerator random) {
        this.random = random;
    }

    /// A request of so many.
    byte[] request(int records) {
        ScopeLogs.Builder scope = ScopeLogs.newBuilder();
        for (int record = 0; record < records; record++) {
            if (record % 5 == 0) {
                trace = new byte[16];
                random.nextBytes(trace);
            }
            scope.addLogRecords(log());
        }
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(
                        ResourceLogs.newBuilder()
                                .setResource(
                                        Resource.newBuilder()
                                                .addAttributes(attribute("service.name", "shop")))
                                .addScopeLogs(scope))
                .build()
                .toByteArray();
    }

    private LogRecord log() {
        nanos += random.nextInt(2_000_000);
        byte[] span = new byte[8];
        random.nextBytes(span);
        String path = pick(PATHS);
        int status = random.nextInt(20) == 0 ? 500 : 200;
        return LogRecord.newBuilder()
                .setTimeUnixNano(nanos)
                .setObservedTimeUnixNano(nanos + random.nextInt(50_000))
                .setSeverityNumberValue(status == 500 ? 17 : 9)
                .setSeverityText(status == 500 ? "ERROR" : "INFO")
                .setBody(AnyValue.newBuilder().setStringValue(text(path, status)))
                .addAttributes(attribute("http.route", "/api/" + path + "/{id}"))
                .addAttributes(attribute("k8s.pod.name", pick(PODS)))
                .addAttributes(attribute("thread.name", pick(THREADS)))
                .addAttributes(attribute("enduser.id", "user-" + random.nextInt(5_000)))
                .addAttributes(attribute("http.status_code", status))
                .addAttributes(attribute("http.request.size", random.nextInt(4_000)))
                .addAttributes(attribute("duration_us", random.nextInt(90_000)))
                .addAttributes(attribute("code.lineno", 20 + random.nextInt(8)))
                .setTraceId(ByteString.copyFrom(trace))
                .setSpanId(ByteString.copyFrom(span))
                .build();
    }

    private String text(String path, int status) {
        return switch (random.nextInt(4)) {
            case 0 ->
                    "handled GET /api/"
                            + path
                            + "/"
                            + random.nextInt(900_000)
                            + " in "
                            + random.nextInt(900)
                            + " ms with "
                            + status;
            case 1 -> "cache miss for key " + new UUID(random.nextLong(), random.nextLong());
            case 2 ->
                    "connection from 10.2."
                            + random.nextInt(256)
                            + "."
                            + random.nextInt(256)
                            + ":"
                            + random.nextInt(65_536)
                            + " took "
                            + random.nextInt(9_000)
                            + " us";
            default ->
                    "stored "
                            + random.nextInt(500)
                            + " rows for "
                            + path
                            + ", version "
                            + random.nextInt(1_000_000);
        };
    }

    private String pick(String[] of) {
        return of[random.nextInt(of.length)];
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private static KeyValue attribute(String key, long value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setIntValue(value))
                .build();
    }
}
