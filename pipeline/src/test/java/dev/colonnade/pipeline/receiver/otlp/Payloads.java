package dev.colonnade.pipeline.receiver.otlp;

import com.google.protobuf.ByteString;
import dev.colonnade.storage.Codec;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/// Requests to send.
final class Payloads {
    private Payloads() {}

    /// A request of `records` logs whose bodies have `bodyBytes` of text each.
    static byte[] logs(int records, int bodyBytes, long seed) {
        Random random = new Random(seed);
        ScopeLogs.Builder scope = ScopeLogs.newBuilder();
        for (int record = 0; record < records; record++) {
            byte[] text = new byte[bodyBytes];
            for (int i = 0; i < bodyBytes; i++) {
                text[i] = (byte) ('a' + random.nextInt(16));
            }
            scope.addLogRecords(
                    LogRecord.newBuilder()
                            .setTimeUnixNano(random.nextLong())
                            .setBody(
                                    AnyValue.newBuilder()
                                            .setStringValueBytes(ByteString.copyFrom(text))));
        }
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
                .build()
                .toByteArray();
    }

    static byte[] compress(Codec codec, byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (codec == Codec.ZSTD) {
            return com.github.luben.zstd.Zstd.compress(bytes);
        }
        try (OutputStream deflating =
                codec == Codec.GZIP ? new GZIPOutputStream(out) : new DeflaterOutputStream(out)) {
            deflating.write(bytes);
        }
        return out.toByteArray();
    }
}
