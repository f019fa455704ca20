package dev.colonnade.pipeline.testkit;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceProto;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceProto;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What protobuf-java makes of OTLP requests, with string fields read as bytes.
///
/// Two depths: [#whole()] reads everything; [#envelopes()] reads records, resources, scopes and
/// attributes as bytes, so that it accepts exactly what is intact down to the records.
public final class OtlpOracle {
    /// A record with all that it stands in, each as protobuf-java serialises it; a message that
    /// should hold records and holds none is a row without a record.
    ///
    /// @param resource the `ResourceX` without its scopes
    /// @param scope the `ScopeX` without its items; empty when the resource has none
    /// @param metric the `Metric` without its points; empty for logs and traces
    /// @param isRecord false for a message without records
    /// @param record the record; empty for a message without records
    public record Row(
            ByteString resource,
            ByteString scope,
            ByteString metric,
            boolean isRecord,
            ByteString record) {}

    private static final Set<String> OPAQUE =
            Set.of(
                    ".opentelemetry.proto.resource.v1.Resource",
                    ".opentelemetry.proto.common.v1.InstrumentationScope",
                    ".opentelemetry.proto.common.v1.KeyValue",
                    ".opentelemetry.proto.logs.v1.LogRecord",
                    ".opentelemetry.proto.trace.v1.Span",
                    ".opentelemetry.proto.metrics.v1.NumberDataPoint",
                    ".opentelemetry.proto.metrics.v1.HistogramDataPoint",
                    ".opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint",
                    ".opentelemetry.proto.metrics.v1.SummaryDataPoint");
    private static final Set<String> SCOPES = Set.of("scope_logs", "scope_spans", "scope_metrics");
    private static final Set<String> ITEMS = Set.of("log_records", "spans", "metrics");

    private static final OtlpOracle WHOLE = new OtlpOracle(Set.of());
    private static final OtlpOracle ENVELOPES = new OtlpOracle(OPAQUE);

    private final Set<String> opaque;
    private final Map<String, FileDescriptor> files = new HashMap<>();
    private final Map<Signal, Descriptor> requests = new HashMap<>();

    private OtlpOracle(Set<String> opaque) {
        this.opaque = opaque;
        try {
            add(Signal.LOGS, LogsServiceProto.getDescriptor(), "ExportLogsServiceRequest");
            add(Signal.TRACES, TraceServiceProto.getDescriptor(), "ExportTraceServiceRequest");
            add(Signal.METRICS, MetricsServiceProto.getDescriptor(), "ExportMetricsServiceRequest");
        } catch (DescriptorValidationException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// Reads everything.
    public static OtlpOracle whole() {
        return WHOLE;
    }

    /// Reads down to the records.
    public static OtlpOracle envelopes() {
        return ENVELOPES;
    }

    /// The request in `bytes`.
    public DynamicMessage parse(Signal signal, byte[] bytes) throws InvalidProtocolBufferException {
        return DynamicMessage.parseFrom(requests.get(signal), bytes);
    }

    /// Whether protobuf-java accepts `bytes`.
    public boolean accepts(Signal signal, byte[] bytes) {
        try {
            parse(signal, bytes);
            return true;
        } catch (InvalidProtocolBufferException refused) {
            return false;
        }
    }

    /// The records of a request in order, each with what it stands in.
    public static List<Row> rows(DynamicMessage request) {
        List<Row> rows = new ArrayList<>();
        for (DynamicMessage resource :
                children(request, Set.of("resource_logs", "resource_spans", "resource_metrics"))) {
            ByteString resourceBytes = without(resource, SCOPES);
            List<DynamicMessage> scopes = children(resource, SCOPES);
            if (scopes.isEmpty()) {
                rows.add(empty(resourceBytes, ByteString.EMPTY, ByteString.EMPTY));
            }
            for (DynamicMessage scope : scopes) {
                addScope(resourceBytes, scope, rows);
            }
        }
        return rows;
    }

    /// What a request holds beside its resources, serialised.
    public static ByteString rest(DynamicMessage request) {
        return without(request, Set.of("resource_logs", "resource_spans", "resource_metrics"));
    }

    /// How many records a request holds.
    public static int records(DynamicMessage request) {
        return (int) rows(request).stream().filter(Row::isRecord).count();
    }

    private static void addScope(ByteString resource, DynamicMessage scope, List<Row> rows) {
        ByteString scopeBytes = without(scope, ITEMS);
        FieldDescriptor items = field(scope, ITEMS);
        int count = scope.getRepeatedFieldCount(items);
        if (count == 0) {
            rows.add(empty(resource, scopeBytes, ByteString.EMPTY));
        }
        for (int i = 0; i < count; i++) {
            Object item = scope.getRepeatedField(items, i);
            if (items.getName().equals("metrics")) {
                addMetric(resource, scopeBytes, (DynamicMessage) item, rows);
            } else {
                rows.add(new Row(resource, scopeBytes, ByteString.EMPTY, true, bytes(item)));
            }
        }
    }

    private static void addMetric(
            ByteString resource, ByteString scope, DynamicMessage metric, List<Row> rows) {
        FieldDescriptor member =
                metric.getOneofFieldDescriptor(metric.getDescriptorForType().getOneofs().get(0));
        if (member == null) {
            rows.add(empty(resource, scope, metric.toByteString()));
            return;
        }
        DynamicMessage data = (DynamicMessage) metric.getField(member);
        FieldDescriptor points = data.getDescriptorForType().findFieldByName("data_points");
        ByteString bare =
                metric.toBuilder()
                        .setField(member, data.toBuilder().clearField(points).build())
                        .build()
                        .toByteString();
        int count = data.getRepeatedFieldCount(points);
        if (count == 0) {
            rows.add(empty(resource, scope, bare));
        }
        for (int i = 0; i < count; i++) {
            rows.add(new Row(resource, scope, bare, true, bytes(data.getRepeatedField(points, i))));
        }
    }

    private static Row empty(ByteString resource, ByteString scope, ByteString metric) {
        return new Row(resource, scope, metric, false, ByteString.EMPTY);
    }

    private static ByteString bytes(Object record) {
        return record instanceof DynamicMessage message
                ? message.toByteString()
                : (ByteString) record;
    }

    private static FieldDescriptor field(DynamicMessage message, Set<String> names) {
        return message.getDescriptorForType().getFields().stream()
                .filter(field -> names.contains(field.getName()))
                .findFirst()
                .orElseThrow();
    }

    private static List<DynamicMessage> children(DynamicMessage message, Set<String> names) {
        FieldDescriptor field = field(message, names);
        List<DynamicMessage> children = new ArrayList<>();
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
            children.add((DynamicMessage) message.getRepeatedField(field, i));
        }
        return children;
    }

    private static ByteString without(DynamicMessage message, Set<String> names) {
        return message.toBuilder().clearField(field(message, names)).build().toByteString();
    }

    private void add(Signal signal, FileDescriptor file, String request)
            throws DescriptorValidationException {
        requests.put(signal, rewrite(file).findMessageTypeByName(request));
    }

    private FileDescriptor rewrite(FileDescriptor file) throws DescriptorValidationException {
        FileDescriptor done = files.get(file.getName());
        if (done != null) {
            return done;
        }
        List<FileDescriptor> dependencies = new ArrayList<>();
        for (FileDescriptor dependency : file.getDependencies()) {
            dependencies.add(rewrite(dependency));
        }
        FileDescriptorProto.Builder proto = file.toProto().toBuilder();
        proto.getMessageTypeBuilderList().forEach(this::rewrite);
        FileDescriptor rewritten =
                FileDescriptor.buildFrom(
                        proto.build(), dependencies.toArray(FileDescriptor[]::new));
        files.put(file.getName(), rewritten);
        return rewritten;
    }

    private void rewrite(DescriptorProto.Builder message) {
        message.getNestedTypeBuilderList().forEach(this::rewrite);
        for (FieldDescriptorProto.Builder field : message.getFieldBuilderList()) {
            boolean isOpaque =
                    field.getType() == FieldDescriptorProto.Type.TYPE_MESSAGE
                            && opaque.contains(field.getTypeName());
            if (isOpaque || field.getType() == FieldDescriptorProto.Type.TYPE_STRING) {
                field.setType(FieldDescriptorProto.Type.TYPE_BYTES).clearTypeName();
            }
        }
    }
}
