package dev.colonnade.agent.config;

import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.file.FileExporterConfig;

/// An exporter's id, and its settings by type.
public sealed interface ExporterConfig {
    /// Its id.
    ComponentId id();

    /// Its `sending_queue`: what the stores of its pipelines need to know.
    QueueConfig queue();

    /// The same with `batch`, unless a `sending_queue.batch` is written or nothing is merged.
    default ExporterConfig withBatch(BatchConfig batch) {
        return this;
    }

    /// `otlp_grpc`, also written `otlp`.
    record OtlpGrpc(ComponentId id, OtlpGrpcExporterConfig settings) implements ExporterConfig {
        @Override
        public QueueConfig queue() {
            return settings.queue();
        }

        @Override
        public ExporterConfig withBatch(BatchConfig batch) {
            return queue().batch() != null
                    ? this
                    : new OtlpGrpc(id, settings.withQueue(queue().withBatch(batch)));
        }
    }

    /// `otlp_http`, also written `otlphttp`.
    record OtlpHttp(ComponentId id, OtlpHttpExporterConfig settings) implements ExporterConfig {
        @Override
        public QueueConfig queue() {
            return settings.queue();
        }

        @Override
        public ExporterConfig withBatch(BatchConfig batch) {
            return queue().batch() != null
                    ? this
                    : new OtlpHttp(id, settings.withQueue(queue().withBatch(batch)));
        }
    }

    /// `file`.
    record File(ComponentId id, FileExporterConfig settings) implements ExporterConfig {
        @Override
        public QueueConfig queue() {
            return QueueConfig.DEFAULT;
        }
    }

    /// `debug`.
    record Debug(ComponentId id, DebugExporterConfig settings) implements ExporterConfig {
        @Override
        public QueueConfig queue() {
            return QueueConfig.DEFAULT;
        }
    }

    /// `nop`.
    record Nop(ComponentId id) implements ExporterConfig {
        @Override
        public QueueConfig queue() {
            return QueueConfig.DEFAULT;
        }
    }
}
