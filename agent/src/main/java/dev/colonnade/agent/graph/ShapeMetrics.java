package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.agent.telemetry.Metrics;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.ShapeConfig;
import dev.colonnade.storage.ShapeMeter;
import dev.colonnade.storage.ShapePolicy;
import dev.colonnade.storage.ShapePolicy.Target;
import dev.colonnade.storage.ShapeReason;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/// In which shapes records are held, what they cost there, what changed and what that took.
public final class ShapeMetrics {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final List<Shape> CHANGED = List.of(Shape.COLUMN, Shape.PACKED);

    private static final Metric RECORDS =
            gauge("colonnade_storage_records", "records", "Records held.", "shape");
    private static final Metric BYTES =
            gauge(
                    "colonnade_storage_bytes",
                    "bytes",
                    "Capacity of all memory that the store holds, slack included.",
                    "shape");
    private static final Metric SHAPE_BYTES_PER_RECORD =
            gauge(
                    "colonnade_storage_shape_bytes_per_record",
                    "bytes",
                    "Bytes held per record held in a shape; absent when none is.",
                    "shape");
    private static final Metric SHAPE_WIRE_BYTES_PER_RECORD =
            gauge(
                    "colonnade_storage_shape_wire_bytes_per_record",
                    "bytes",
                    "Bytes as plain OTLP of the records held in a shape, per record; absent when"
                            + " none is held.",
                    "shape");
    private static final Metric PACKING_RATIO =
            gauge(
                    "colonnade_storage_packing_ratio",
                    "ratio",
                    "Bytes as plain OTLP of the records held in a shape, by the bytes held for"
                            + " them; absent when there are none.",
                    "shape");
    private static final Metric BLOCKS =
            gauge(
                    "colonnade_storage_blocks",
                    "blocks",
                    "Blocks that hold records in a shape.",
                    "shape");
    private static final Metric MODE =
            gauge(
                    "colonnade_storage_mode",
                    "boolean",
                    "1 for the mode that is configured; row also where records stream.",
                    "mode");
    private static final Metric TARGET_BYTES_PER_RECORD =
            gauge(
                    "colonnade_storage_target_bytes_per_record",
                    "bytes",
                    "What held bytes per held record are to stay under.");
    private static final Metric TARGET =
            gauge(
                    "colonnade_storage_target",
                    "boolean",
                    "1 for how the target is kept: met; working, when it is missed and records are"
                            + " being changed; nearest, when their smallest shape misses it too.",
                    "state");
    private static final Metric SWITCHES =
            Metric.counter(
                    "colonnade_storage_mode_switches",
                    "switches",
                    "Segments that changed their shape, and why.",
                    "pipeline",
                    "from",
                    "to",
                    "reason");
    private static final Metric FAILURES =
            counter(
                    "colonnade_storage_reshape_failures",
                    "switches",
                    "Changes of shape that did not take place, and why; the records stayed as they"
                            + " were.",
                    "outcome");
    private static final Metric RESHAPED =
            counter(
                    "colonnade_storage_reshaped_records",
                    "records",
                    "Records that the packer worked on.",
                    "shape");
    private static final Metric RESHAPE_CPU =
            counter(
                    "colonnade_storage_reshape_cpu_seconds",
                    "seconds",
                    "Processor time that the packer worked.",
                    "shape");
    private static final Metric RESHAPE_TIME =
            counter(
                    "colonnade_storage_reshape_seconds",
                    "seconds",
                    "Time that the packer worked, its rests included.",
                    "shape");
    private static final Metric UNPACKED =
            counter(
                    "colonnade_storage_unpacked_records",
                    "records",
                    "Records that were made rows again to be sent.",
                    "shape");
    private static final Metric LENT =
            counter(
                    "colonnade_storage_lent_records",
                    "records",
                    "Records of blocks that exporters of columns were handed as they are.",
                    "shape");
    private static final Metric UNPACK_TIME =
            counter(
                    "colonnade_storage_unpack_seconds",
                    "seconds",
                    "Time that loops spent on it.",
                    "shape");
    private static final Metric DICTIONARY_ENTRIES =
            counter(
                    "colonnade_storage_dictionary_entries",
                    "values",
                    "Values that entered a dictionary.");
    private static final Metric DICTIONARY_HITS =
            counter(
                    "colonnade_storage_dictionary_hits",
                    "values",
                    "Values that a dictionary had already.");
    private static final Metric DICTIONARY_OVERFLOWS =
            counter(
                    "colonnade_storage_dictionary_overflows",
                    "values",
                    "Dictionaries that were given up because their values hardly repeated.");
    private static final Metric OPAQUE =
            gauge(
                    "colonnade_storage_opaque_requests",
                    "requests",
                    "Requests held in blocks as their bytes, because columns would not give them"
                            + " back exactly.");
    private static final Metric WAITS =
            counter(
                    "colonnade_storage_waits",
                    "switches",
                    "Changed segments that an exporter came to, by whether a wait was predicted"
                            + " when they were changed, or nothing drained.",
                    "predicted");
    private static final Metric PREDICTED_WAIT =
            counter(
                    "colonnade_storage_predicted_wait_seconds",
                    "seconds",
                    "What was predicted in all that changed segments would wait for an exporter.");
    private static final Metric REAL_WAIT =
            counter(
                    "colonnade_storage_real_wait_seconds",
                    "seconds",
                    "What those segments waited.");

    /// Every metric that is declared here.
    public static final List<Metric> ALL =
            List.of(
                    RECORDS,
                    BYTES,
                    SHAPE_BYTES_PER_RECORD,
                    SHAPE_WIRE_BYTES_PER_RECORD,
                    PACKING_RATIO,
                    BLOCKS,
                    MODE,
                    TARGET_BYTES_PER_RECORD,
                    TARGET,
                    SWITCHES,
                    FAILURES,
                    RESHAPED,
                    RESHAPE_CPU,
                    RESHAPE_TIME,
                    UNPACKED,
                    LENT,
                    UNPACK_TIME,
                    DICTIONARY_ENTRIES,
                    DICTIONARY_HITS,
                    DICTIONARY_OVERFLOWS,
                    OPAQUE,
                    WAITS,
                    PREDICTED_WAIT,
                    REAL_WAIT);

    private final Metrics metrics;
    private final HybridStore store;
    private final String pipeline;
    private final String signal;

    private ShapeMetrics(Metrics metrics, PipelineId pipeline, HybridStore store) {
        this.metrics = metrics;
        this.store = store;
        this.pipeline = pipeline.toString();
        signal = pipeline.signal().label();
    }

    /// Registers what every store of `graph` tells.
    public static void register(Graph graph, Metrics metrics) {
        for (Map.Entry<PipelineId, HybridStore> entry : graph.stores().entrySet()) {
            ShapeMetrics shapes = new ShapeMetrics(metrics, entry.getKey(), entry.getValue());
            shapes.held(Shape.ROW);
            List<ShapePolicy> policies = graph.policies().getOrDefault(entry.getKey(), List.of());
            if (policies.isEmpty()) {
                metrics.gauge(MODE, () -> 1, shapes.pipeline, shapes.signal, "row");
                shapes.kept();
            } else {
                CHANGED.forEach(shapes::held);
                CHANGED.forEach(shapes::changed);
                shapes.wanted(policies);
                shapes.work();
            }
        }
    }

    private void held(Shape shape) {
        String[] labels = {pipeline, signal, shape.label()};
        metrics.gauge(RECORDS, () -> store.records(shape), labels);
        metrics.gauge(BYTES, () -> bytes(shape), labels);
        metrics.gauge(
                SHAPE_BYTES_PER_RECORD, () -> part(bytes(shape), store.records(shape)), labels);
        metrics.gauge(
                SHAPE_WIRE_BYTES_PER_RECORD,
                () -> part(store.wireBytes(shape), store.records(shape)),
                labels);
        metrics.gauge(PACKING_RATIO, () -> part(store.wireBytes(shape), bytes(shape)), labels);
        if (shape != Shape.ROW) {
            metrics.gauge(BLOCKS, () -> store.blocks(shape), labels);
        }
    }

    /// Rows that were rebuilt to be sent are rows, though their records count where they are held.
    private long bytes(Shape shape) {
        return store.bytes(shape) + (shape == Shape.ROW ? store.unpackedBytes() : 0);
    }

    /// What stays rows where the pipeline streams; none elsewhere.
    private void kept() {
        metrics.counter(
                SWITCHES,
                () -> store.shapes(m -> m.switches(Shape.ROW, Shape.ROW, ShapeReason.STREAMING)),
                pipeline,
                Shape.ROW.label(),
                Shape.ROW.label(),
                ShapeReason.STREAMING.label());
    }

    private void changed(Shape shape) {
        for (ShapeReason reason : ShapeReason.values()) {
            if (reason != ShapeReason.STREAMING) {
                metrics.counter(
                        SWITCHES,
                        () -> store.shapes(m -> m.switches(Shape.ROW, shape, reason)),
                        pipeline,
                        Shape.ROW.label(),
                        shape.label(),
                        reason.label());
            }
        }
        if (shape == Shape.PACKED) {
            columnsPacked();
        }
        String[] labels = {pipeline, signal, shape.label()};
        count(RESHAPED, m -> m.madeRecords(shape), labels);
        seconds(RESHAPE_CPU, m -> m.madeCpuNanos(shape), labels);
        seconds(RESHAPE_TIME, m -> m.madeNanos(shape), labels);
        count(UNPACKED, m -> m.unmadeRecords(shape), labels);
        count(LENT, m -> m.lentRecords(shape), labels);
        seconds(UNPACK_TIME, m -> m.unmadeNanos(shape), labels);
    }

    /// Columns that cost too much, or that nobody asks for any more.
    private void columnsPacked() {
        for (ShapeReason reason : ShapeReason.values()) {
            if (reason != ShapeReason.STREAMING && reason != ShapeReason.ACCESS_PATTERN) {
                metrics.counter(
                        SWITCHES,
                        () -> store.shapes(m -> m.switches(Shape.COLUMN, Shape.PACKED, reason)),
                        pipeline,
                        Shape.COLUMN.label(),
                        Shape.PACKED.label(),
                        reason.label());
            }
        }
    }

    private void wanted(List<ShapePolicy> policies) {
        ShapeConfig config = policies.getFirst().config();
        metrics.gauge(
                MODE, () -> 1, pipeline, signal, config.mode().name().toLowerCase(Locale.ROOT));
        metrics.gauge(
                TARGET_BYTES_PER_RECORD, () -> config.targetBytesPerRecord(), pipeline, signal);
        for (Target state : Target.values()) {
            metrics.gauge(
                    TARGET,
                    () -> worst(policies) == state ? 1 : 0,
                    pipeline,
                    signal,
                    state.label());
        }
    }

    private void work() {
        String[] labels = {pipeline, signal};
        for (ShapeMeter.Failure failure : ShapeMeter.Failure.values()) {
            count(FAILURES, m -> m.failures(failure), pipeline, signal, failure.label());
        }
        count(DICTIONARY_ENTRIES, ShapeMeter::dictionaryEntries, labels);
        count(DICTIONARY_HITS, ShapeMeter::dictionaryHits, labels);
        count(DICTIONARY_OVERFLOWS, ShapeMeter::dictionaryOverflows, labels);
        metrics.gauge(OPAQUE, store::opaqueEntries, labels);
        count(WAITS, ShapeMeter::waits, pipeline, signal, "yes");
        count(WAITS, ShapeMeter::unpredictedWaits, pipeline, signal, "no");
        seconds(PREDICTED_WAIT, ShapeMeter::predictedWaitNanos, labels);
        seconds(REAL_WAIT, ShapeMeter::realWaitNanos, labels);
    }

    private void count(Metric metric, ToLongFunction<ShapeMeter> figure, String... labels) {
        metrics.counter(metric, () -> store.shapes(figure), labels);
    }

    private void seconds(Metric metric, ToLongFunction<ShapeMeter> nanos, String... labels) {
        metrics.decimalCounter(metric, () -> store.shapes(nanos) / NANOS_PER_SECOND, labels);
    }

    private static Target worst(List<ShapePolicy> policies) {
        Target worst = Target.MET;
        for (ShapePolicy policy : policies) {
            Target target = policy.target();
            worst = target.compareTo(worst) > 0 ? target : worst;
        }
        return worst;
    }

    private static double part(long bytes, long of) {
        return of <= 0 ? Double.NaN : bytes / (double) of;
    }

    private static Metric counter(String name, String unit, String help, String... more) {
        return Metric.counter(name, unit, help, GraphMetrics.labels(more));
    }

    private static Metric gauge(String name, String unit, String help, String... more) {
        return Metric.gauge(name, unit, help, GraphMetrics.labels(more));
    }
}
