package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.pipeline.wire.CodecCreations;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.SlabPool;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The ledger, and what storage and memory hold.
///
/// At rest, per pipeline and exporter: stored = delivered + dropped + backlog; per pipeline:
/// accepted = stored.
public final class GraphMetrics {
    private static final double NANOS_PER_SECOND = 1e9;

    private static final Metric ACCEPTED =
            counter("colonnade_records_accepted", "Records that receivers brought.");
    private static final Metric STORED =
            counter("colonnade_records_stored", "Records that the store took.");
    private static final Metric DELIVERED =
            counter("colonnade_records_delivered", "Records delivered.", "exporter");
    private static final Metric DROPPED =
            counter(
                    "colonnade_records_dropped",
                    "Records that left otherwise than by delivery.",
                    "exporter",
                    "reason");
    private static final Metric BACKLOG_RECORDS =
            gauge(
                    "colonnade_exporter_backlog_records",
                    "records",
                    "Records not settled yet.",
                    "exporter");
    private static final Metric BACKLOG_BYTES =
            gauge(
                    "colonnade_exporter_backlog_bytes",
                    "bytes",
                    "Bytes, as plain OTLP, not settled yet.",
                    "exporter");
    private static final Metric BACKLOG_AGE =
            gauge(
                    "colonnade_exporter_backlog_age_seconds",
                    "seconds",
                    "How long ago the oldest record that is not settled was received; 0 when there"
                            + " is none.",
                    "exporter");
    private static final Metric BYTES_PER_RECORD =
            gauge(
                    "colonnade_storage_bytes_per_record",
                    "bytes",
                    "Bytes held per record held; absent when none is.");
    private static final Metric WIRE_BYTES_PER_RECORD =
            gauge(
                    "colonnade_storage_wire_bytes_per_record",
                    "bytes",
                    "Bytes of the held records as plain OTLP, per record; absent when none is"
                            + " held.");
    private static final Metric QUEUE_SIZE =
            Metric.gauge(
                    "otelcol_exporter_queue_size",
                    "sizer",
                    "What waits, in the sizer's unit; bytes where queue_size is not written.",
                    "exporter",
                    "data_type");
    private static final Metric QUEUE_CAPACITY =
            Metric.gauge(
                    "otelcol_exporter_queue_capacity",
                    "sizer",
                    "The most that may wait, in the sizer's unit.",
                    "exporter",
                    "data_type");
    private static final Metric MEMORY_LIMIT =
            Metric.gauge("colonnade_memory_limit_bytes", "bytes", "The telemetry's memory budget.");
    private static final Metric MEMORY_RESERVED =
            Metric.gauge(
                    "colonnade_memory_reserved_bytes",
                    "bytes",
                    "Bytes reserved in a budget and below.",
                    "budget");
    private static final Metric BUDGET_LIMIT =
            Metric.gauge(
                    "colonnade_memory_budget_limit_bytes",
                    "bytes",
                    "The most that may be reserved in a budget.",
                    "budget");
    private static final Metric POOL_HITS =
            Metric.counter(
                    "colonnade_memory_pool_hits", "slabs", "How often a kept slab was handed out.");
    private static final Metric POOL_MISSES =
            Metric.counter(
                    "colonnade_memory_pool_misses", "slabs", "How often a slab had to be made.");
    private static final Metric CODEC_CREATIONS =
            Metric.counter(
                    "colonnade_codec_creations",
                    "codecs",
                    "Native codecs made, flat under steady load since loops keep theirs.");
    private static final Metric POOL_LIVE =
            Metric.gauge("colonnade_memory_live_slabs", "slabs", "Slabs in use.");
    private static final Map<Signal, Metric> ENQUEUE_FAILED =
            ExporterMetrics.bySignal(
                    "otelcol_exporter_enqueue_failed_",
                    "Records refused because the exporter's queue_size was reached, where they had"
                            + " been counted; their sender was told.");
    private static final Metric PROCESSOR_INCOMING =
            Metric.counter(
                    "otelcol_processor_incoming_items",
                    "records",
                    "Records given to a processor that edits.",
                    "processor",
                    "otel_signal");
    private static final Metric PROCESSOR_OUTGOING =
            Metric.counter(
                    "otelcol_processor_outgoing_items",
                    "records",
                    "Records that it passed on.",
                    "processor",
                    "otel_signal");

    /// Every one of them.
    public static final List<Metric> ALL = all();

    private GraphMetrics() {}

    /// Registers everything that `graph` and `memory` tell.
    public static void register(
            Graph graph, TelemetryMemory memory, Telemetry telemetry, LongSupplier nanoClock) {
        Set<QueueLimit> told = new HashSet<>();
        graph.stores()
                .forEach((pipeline, store) -> {
                    store(graph, pipeline, store, telemetry);
                    for (int cursor = 0; cursor < store.config().cursors().size(); cursor++) {
                        exporter(pipeline, store, cursor, telemetry, nanoClock);
                        queue(store, cursor, told, telemetry);
                    }
                });
        for (Graph.EditingProcessor processor : graph.editingProcessors()) {
            String[] labels = {processor.id().toString(), processor.route().signal().label()};
            telemetry.counter(PROCESSOR_INCOMING, processor::incoming, labels);
            telemetry.counter(PROCESSOR_OUTGOING, processor::outgoing, labels);
        }
        SlabPool pool = memory.pool();
        telemetry.gauge(MEMORY_LIMIT, () -> memory.root().limit());
        telemetry.counter(POOL_HITS, pool::hits);
        telemetry.counter(POOL_MISSES, pool::misses);
        telemetry.gauge(POOL_LIVE, pool::live);
        telemetry.counter(CODEC_CREATIONS, CodecCreations::count);
        budget(memory.root(), telemetry);
    }

    private static void store(
            Graph graph, PipelineId pipeline, HybridStore store, Telemetry telemetry) {
        String name = pipeline.toString();
        String signal = pipeline.signal().label();
        telemetry.counter(ACCEPTED, () -> graph.acceptedRecords(pipeline), name, signal);
        telemetry.counter(STORED, store::stored, name, signal);
        telemetry.gauge(
                BYTES_PER_RECORD, () -> perRecord(store.bytes(), store.records()), name, signal);
        telemetry.gauge(
                WIRE_BYTES_PER_RECORD,
                () -> perRecord(store.wireBytes(), store.records()),
                name,
                signal);
    }

    private static void exporter(
            PipelineId pipeline,
            HybridStore store,
            int cursor,
            Telemetry telemetry,
            LongSupplier nanoClock) {
        String name = pipeline.toString();
        String signal = pipeline.signal().label();
        String exporter = store.config().cursors().get(cursor).exporter();
        telemetry.counter(DELIVERED, () -> store.delivered(cursor), name, signal, exporter);
        for (DropReason reason : DropReason.values()) {
            telemetry.counter(
                    DROPPED,
                    () -> store.dropped(cursor, reason),
                    name,
                    signal,
                    exporter,
                    reason.label());
        }
        telemetry.counter(
                Objects.requireNonNull(ENQUEUE_FAILED.get(store.config().signal())),
                () -> store.queueRefused(cursor),
                exporter);
        telemetry.gauge(
                BACKLOG_RECORDS, () -> store.backlogRecords(cursor), name, signal, exporter);
        telemetry.gauge(BACKLOG_BYTES, () -> store.backlogBytes(cursor), name, signal, exporter);
        telemetry.gauge(
                BACKLOG_AGE, () -> ageSeconds(store, cursor, nanoClock), name, signal, exporter);
    }

    /// Pipelines of a signal that share an exporter share its limit, which is told once.
    private static void queue(
            HybridStore store, int cursor, Set<QueueLimit> told, Telemetry telemetry) {
        String signal = store.config().signal().label();
        String exporter = store.config().cursors().get(cursor).exporter();
        @Nullable QueueLimit limit = store.config().cursors().get(cursor).limit();
        if (limit == null) {
            telemetry.gauge(QUEUE_SIZE, () -> store.backlogBytes(cursor), exporter, signal);
            telemetry.gauge(
                    QUEUE_CAPACITY, () -> store.config().budget().limit(), exporter, signal);
        } else if (told.add(limit)) {
            telemetry.gauge(QUEUE_SIZE, limit::size, exporter, signal);
            telemetry.gauge(QUEUE_CAPACITY, limit::sizeMax, exporter, signal);
        }
    }

    private static void budget(MemoryBudget budget, Telemetry telemetry) {
        telemetry.gauge(MEMORY_RESERVED, budget::reserved, budget.name());
        telemetry.gauge(BUDGET_LIMIT, budget::limit, budget.name());
        budget.children().forEach(child -> budget(child, telemetry));
    }

    private static double perRecord(long bytes, long records) {
        return records <= 0 ? Double.NaN : bytes / (double) records;
    }

    private static double ageSeconds(HybridStore store, int cursor, LongSupplier nanoClock) {
        long oldest = Long.MAX_VALUE;
        for (int loop = 0; loop < store.shards(); loop++) {
            oldest = Math.min(oldest, store.shard(loop).cursor(cursor).oldestNanos());
        }
        return oldest == Long.MAX_VALUE
                ? 0
                : Math.max(0, nanoClock.getAsLong() - oldest) / NANOS_PER_SECOND;
    }

    private static List<Metric> all() {
        List<Metric> all =
                new ArrayList<>(
                        List.of(
                                ACCEPTED,
                                STORED,
                                DELIVERED,
                                DROPPED,
                                BACKLOG_RECORDS,
                                BACKLOG_BYTES,
                                BACKLOG_AGE,
                                BYTES_PER_RECORD,
                                WIRE_BYTES_PER_RECORD,
                                MEMORY_LIMIT,
                                MEMORY_RESERVED,
                                BUDGET_LIMIT,
                                POOL_HITS,
                                POOL_MISSES,
                                POOL_LIVE,
                                CODEC_CREATIONS,
                                QUEUE_SIZE,
                                QUEUE_CAPACITY,
                                PROCESSOR_INCOMING,
                                PROCESSOR_OUTGOING));
        all.addAll(ENQUEUE_FAILED.values());
        return List.copyOf(all);
    }

    private static Metric counter(String name, String help, String... more) {
        return Metric.counter(name, "records", help, labels(more));
    }

    private static Metric gauge(String name, String unit, String help, String... more) {
        return Metric.gauge(name, unit, help, labels(more));
    }

    static String[] labels(String... more) {
        String[] labels = new String[2 + more.length];
        labels[0] = "pipeline";
        labels[1] = "signal";
        System.arraycopy(more, 0, labels, 2, more.length);
        return labels;
    }
}
