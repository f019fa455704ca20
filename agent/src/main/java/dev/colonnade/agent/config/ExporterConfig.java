package dev.colonnade.agent.config;

import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.file.FileExporterConfig;
import dev.colonnade.pipeline.auth.AuthConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An exporter's id, and its settings by type.
public sealed interface ExporterConfig {
    /// Its id.
    ComponentId id();

    /// Its `sending_queue`: what the stores of its pipelines need to know.
    QueueConfig queue();

    /// The request metadata that it forwards, in lower case.
    default Set<String> metadataKeys() {
        return Set.of();
    }

    /// The same with `batch`, unless a `sending_queue.batch` is written or nothing is merged.
    default ExporterConfig withBatch(BatchConfig batch) {
        return this;
    }

    /// `otlp_grpc`, also written `otlp`.
    ///
    /// @param auth what it says of itself with each request; null for nothing
    record OtlpGrpc(
            ComponentId id, OtlpGrpcExporterConfig settings, AuthConfig.@Nullable Client auth)
            implements ExporterConfig {
        /// One that says nothing of itself.
        public OtlpGrpc(ComponentId id, OtlpGrpcExporterConfig settings) {
            this(id, settings, null);
        }

        @Override
        public Set<String> metadataKeys() {
            return auth == null ? Set.of() : auth.metadataKeys();
        }

        @Override
        public QueueConfig queue() {
            return settings.queue();
        }

        @Override
        public ExporterConfig withBatch(BatchConfig batch) {
            return queue().batch() != null
                    ? this
                    : new OtlpGrpc(id, settings.withQueue(queue().withBatch(batch)), auth);
        }
    }

    /// `otlp_http`, also written `otlphttp`.
    ///
    /// @param auth what it says of itself with each request; null for nothing
    record OtlpHttp(
            ComponentId id, OtlpHttpExporterConfig settings, AuthConfig.@Nullable Client auth)
            implements ExporterConfig {
        /// One that says nothing of itself.
        public OtlpHttp(ComponentId id, OtlpHttpExporterConfig settings) {
            this(id, settings, null);
        }

        @Override
        public Set<String> metadataKeys() {
            return auth == null ? Set.of() : auth.metadataKeys();
        }

        @Override
        public QueueConfig queue() {
            return settings.queue();
        }

        @Override
        public ExporterConfig withBatch(BatchConfig batch) {
            return queue().batch() != null
                    ? this
                    : new OtlpHttp(id, settings.withQueue(queue().withBatch(batch)), auth);
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
