package dev.colonnade.benchmarks;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.pipeline.Processor;
import dev.colonnade.pipeline.Processor.Outcome;
import dev.colonnade.pipeline.RequestContext;
import dev.colonnade.pipeline.processor.attributes.ActionConfig;
import dev.colonnade.pipeline.processor.attributes.AttributeValue;
import dev.colonnade.pipeline.processor.attributes.AttributesConfig;
import dev.colonnade.pipeline.processor.attributes.AttributesProcessor;
import dev.colonnade.pipeline.processor.attributes.ResourceConfig;
import dev.colonnade.pipeline.processor.attributes.ResourceProcessor;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.SlabPool;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.trace.v1.Span;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Nanoseconds per record to change one attribute of every record: by splicing, by protobuf-java
/// (parse, edit, serialise), and what a copy of the request costs. 64 bodies take turns.
@NullUnmarked // JMH and @Setup fill the fields
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(WireBenchmarkBodies.RECORDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ProcessorBenchmark {
    private static final int BODIES = 64;
    private static final String VALUE = "production";

    /// What is done; each exactly once per record, but for `miss`, which finds nothing to do.
    public enum Edit {
        INSERT,
        UPDATE,
        DELETE,
        RENAME,
        HASH,
        MISS
    }

    @Param({"LOGS", "TRACES"})
    public Signal signal;

    @Param({"INSERT", "UPDATE", "DELETE", "RENAME", "HASH", "MISS"})
    public Edit edit;

    private final Arena arena = Arena.ofShared();
    private final MemoryBudget budget = MemoryBudget.root("benchmark", 64L << 20);
    private final SlabPool pool = new SlabPool(budget, 16L << 20);
    private final ShardMemory memory = new ShardMemory(pool);
    private final ExtentSpace space = new ExtentSpace(memory, BudgetShare.of(budget));
    private final Extent target = new Extent();
    private final Processor.Grower grower = this::grow;
    private byte[][] heap;
    private long[] addresses;
    private Processor processor;
    private Processor resource;
    private Processor extract;
    private Processor pattern;
    private String key;
    private int next;

    @Setup
    public void draw() {
        heap = WireBenchmarkBodies.draw(signal, BODIES);
        addresses = new long[BODIES];
        for (int i = 0; i < BODIES; i++) {
            addresses[i] = WireBenchmarkBodies.offHeap(arena, heap[i]);
        }
        key = signal == Signal.LOGS ? "app.key.5" : "http.key.9";
        processor = new AttributesProcessor(new AttributesConfig(null, null, actions()), signal);
        extract = one(ActionConfig.of("extract", key).pattern("^(?P<first>[a-z0-9]{3})"));
        pattern = one(ActionConfig.of("delete", "").pattern("key\\.[57]$"));
        resource = new ResourceProcessor(new ResourceConfig(resourceActions()));
    }

    private Processor one(ActionConfig action) {
        return new AttributesProcessor(new AttributesConfig(null, null, List.of(action)), signal);
    }

    private List<ActionConfig> actions() {
        AttributeValue value = AttributeValue.of(VALUE);
        return switch (edit) {
            case INSERT -> List.of(ActionConfig.of("insert", "environment").value(value));
            case UPDATE -> List.of(ActionConfig.of("update", key).value(value));
            case DELETE -> List.of(ActionConfig.of("delete", key));
            case RENAME ->
                    List.of(
                            ActionConfig.of("insert", "renamed").fromAttribute(key),
                            ActionConfig.of("delete", key));
            case HASH -> List.of(ActionConfig.of("hash", key));
            case MISS -> List.of(ActionConfig.of("delete", key + 1));
        };
    }

    private List<ActionConfig> resourceActions() {
        return List.of(ActionConfig.of("insert", "environment").value(AttributeValue.of(VALUE)));
    }

    @TearDown
    public void free() {
        space.close();
        memory.close();
        pool.close();
        budget.close();
        arena.close();
    }

    @Benchmark
    public int splice() {
        return run(processor, edit == Edit.MISS ? Outcome.UNCHANGED : Outcome.CHANGED);
    }

    /// One resource for all the records of a body.
    @Benchmark
    public int spliceResource() {
        return run(resource, Outcome.CHANGED);
    }

    /// An expression on a value; whatever `edit` says.
    @Benchmark
    public int spliceExtract() {
        return run(extract, Outcome.CHANGED);
    }

    /// An expression on keys, which deletes two of them; whatever `edit` says.
    @Benchmark
    public int splicePattern() {
        return run(pattern, Outcome.CHANGED);
    }

    /// What passing a request on would cost if it had to be copied.
    @Benchmark
    public int copy() {
        int body = turn();
        int length = heap[body].length;
        WireBenchmarkBodies.check(grow(target, length + length / 8 + 256));
        OffHeap.copy(addresses[body], target.address(), length);
        target.advance(length);
        return release();
    }

    @Benchmark
    public int protobuf() throws InvalidProtocolBufferException, NoSuchAlgorithmException {
        byte[] body = heap[turn()];
        if (signal == Signal.LOGS) {
            ExportLogsServiceRequest.Builder request =
                    ExportLogsServiceRequest.parseFrom(body).toBuilder();
            for (LogRecord.Builder log :
                    request.getResourceLogsBuilder(0)
                            .getScopeLogsBuilder(0)
                            .getLogRecordsBuilderList()) {
                int index = indexOf(log.getAttributesList());
                switch (edit) {
                    case INSERT -> log.addAttributes(attribute("environment", VALUE));
                    case UPDATE -> log.setAttributes(index, attribute(key, VALUE));
                    case DELETE -> log.removeAttributes(index);
                    case RENAME -> {
                        AnyValue value = log.getAttributes(index).getValue();
                        log.removeAttributes(index);
                        log.addAttributesBuilder().setKey("renamed").setValue(value);
                    }
                    case HASH -> log.setAttributes(index, hashed(log.getAttributes(index)));
                    case MISS -> {}
                }
            }
            return request.build().toByteArray().length;
        }
        ExportTraceServiceRequest.Builder request =
                ExportTraceServiceRequest.parseFrom(body).toBuilder();
        for (Span.Builder span :
                request.getResourceSpansBuilder(0).getScopeSpansBuilder(0).getSpansBuilderList()) {
            int index = indexOf(span.getAttributesList());
            switch (edit) {
                case INSERT -> span.addAttributes(attribute("environment", VALUE));
                case UPDATE -> span.setAttributes(index, attribute(key, VALUE));
                case DELETE -> span.removeAttributes(index);
                case RENAME -> {
                    AnyValue value = span.getAttributes(index).getValue();
                    span.removeAttributes(index);
                    span.addAttributesBuilder().setKey("renamed").setValue(value);
                }
                case HASH -> span.setAttributes(index, hashed(span.getAttributes(index)));
                case MISS -> {}
            }
        }
        return request.build().toByteArray().length;
    }

    private int run(Processor with, Outcome expected) {
        int body = turn();
        Outcome outcome =
                with.process(
                        signal,
                        addresses[body],
                        heap[body].length,
                        RequestContext.NONE,
                        target,
                        grower);
        WireBenchmarkBodies.check(outcome == expected);
        return outcome == Outcome.CHANGED ? release() : 0;
    }

    private int release() {
        int length = target.length();
        space.release(target);
        return length;
    }

    private boolean grow(Extent extent, int capacity) {
        return extent.isOpen() ? space.grow(extent, capacity) : space.reserve(extent, capacity);
    }

    private int indexOf(List<KeyValue> attributes) {
        for (int i = 0; i < attributes.size(); i++) {
            if (attributes.get(i).getKey().equals(key)) {
                return i;
            }
        }
        throw new IllegalStateException("attribute is missing: key=" + key);
    }

    private static KeyValue hashed(KeyValue attribute) throws NoSuchAlgorithmException {
        byte[] value = attribute.getValue().getStringValue().getBytes(StandardCharsets.UTF_8);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(value);
        return attribute(attribute.getKey(), HexFormat.of().formatHex(digest));
    }

    private static KeyValue attribute(String name, String value) {
        return KeyValue.newBuilder()
                .setKey(name)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private int turn() {
        next = next + 1 == BODIES ? 0 : next + 1;
        return next;
    }
}
