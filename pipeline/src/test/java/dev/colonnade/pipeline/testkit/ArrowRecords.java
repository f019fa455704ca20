package dev.colonnade.pipeline.testkit;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.util.Text;
import org.jspecify.annotations.Nullable;

/// Makes OTLP of what a stock reader of Arrow read, by names and metadata alone, row by row: what a
/// consumer that knows Arrow and OTLP would do.
public final class ArrowRecords {
    /// A record and what it stands in, attributes in the order of their bytes.
    public record Row(
            ByteString resource, ByteString scope, ByteString metric, ByteString record) {}

    private static final List<String> DATA =
            List.of("gauge", "sum", "histogram", "exponential_histogram", "summary");

    private final VectorSchemaRoot root;
    private final DictionaryProvider dictionaries;
    private final Descriptor resources;
    private final Descriptor scopes;
    private final Descriptor items;
    private final boolean hasMetrics;

    /// The rows of `root`, whose dictionaries are there.
    public ArrowRecords(Signal signal, VectorSchemaRoot root, DictionaryProvider dictionaries)
            throws InvalidProtocolBufferException {
        this.root = root;
        this.dictionaries = dictionaries;
        Descriptor request = OtlpOracle.whole().parse(signal, new byte[0]).getDescriptorForType();
        resources = request.findFieldByNumber(1).getMessageType();
        scopes = resources.findFieldByNumber(2).getMessageType();
        items = scopes.findFieldByNumber(2).getMessageType();
        hasMetrics = signal == Signal.METRICS;
    }

    /// The rows of requests of a signal as protobuf-java reads them.
    public static List<Row> expected(Signal signal, List<OtlpOracle.Row> rows)
            throws InvalidProtocolBufferException {
        return new ArrowRecords(signal).expected(rows);
    }

    private ArrowRecords(Signal signal) throws InvalidProtocolBufferException {
        this(
                signal,
                new VectorSchemaRoot(List.of()),
                new DictionaryProvider.MapDictionaryProvider());
    }

    /// The rows of requests as protobuf-java reads them.
    public List<Row> expected(List<OtlpOracle.Row> rows) throws InvalidProtocolBufferException {
        List<Row> expected = new ArrayList<>();
        for (OtlpOracle.Row row : rows) {
            if (row.isRecord()) {
                @Nullable DynamicMessage metric =
                        hasMetrics ? DynamicMessage.parseFrom(items, row.metric()) : null;
                Descriptor record = metric == null ? items : pointOf(metric);
                expected.add(
                        new Row(
                                sorted(DynamicMessage.parseFrom(resources, row.resource())),
                                sorted(DynamicMessage.parseFrom(scopes, row.scope())),
                                metric == null ? ByteString.EMPTY : sorted(metric),
                                sorted(DynamicMessage.parseFrom(record, row.record()))));
            }
        }
        return expected;
    }

    /// The rows that were read.
    public List<Row> rows() throws InvalidProtocolBufferException {
        List<Row> rows = new ArrayList<>();
        for (int row = 0; row < root.getRowCount(); row++) {
            @Nullable DynamicMessage metric = hasMetrics ? metric(row) : null;
            Descriptor record = metric == null ? items : pointOf(metric);
            rows.add(
                    new Row(
                            sorted(container(resources, "resource", row)),
                            sorted(container(scopes, "scope", row)),
                            metric == null ? ByteString.EMPTY : sorted(metric),
                            sorted(message(record, root.getFieldVectors(), "record", row))));
        }
        return rows;
    }

    private static Descriptor pointOf(DynamicMessage metric) {
        FieldDescriptor data =
                metric.getOneofFieldDescriptor(metric.getDescriptorForType().getOneofs().get(0));
        return data.getMessageType().findFieldByNumber(1).getMessageType();
    }

    private DynamicMessage container(Descriptor type, String level, int row)
            throws InvalidProtocolBufferException {
        FieldDescriptor inner = type.findFieldByNumber(1);
        DynamicMessage.Builder container = DynamicMessage.newBuilder(type);
        DynamicMessage content =
                message(
                        inner.getMessageType(),
                        without(root.getFieldVectors(), "schema_url"),
                        level,
                        row);
        boolean isThere = Boolean.TRUE.equals(cell(level, "is_empty", row));
        if (isThere || !content.equals(content.getDefaultInstanceForType())) {
            container.setField(inner, content);
        }
        Object schemaUrl = cell(level, "schema_url", row);
        if (schemaUrl != null) {
            container.setField(type.findFieldByName("schema_url"), schemaUrl);
        }
        Object unknown = cell(level + "_group", "unknown_fields", row);
        return unknown == null
                ? container.build()
                : container.mergeFrom((ByteString) unknown).build();
    }

    private DynamicMessage metric(int row) throws InvalidProtocolBufferException {
        List<String> ofData =
                List.of("aggregation_temporality", "is_monotonic", "data_unknown_fields");
        DynamicMessage.Builder metric =
                message(
                        items,
                        without(
                                root.getFieldVectors(),
                                "type",
                                "id",
                                ofData.get(0),
                                ofData.get(1),
                                ofData.get(2)),
                        "metric",
                        row)
                        .toBuilder();
        String type = ((ByteString) requireNonNull(cell("metric", "type", row))).toStringUtf8();
        if (!DATA.contains(type)) {
            throw new AssertionError("metric of no kind: " + type);
        }
        FieldDescriptor member = items.findFieldByName(type);
        DynamicMessage.Builder data = DynamicMessage.newBuilder(member.getMessageType());
        for (String name : ofData.subList(0, 2)) {
            Object value = cell("metric", name, row);
            if (value != null) {
                FieldDescriptor field = member.getMessageType().findFieldByName(name);
                data.setField(field, scalar(field, value));
            }
        }
        Object unknown = cell("metric", ofData.get(2), row);
        if (unknown != null) {
            data.mergeFrom((ByteString) unknown);
        }
        return metric.setField(member, data.build()).build();
    }

    /// A message of the columns of a level.
    private DynamicMessage message(
            Descriptor type, List<FieldVector> columns, String level, int row)
            throws InvalidProtocolBufferException {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        List<ByteString> unknown = new ArrayList<>();
        for (FieldVector column : columns) {
            Map<String, String> metadata = column.getField().getMetadata();
            if (level.equals(metadata.get("otlp.level")) && !column.isNull(row)) {
                addColumn(message, column, metadata, row, unknown::add);
            }
        }
        for (ByteString bytes : unknown) {
            message.mergeFrom(bytes);
        }
        return message.build();
    }

    private void addColumn(
            DynamicMessage.Builder message,
            FieldVector column,
            Map<String, String> metadata,
            int row,
            Consumer<ByteString> unknown)
            throws InvalidProtocolBufferException {
        String name = requireNonNull(metadata.get("otlp.field"));
        if (name.equals("unknown_fields")) {
            unknown.accept((ByteString) value(column, row));
            return;
        }
        if (name.equals("is_empty") || name.equals("id")) {
            return;
        }
        int dot = name.indexOf('.');
        if (dot > 0) {
            FieldDescriptor struct =
                    message.getDescriptorForType().findFieldByName(name.substring(0, dot));
            Message.Builder inner = ((DynamicMessage) message.getField(struct)).toBuilder();
            addPart((DynamicMessage.Builder) inner, column, name.substring(dot + 1), row);
            message.setField(struct, inner.build());
        } else if (name.startsWith("other_")) {
            addOthers(message, name.substring("other_".length()), value(column, row));
        } else {
            FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
            if (field == null) {
                throw new AssertionError("column of no field: " + column.getField());
            }
            addField(message, field, column, metadata, row);
        }
    }

    private void addPart(DynamicMessage.Builder part, FieldVector column, String name, int row)
            throws InvalidProtocolBufferException {
        if (name.equals("unknown_fields")) {
            part.mergeFrom((ByteString) value(column, row));
        } else if (!name.equals("is_empty")) {
            FieldDescriptor field = part.getDescriptorForType().findFieldByName(name);
            addField(part, field, column, column.getField().getMetadata(), row);
        }
    }

    private static void addOthers(DynamicMessage.Builder message, String name, Object bytes)
            throws InvalidProtocolBufferException {
        FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
        // A KeyValueList: field 1 is the pair.
        var in = ((ByteString) bytes).newCodedInput();
        try {
            while (in.readTag() != 0) {
                message.addRepeatedField(
                        field, DynamicMessage.parseFrom(field.getMessageType(), in.readBytes()));
            }
        } catch (java.io.IOException damaged) {
            throw new AssertionError(damaged);
        }
    }

    private void addField(
            DynamicMessage.Builder message,
            FieldDescriptor field,
            FieldVector column,
            Map<String, String> metadata,
            int row)
            throws InvalidProtocolBufferException {
        String key = metadata.get("otlp.key");
        if (key != null) {
            Descriptor pair = field.getMessageType();
            FieldDescriptor value = pair.findFieldByName("value");
            message.addRepeatedField(
                    field,
                    DynamicMessage.newBuilder(pair)
                            .setField(pair.findFieldByName("key"), ByteString.copyFromUtf8(key))
                            .setField(value, any(value.getMessageType(), column, row))
                            .build());
        } else if (field.isRepeated()) {
            addList(message, field, (ListVector) column, row);
        } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            message.setField(field, any(field.getMessageType(), column, row));
        } else {
            message.setField(field, scalar(field, value(column, row)));
        }
    }

    private void addList(
            DynamicMessage.Builder message, FieldDescriptor field, ListVector list, int row)
            throws InvalidProtocolBufferException {
        FieldVector elements = list.getDataVector();
        for (int index = list.getElementStartIndex(row);
                index < list.getElementEndIndex(row);
                index++) {
            if (elements instanceof StructVector struct) {
                List<FieldVector> columns = struct.getChildrenFromFields();
                message.addRepeatedField(
                        field, message(field.getMessageType(), columns, "record", index));
            } else {
                message.addRepeatedField(field, value(elements, index));
            }
        }
    }

    private DynamicMessage any(Descriptor type, FieldVector column, int row)
            throws InvalidProtocolBufferException {
        DynamicMessage.Builder any = DynamicMessage.newBuilder(type);
        Object value = value(column, row);
        String name = requireNonNull(column.getField().getMetadata().get("otlp.type"));
        if (!name.equals("empty")) {
            FieldDescriptor member = type.findFieldByName(name + "_value");
            boolean isMessage = member.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
            any.setField(
                    member,
                    isMessage
                            ? DynamicMessage.parseFrom(member.getMessageType(), (ByteString) value)
                            : value);
        }
        return any.build();
    }

    private static Object scalar(FieldDescriptor field, Object value) {
        return field.getJavaType() == FieldDescriptor.JavaType.ENUM
                ? field.getEnumType().findValueByNumberCreatingIfUnknown((Integer) value)
                : value;
    }

    private @Nullable Object cell(String level, String name, int row) {
        for (FieldVector column : root.getFieldVectors()) {
            Map<String, String> metadata = column.getField().getMetadata();
            if (level.equals(metadata.get("otlp.level"))
                    && name.equals(metadata.get("otlp.field"))
                    && !column.isNull(row)) {
                return value(column, row);
            }
        }
        return null;
    }

    /// A value; byte strings as protobuf has them.
    private Object value(FieldVector column, int row) {
        DictionaryEncoding encoding = column.getField().getDictionary();
        if (encoding != null) {
            return value(
                    dictionaries.lookup(encoding.getId()).getVector(),
                    ((IntVector) column).get(row));
        }
        return switch (requireNonNull(column.getObject(row))) {
            case Text text -> ByteString.copyFrom(text.copyBytes());
            case byte[] bytes -> ByteString.copyFrom(bytes);
            case Object other -> other;
        };
    }

    private static List<FieldVector> without(List<FieldVector> columns, String... names) {
        return columns.stream()
                .filter(column ->
                        !List.of(names).contains(column.getField().getMetadata().get("otlp.field")))
                .toList();
    }

    /// The message with its attributes in the order of their bytes.
    private static ByteString sorted(DynamicMessage message) {
        return sort(message).toByteString();
    }

    private static DynamicMessage sort(DynamicMessage message) {
        DynamicMessage.Builder sorted = message.toBuilder();
        for (FieldDescriptor field : message.getAllFields().keySet()) {
            if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
                continue;
            }
            if (!field.isRepeated()) {
                sorted.setField(field, sort((DynamicMessage) message.getField(field)));
                continue;
            }
            List<DynamicMessage> all = new ArrayList<>();
            for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
                all.add((DynamicMessage) message.getRepeatedField(field, i));
            }
            boolean isKeyed = field.getMessageType().getName().equals("KeyValue");
            boolean isInValue = message.getDescriptorForType().getName().equals("KeyValueList");
            if (isKeyed && !isInValue) {
                all.sort(
                        Comparator.comparing(
                                DynamicMessage::toByteString,
                                ByteString.unsignedLexicographicalComparator()));
            } else if (!isInValue) {
                all.replaceAll(ArrowRecords::sort);
            }
            sorted.setField(field, all);
        }
        return sorted.build();
    }
}
