package dev.colonnade.storage.columnar;

import dev.colonnade.storage.Signal;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the fields of an OTLP message are called, and what they are, for readers of [ColumnBatch].
///
/// Field numbers: opentelemetry-proto 1.7. What is not here is an unknown field.
final class ArrowSpec {
    /// What a field is.
    enum Kind {
        /// `fixed64`, nanoseconds since 1970.
        TIME,
        /// `fixed64`.
        UINT64,
        /// `sfixed64`.
        INT64,
        /// `double`.
        DOUBLE,
        /// `fixed32`.
        FIXED32,
        /// `uint32`.
        UINT32,
        /// An enumeration.
        INT32,
        /// `sint32`.
        SINT32,
        /// `bool`.
        BOOL,
        /// `string`.
        TEXT,
        /// `bytes`, 16 of them where it is what it should be.
        ID16,
        /// `bytes`, 8 of them where it is what it should be.
        ID8,
        /// `repeated fixed64`.
        FIXED64S,
        /// `repeated uint64`.
        VARINTS,
        /// `repeated double`.
        DOUBLES,
        /// `AnyValue`.
        VALUE,
        /// `repeated KeyValue`.
        ATTRIBUTES,
        /// A message that is kept as bytes and says something about all rows of its parent.
        EMBEDDED,
        /// Messages that are no rows but hold some.
        GROUP,
        /// The records.
        RECORD,
        /// A message that belongs to its parent's row.
        STRUCT,
        /// Messages that are rows of a list.
        LIST
    }

    /// A field.
    ///
    /// @param name the column's name, without what it stands in
    record Entry(Kind kind, String name, @Nullable ArrowSpec child) {
        ArrowSpec children() {
            if (child == null) {
                throw new IllegalStateException("field is no message: name=" + name);
            }
            return child;
        }
    }

    /// The column of fields that have no entry.
    static final String UNKNOWN = "unknown_fields";

    /// The column that says of which kind a metric is, by the name of the member.
    static final String METRIC_TYPE = "metric.type";

    private static final ArrowSpec EXEMPLAR =
            new ArrowSpec("")
                    .with(2, Kind.TIME, "time_unix_nano")
                    .with(3, Kind.DOUBLE, "as_double")
                    .with(4, Kind.ID8, "span_id")
                    .with(5, Kind.ID16, "trace_id")
                    .with(6, Kind.INT64, "as_int")
                    .with(7, Kind.ATTRIBUTES, "filtered_attributes");
    private static final ArrowSpec QUANTILE =
            new ArrowSpec("").with(1, Kind.DOUBLE, "quantile").with(2, Kind.DOUBLE, "value");

    private static final ArrowSpec NUMBER =
            point(7, 8, 5).with(4, Kind.DOUBLE, "as_double").with(6, Kind.INT64, "as_int");
    private static final ArrowSpec HISTOGRAM =
            point(9, 10, 8)
                    .with(4, Kind.UINT64, "count")
                    .with(5, Kind.DOUBLE, "sum")
                    .with(6, Kind.FIXED64S, "bucket_counts")
                    .with(7, Kind.DOUBLES, "explicit_bounds")
                    .with(11, Kind.DOUBLE, "min")
                    .with(12, Kind.DOUBLE, "max");
    private static final ArrowSpec EXPONENTIAL =
            point(1, 10, 11)
                    .with(4, Kind.UINT64, "count")
                    .with(5, Kind.DOUBLE, "sum")
                    .with(6, Kind.SINT32, "scale")
                    .with(7, Kind.UINT64, "zero_count")
                    .with(8, Kind.STRUCT, "positive", buckets("positive."))
                    .with(9, Kind.STRUCT, "negative", buckets("negative."))
                    .with(12, Kind.DOUBLE, "min")
                    .with(13, Kind.DOUBLE, "max")
                    .with(14, Kind.DOUBLE, "zero_threshold");
    private static final ArrowSpec SUMMARY =
            point(7, 8, 0)
                    .with(4, Kind.UINT64, "count")
                    .with(5, Kind.DOUBLE, "sum")
                    .with(6, Kind.LIST, "quantile_values", QUANTILE);
    private static final ArrowSpec METRIC =
            new ArrowSpec("metric.", "metric.unknown_fields", "metric.id")
                    .with(1, Kind.TEXT, "name")
                    .with(2, Kind.TEXT, "description")
                    .with(3, Kind.TEXT, "unit")
                    .with(5, Kind.GROUP, "gauge", data(NUMBER))
                    .with(
                            7,
                            Kind.GROUP,
                            "sum",
                            temporal(data(NUMBER)).with(3, Kind.BOOL, "is_monotonic"))
                    .with(9, Kind.GROUP, "histogram", temporal(data(HISTOGRAM)))
                    .with(10, Kind.GROUP, "exponential_histogram", temporal(data(EXPONENTIAL)))
                    .with(11, Kind.GROUP, "summary", data(SUMMARY))
                    .with(12, Kind.ATTRIBUTES, "metadata");
    private static final ArrowSpec LOG =
            new ArrowSpec("")
                    .with(1, Kind.TIME, "time_unix_nano")
                    .with(2, Kind.INT32, "severity_number")
                    .with(3, Kind.TEXT, "severity_text")
                    .with(5, Kind.VALUE, "body")
                    .with(6, Kind.ATTRIBUTES, "attributes")
                    .with(7, Kind.UINT32, "dropped_attributes_count")
                    .with(8, Kind.FIXED32, "flags")
                    .with(9, Kind.ID16, "trace_id")
                    .with(10, Kind.ID8, "span_id")
                    .with(11, Kind.TIME, "observed_time_unix_nano")
                    .with(12, Kind.TEXT, "event_name");
    private static final ArrowSpec EVENT =
            new ArrowSpec("")
                    .with(1, Kind.TIME, "time_unix_nano")
                    .with(2, Kind.TEXT, "name")
                    .with(3, Kind.ATTRIBUTES, "attributes")
                    .with(4, Kind.UINT32, "dropped_attributes_count");
    private static final ArrowSpec LINK =
            new ArrowSpec("")
                    .with(1, Kind.ID16, "trace_id")
                    .with(2, Kind.ID8, "span_id")
                    .with(3, Kind.TEXT, "trace_state")
                    .with(4, Kind.ATTRIBUTES, "attributes")
                    .with(5, Kind.UINT32, "dropped_attributes_count")
                    .with(6, Kind.FIXED32, "flags");
    private static final ArrowSpec STATUS =
            new ArrowSpec("status.").with(2, Kind.TEXT, "message").with(3, Kind.INT32, "code");
    private static final ArrowSpec SPAN =
            new ArrowSpec("")
                    .with(1, Kind.ID16, "trace_id")
                    .with(2, Kind.ID8, "span_id")
                    .with(3, Kind.TEXT, "trace_state")
                    .with(4, Kind.ID8, "parent_span_id")
                    .with(5, Kind.TEXT, "name")
                    .with(6, Kind.INT32, "kind")
                    .with(7, Kind.TIME, "start_time_unix_nano")
                    .with(8, Kind.TIME, "end_time_unix_nano")
                    .with(9, Kind.ATTRIBUTES, "attributes")
                    .with(10, Kind.UINT32, "dropped_attributes_count")
                    .with(11, Kind.LIST, "events", EVENT)
                    .with(12, Kind.UINT32, "dropped_events_count")
                    .with(13, Kind.LIST, "links", LINK)
                    .with(14, Kind.UINT32, "dropped_links_count")
                    .with(15, Kind.STRUCT, "status", STATUS)
                    .with(16, Kind.FIXED32, "flags");

    private static final ArrowSpec LOGS = request(Kind.RECORD, "log", LOG);
    private static final ArrowSpec TRACES = request(Kind.RECORD, "span", SPAN);
    private static final ArrowSpec METRICS = request(Kind.GROUP, "metric", METRIC);

    /// What the names of a message's fields begin with.
    final String prefix;

    /// The column of its unknown fields.
    final String unknown;

    /// The column that counts such messages; empty when they are rows, or not counted.
    final String ordinal;

    private final Map<Integer, Entry> entries = new HashMap<>();

    private ArrowSpec(String prefix) {
        this(prefix, prefix + UNKNOWN, "");
    }

    private ArrowSpec(String prefix, String unknown, String ordinal) {
        this.prefix = prefix;
        this.unknown = unknown;
        this.ordinal = ordinal;
    }

    /// The export request of a signal.
    static ArrowSpec of(Signal signal) {
        return switch (signal) {
            case LOGS -> LOGS;
            case TRACES -> TRACES;
            case METRICS -> METRICS;
        };
    }

    /// The field with that number; null when it is unknown.
    @Nullable Entry entry(int number) {
        return entries.get(number);
    }

    private static ArrowSpec request(Kind kind, String name, ArrowSpec record) {
        ArrowSpec scope =
                new ArrowSpec("scope.")
                        .with(1, Kind.TEXT, "name")
                        .with(2, Kind.TEXT, "version")
                        .with(3, Kind.ATTRIBUTES, "attributes")
                        .with(4, Kind.UINT32, "dropped_attributes_count");
        ArrowSpec resource =
                new ArrowSpec("resource.")
                        .with(1, Kind.ATTRIBUTES, "attributes")
                        .with(2, Kind.UINT32, "dropped_attributes_count");
        ArrowSpec scopes =
                new ArrowSpec("scope.", "scope_group.unknown_fields", "scope.id")
                        .with(1, Kind.EMBEDDED, "scope", scope)
                        .with(2, kind, name, record)
                        .with(3, Kind.TEXT, "schema_url");
        ArrowSpec resources =
                new ArrowSpec("resource.", "resource_group.unknown_fields", "resource.id")
                        .with(1, Kind.EMBEDDED, "resource", resource)
                        .with(2, Kind.GROUP, "scope_group", scopes)
                        .with(3, Kind.TEXT, "schema_url");
        return new ArrowSpec("request.", "request.unknown_fields", "request.id")
                .with(1, Kind.GROUP, "resource_group", resources);
    }

    /// What all points have.
    private static ArrowSpec point(int attributes, int flags, int exemplars) {
        ArrowSpec point =
                new ArrowSpec("")
                        .with(2, Kind.TIME, "start_time_unix_nano")
                        .with(3, Kind.TIME, "time_unix_nano")
                        .with(attributes, Kind.ATTRIBUTES, "attributes")
                        .with(flags, Kind.UINT32, "flags");
        return exemplars == 0 ? point : point.with(exemplars, Kind.LIST, "exemplars", EXEMPLAR);
    }

    private static ArrowSpec buckets(String prefix) {
        return new ArrowSpec(prefix)
                .with(1, Kind.SINT32, "offset")
                .with(2, Kind.VARINTS, "bucket_counts");
    }

    private static ArrowSpec data(ArrowSpec point) {
        return new ArrowSpec("metric.", "metric.data_unknown_fields", "")
                .with(1, Kind.RECORD, "point", point);
    }

    private static ArrowSpec temporal(ArrowSpec data) {
        return data.with(2, Kind.INT32, "aggregation_temporality");
    }

    private ArrowSpec with(int number, Kind kind, String name) {
        entries.put(number, new Entry(kind, name, null));
        return this;
    }

    private ArrowSpec with(int number, Kind kind, String name, ArrowSpec child) {
        entries.put(number, new Entry(kind, name, child));
        return this;
    }
}
