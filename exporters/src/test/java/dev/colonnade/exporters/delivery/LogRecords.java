package dev.colonnade.exporters.delivery;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.util.List;

/// The records of a request, by protobuf-java.
final class LogRecords {
    private LogRecords() {}

    static List<LogRecord> of(byte[] request) {
        try {
            return ExportLogsServiceRequest.parseFrom(request).getResourceLogsList().stream()
                    .flatMap(resource -> resource.getScopeLogsList().stream())
                    .flatMap(scope -> scope.getLogRecordsList().stream())
                    .toList();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
