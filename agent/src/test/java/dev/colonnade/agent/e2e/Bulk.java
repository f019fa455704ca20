package dev.colonnade.agent.e2e;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.util.random.RandomGenerator;

/// Logs that are large and few, to fill memory with: comparing them costs little.
final class Bulk {
    private final RandomGenerator random;

    /// Draws from `random`, which the caller has seeded.
    Bulk(RandomGenerator random) {
        this.random = random;
    }

    /// A request of so many records, of about `bytes` altogether, that no codec makes smaller.
    byte[] logs(int records, int bytes) {
        ScopeLogs.Builder scope = ScopeLogs.newBuilder();
        for (int record = 0; record < records; record++) {
            byte[] body = new byte[Math.max(8, bytes / records)];
            random.nextBytes(body);
            scope.addLogRecords(
                    LogRecord.newBuilder()
                            .setBody(
                                    AnyValue.newBuilder()
                                            .setBytesValue(ByteString.copyFrom(body))));
        }
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
                .build()
                .toByteArray();
    }
}
