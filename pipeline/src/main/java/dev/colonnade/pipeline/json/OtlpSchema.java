package dev.colonnade.pipeline.json;

import dev.colonnade.storage.Signal;

/// The messages of an OTLP export request, as tables: what reads, writes or prints OTLP by its
/// fields goes by these.
///
/// Source: opentelemetry-proto 1.11, `collector/*/v1` with all that they contain; a test compares
/// the tables with the descriptors of that version, field by field.
public final class OtlpSchema {
    /// `severity_number` of a log record.
    public static final OtlpEnum SEVERITY_NUMBER =
            new OtlpEnum(
                    "SEVERITY_NUMBER_",
                    "UNSPECIFIED",
                    "TRACE",
                    "TRACE2",
                    "TRACE3",
                    "TRACE4",
                    "DEBUG",
                    "DEBUG2",
                    "DEBUG3",
                    "DEBUG4",
                    "INFO",
                    "INFO2",
                    "INFO3",
                    "INFO4",
                    "WARN",
                    "WARN2",
                    "WARN3",
                    "WARN4",
                    "ERROR",
                    "ERROR2",
                    "ERROR3",
                    "ERROR4",
                    "FATAL",
                    "FATAL2",
                    "FATAL3",
                    "FATAL4");

    /// `kind` of a span.
    public static final OtlpEnum SPAN_KIND =
            new OtlpEnum(
                    "SPAN_KIND_",
                    "UNSPECIFIED",
                    "INTERNAL",
                    "SERVER",
                    "CLIENT",
                    "PRODUCER",
                    "CONSUMER");

    /// `code` of a span's status.
    public static final OtlpEnum STATUS_CODE = new OtlpEnum("STATUS_CODE_", "UNSET", "OK", "ERROR");

    /// `aggregation_temporality` of a metric's data.
    public static final OtlpEnum AGGREGATION_TEMPORALITY =
            new OtlpEnum("AGGREGATION_TEMPORALITY_", "UNSPECIFIED", "DELTA", "CUMULATIVE");

    public static final OtlpMessage ANY_VALUE = new OtlpMessage("AnyValue");
    public static final OtlpMessage ARRAY_VALUE = new OtlpMessage("ArrayValue");
    public static final OtlpMessage KEY_VALUE_LIST = new OtlpMessage("KeyValueList");
    public static final OtlpMessage KEY_VALUE = new OtlpMessage("KeyValue");
    public static final OtlpMessage ENTITY_REF = new OtlpMessage("EntityRef");
    public static final OtlpMessage RESOURCE = new OtlpMessage("Resource");
    public static final OtlpMessage SCOPE = new OtlpMessage("InstrumentationScope");

    public static final OtlpMessage LOGS_REQUEST = new OtlpMessage("ExportLogsServiceRequest");
    public static final OtlpMessage RESOURCE_LOGS = new OtlpMessage("ResourceLogs");
    public static final OtlpMessage SCOPE_LOGS = new OtlpMessage("ScopeLogs");
    public static final OtlpMessage LOG_RECORD = OtlpMessage.record("LogRecord");

    public static final OtlpMessage TRACES_REQUEST = new OtlpMessage("ExportTraceServiceRequest");
    public static final OtlpMessage RESOURCE_SPANS = new OtlpMessage("ResourceSpans");
    public static final OtlpMessage SCOPE_SPANS = new OtlpMessage("ScopeSpans");
    public static final OtlpMessage SPAN = OtlpMessage.record("Span");
    public static final OtlpMessage EVENT = new OtlpMessage("Event");
    public static final OtlpMessage LINK = new OtlpMessage("Link");
    public static final OtlpMessage STATUS = new OtlpMessage("Status");

    public static final OtlpMessage METRICS_REQUEST =
            new OtlpMessage("ExportMetricsServiceRequest");
    public static final OtlpMessage RESOURCE_METRICS = new OtlpMessage("ResourceMetrics");
    public static final OtlpMessage SCOPE_METRICS = new OtlpMessage("ScopeMetrics");
    public static final OtlpMessage METRIC = new OtlpMessage("Metric");
    public static final OtlpMessage GAUGE = new OtlpMessage("Gauge");
    public static final OtlpMessage SUM = new OtlpMessage("Sum");
    public static final OtlpMessage HISTOGRAM = new OtlpMessage("Histogram");
    public static final OtlpMessage EXPONENTIAL_HISTOGRAM = new OtlpMessage("ExponentialHistogram");
    public static final OtlpMessage SUMMARY = new OtlpMessage("Summary");
    public static final OtlpMessage NUMBER_POINT = OtlpMessage.record("NumberDataPoint");
    public static final OtlpMessage HISTOGRAM_POINT = OtlpMessage.record("HistogramDataPoint");
    public static final OtlpMessage EXPONENTIAL_HISTOGRAM_POINT =
            OtlpMessage.record("ExponentialHistogramDataPoint");
    public static final OtlpMessage BUCKETS = new OtlpMessage("Buckets");
    public static final OtlpMessage SUMMARY_POINT = OtlpMessage.record("SummaryDataPoint");
    public static final OtlpMessage QUANTILE = new OtlpMessage("ValueAtQuantile");
    public static final OtlpMessage EXEMPLAR = new OtlpMessage("Exemplar");

    private static final int TRACE_ID_BYTES = 16;
    private static final int SPAN_ID_BYTES = 8;

    static {
        defineCommon();
        defineLogs();
        defineTraces();
        defineMetrics();
        definePoints();
    }

    private OtlpSchema() {}

    /// The export request of a signal.
    public static OtlpMessage request(Signal signal) {
        return switch (signal) {
            case LOGS -> LOGS_REQUEST;
            case TRACES -> TRACES_REQUEST;
            case METRICS -> METRICS_REQUEST;
        };
    }

    private static void defineCommon() {
        ANY_VALUE.define(
                scalar(1, "string_value", OtlpType.STRING).inOneof(),
                scalar(2, "bool_value", OtlpType.BOOL).inOneof(),
                scalar(3, "int_value", OtlpType.INT64).inOneof(),
                scalar(4, "double_value", OtlpType.DOUBLE).inOneof(),
                OtlpField.message(5, "array_value", ARRAY_VALUE).inOneof(),
                OtlpField.message(6, "kvlist_value", KEY_VALUE_LIST).inOneof(),
                scalar(7, "bytes_value", OtlpType.BYTES).inOneof(),
                scalar(8, "string_value_strindex", OtlpType.INT32).inOneof());
        ARRAY_VALUE.define(OtlpField.message(1, "values", ANY_VALUE).repeated());
        KEY_VALUE_LIST.define(OtlpField.message(1, "values", KEY_VALUE).repeated());
        KEY_VALUE.define(
                scalar(1, "key", OtlpType.STRING),
                OtlpField.message(2, "value", ANY_VALUE),
                scalar(3, "key_strindex", OtlpType.INT32));
        ENTITY_REF.define(
                scalar(1, "schema_url", OtlpType.STRING),
                scalar(2, "type", OtlpType.STRING),
                scalar(3, "id_keys", OtlpType.STRING).repeated(),
                scalar(4, "description_keys", OtlpType.STRING).repeated());
        RESOURCE.define(
                attributes(1, "attributes"),
                scalar(2, "dropped_attributes_count", OtlpType.UINT32),
                OtlpField.message(3, "entity_refs", ENTITY_REF).repeated());
        SCOPE.define(
                scalar(1, "name", OtlpType.STRING),
                scalar(2, "version", OtlpType.STRING),
                attributes(3, "attributes"),
                scalar(4, "dropped_attributes_count", OtlpType.UINT32));
    }

    private static void defineLogs() {
        LOGS_REQUEST.define(OtlpField.message(1, "resource_logs", RESOURCE_LOGS).repeated());
        RESOURCE_LOGS.define(
                OtlpField.message(1, "resource", RESOURCE),
                OtlpField.message(2, "scope_logs", SCOPE_LOGS).repeated(),
                scalar(3, "schema_url", OtlpType.STRING));
        SCOPE_LOGS.define(
                OtlpField.message(1, "scope", SCOPE),
                OtlpField.message(2, "log_records", LOG_RECORD).repeated(),
                scalar(3, "schema_url", OtlpType.STRING));
        LOG_RECORD.define(
                scalar(1, "time_unix_nano", OtlpType.FIXED64),
                OtlpField.enumeration(2, "severity_number", SEVERITY_NUMBER),
                scalar(3, "severity_text", OtlpType.STRING),
                OtlpField.message(5, "body", ANY_VALUE),
                attributes(6, "attributes"),
                scalar(7, "dropped_attributes_count", OtlpType.UINT32),
                scalar(8, "flags", OtlpType.FIXED32),
                OtlpField.id(9, "trace_id", TRACE_ID_BYTES),
                OtlpField.id(10, "span_id", SPAN_ID_BYTES),
                scalar(11, "observed_time_unix_nano", OtlpType.FIXED64),
                scalar(12, "event_name", OtlpType.STRING));
    }

    private static void defineTraces() {
        TRACES_REQUEST.define(OtlpField.message(1, "resource_spans", RESOURCE_SPANS).repeated());
        RESOURCE_SPANS.define(
                OtlpField.message(1, "resource", RESOURCE),
                OtlpField.message(2, "scope_spans", SCOPE_SPANS).repeated(),
                scalar(3, "schema_url", OtlpType.STRING));
        SCOPE_SPANS.define(
                OtlpField.message(1, "scope", SCOPE),
                OtlpField.message(2, "spans", SPAN).repeated(),
                scalar(3, "schema_url", OtlpType.STRING));
        SPAN.define(
                OtlpField.id(1, "trace_id", TRACE_ID_BYTES),
                OtlpField.id(2, "span_id", SPAN_ID_BYTES),
                scalar(3, "trace_state", OtlpType.STRING),
                OtlpField.id(4, "parent_span_id", SPAN_ID_BYTES),
                scalar(5, "name", OtlpType.STRING),
                OtlpField.enumeration(6, "kind", SPAN_KIND),
                scalar(7, "start_time_unix_nano", OtlpType.FIXED64),
                scalar(8, "end_time_unix_nano", OtlpType.FIXED64),
                attributes(9, "attributes"),
                scalar(10, "dropped_attributes_count", OtlpType.UINT32),
                OtlpField.message(11, "events", EVENT).repeated(),
                scalar(12, "dropped_events_count", OtlpType.UINT32),
                OtlpField.message(13, "links", LINK).repeated(),
                scalar(14, "dropped_links_count", OtlpType.UINT32),
                OtlpField.message(15, "status", STATUS),
                scalar(16, "flags", OtlpType.FIXED32));
        EVENT.define(
                scalar(1, "time_unix_nano", OtlpType.FIXED64),
                scalar(2, "name", OtlpType.STRING),
                attributes(3, "attributes"),
                scalar(4, "dropped_attributes_count", OtlpType.UINT32));
        LINK.define(
                OtlpField.id(1, "trace_id", TRACE_ID_BYTES),
                OtlpField.id(2, "span_id", SPAN_ID_BYTES),
                scalar(3, "trace_state", OtlpType.STRING),
                attributes(4, "attributes"),
                scalar(5, "dropped_attributes_count", OtlpType.UINT32),
                scalar(6, "flags", OtlpType.FIXED32));
        STATUS.define(
                scalar(2, "message", OtlpType.STRING),
                OtlpField.enumeration(3, "code", STATUS_CODE));
    }

    private static void defineMetrics() {
        METRICS_REQUEST.define(
                OtlpField.message(1, "resource_metrics", RESOURCE_METRICS).repeated());
        RESOURCE_METRICS.define(
                OtlpField.message(1, "resource", RESOURCE),
                OtlpField.message(2, "scope_metrics", SCOPE_METRICS).repeated(),
                scalar(3, "schema_url", OtlpType.STRING));
        SCOPE_METRICS.define(
                OtlpField.message(1, "scope", SCOPE),
                OtlpField.message(2, "metrics", METRIC).repeated(),
                scalar(3, "schema_url", OtlpType.STRING));
        METRIC.define(
                scalar(1, "name", OtlpType.STRING),
                scalar(2, "description", OtlpType.STRING),
                scalar(3, "unit", OtlpType.STRING),
                OtlpField.message(5, "gauge", GAUGE).inOneof(),
                OtlpField.message(7, "sum", SUM).inOneof(),
                OtlpField.message(9, "histogram", HISTOGRAM).inOneof(),
                OtlpField.message(10, "exponential_histogram", EXPONENTIAL_HISTOGRAM).inOneof(),
                OtlpField.message(11, "summary", SUMMARY).inOneof(),
                attributes(12, "metadata"));
        GAUGE.define(OtlpField.message(1, "data_points", NUMBER_POINT).repeated());
        SUM.define(
                OtlpField.message(1, "data_points", NUMBER_POINT).repeated(),
                OtlpField.enumeration(2, "aggregation_temporality", AGGREGATION_TEMPORALITY),
                scalar(3, "is_monotonic", OtlpType.BOOL));
        HISTOGRAM.define(
                OtlpField.message(1, "data_points", HISTOGRAM_POINT).repeated(),
                OtlpField.enumeration(2, "aggregation_temporality", AGGREGATION_TEMPORALITY));
        EXPONENTIAL_HISTOGRAM.define(
                OtlpField.message(1, "data_points", EXPONENTIAL_HISTOGRAM_POINT).repeated(),
                OtlpField.enumeration(2, "aggregation_temporality", AGGREGATION_TEMPORALITY));
        SUMMARY.define(OtlpField.message(1, "data_points", SUMMARY_POINT).repeated());
    }

    private static void definePoints() {
        NUMBER_POINT.define(
                scalar(2, "start_time_unix_nano", OtlpType.FIXED64),
                scalar(3, "time_unix_nano", OtlpType.FIXED64),
                scalar(4, "as_double", OtlpType.DOUBLE).inOneof(),
                OtlpField.message(5, "exemplars", EXEMPLAR).repeated(),
                scalar(6, "as_int", OtlpType.SFIXED64).inOneof(),
                attributes(7, "attributes"),
                scalar(8, "flags", OtlpType.UINT32));
        HISTOGRAM_POINT.define(
                scalar(2, "start_time_unix_nano", OtlpType.FIXED64),
                scalar(3, "time_unix_nano", OtlpType.FIXED64),
                scalar(4, "count", OtlpType.FIXED64),
                scalar(5, "sum", OtlpType.DOUBLE).optional(),
                scalar(6, "bucket_counts", OtlpType.FIXED64).repeated(),
                scalar(7, "explicit_bounds", OtlpType.DOUBLE).repeated(),
                OtlpField.message(8, "exemplars", EXEMPLAR).repeated(),
                attributes(9, "attributes"),
                scalar(10, "flags", OtlpType.UINT32),
                scalar(11, "min", OtlpType.DOUBLE).optional(),
                scalar(12, "max", OtlpType.DOUBLE).optional());
        EXPONENTIAL_HISTOGRAM_POINT.define(
                attributes(1, "attributes"),
                scalar(2, "start_time_unix_nano", OtlpType.FIXED64),
                scalar(3, "time_unix_nano", OtlpType.FIXED64),
                scalar(4, "count", OtlpType.FIXED64),
                scalar(5, "sum", OtlpType.DOUBLE).optional(),
                scalar(6, "scale", OtlpType.SINT32),
                scalar(7, "zero_count", OtlpType.FIXED64),
                OtlpField.message(8, "positive", BUCKETS),
                OtlpField.message(9, "negative", BUCKETS),
                scalar(10, "flags", OtlpType.UINT32),
                OtlpField.message(11, "exemplars", EXEMPLAR).repeated(),
                scalar(12, "min", OtlpType.DOUBLE).optional(),
                scalar(13, "max", OtlpType.DOUBLE).optional(),
                scalar(14, "zero_threshold", OtlpType.DOUBLE));
        BUCKETS.define(
                scalar(1, "offset", OtlpType.SINT32),
                scalar(2, "bucket_counts", OtlpType.UINT64).repeated());
        SUMMARY_POINT.define(
                scalar(2, "start_time_unix_nano", OtlpType.FIXED64),
                scalar(3, "time_unix_nano", OtlpType.FIXED64),
                scalar(4, "count", OtlpType.FIXED64),
                scalar(5, "sum", OtlpType.DOUBLE),
                OtlpField.message(6, "quantile_values", QUANTILE).repeated(),
                attributes(7, "attributes"),
                scalar(8, "flags", OtlpType.UINT32));
        QUANTILE.define(
                scalar(1, "quantile", OtlpType.DOUBLE), scalar(2, "value", OtlpType.DOUBLE));
        EXEMPLAR.define(
                scalar(2, "time_unix_nano", OtlpType.FIXED64),
                scalar(3, "as_double", OtlpType.DOUBLE).inOneof(),
                OtlpField.id(4, "span_id", SPAN_ID_BYTES),
                OtlpField.id(5, "trace_id", TRACE_ID_BYTES),
                scalar(6, "as_int", OtlpType.SFIXED64).inOneof(),
                attributes(7, "filtered_attributes"));
    }

    private static OtlpField scalar(int number, String name, OtlpType type) {
        return OtlpField.scalar(number, name, type);
    }

    private static OtlpField attributes(int number, String name) {
        return OtlpField.message(number, name, KEY_VALUE).repeated();
    }
}
