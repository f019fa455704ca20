package dev.colonnade.pipeline.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.RandomWire;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class TelemetryTextTest {
    private static final String LOGS =
            """
            resource_logs {
              resource {
                attributes { key: "service.name" value { string_value: "cart" } }
                entity_refs { type: "service" schema_url: "u" id_keys: "service.name"
                  description_keys: "a" description_keys: "b" }
              }
              scope_logs {
                scope { name: "lib" version: "1.2" attributes { key: "x" value { bool_value: true } } }
                log_records {
                  time_unix_nano: 1581452773000000789
                  severity_number: SEVERITY_NUMBER_INFO2
                  severity_text: "Info"
                  event_name: "closed"
                  body { string_value: "a message" }
                  attributes { key: "i" value { int_value: -1 } }
                  attributes { key: "d" value { double_value: 1e-7 } }
                  attributes { key: "n" value { } }
                  attributes { key: "b" value { bytes_value: "\\000\\001" } }
                  attributes { key: "m" value { kvlist_value {
                    values { key: "z" value { array_value { values { int_value: 1 } values { } } } }
                    values { key: "a" value { string_value: "\\"<>\\n" } } } } }
                  trace_id: "\\001\\002\\003\\004\\005\\006\\007\\010\\011\\012\\013\\014\\015\\016\\017\\020"
                  span_id: "\\021\\022\\023\\024\\025\\026\\027\\030"
                  flags: 257
                }
                log_records { }
                schema_url: "scope-url"
              }
              schema_url: "resource-url"
            }
            """;
    private static final String TRACES =
            """
            resource_spans {
              scope_spans {
                spans {
                  trace_id: "\\001\\002\\003\\004\\005\\006\\007\\010\\011\\012\\013\\014\\015\\016\\017\\020"
                  span_id: "\\021\\022\\023\\024\\025\\026\\027\\030"
                  trace_state: "ot=th:0"
                  name: "GET /"
                  kind: SPAN_KIND_SERVER
                  start_time_unix_nano: 1581452772000000321
                  end_time_unix_nano: 1581452773000000000
                  attributes { key: "a" value { string_value: "b" } }
                  dropped_attributes_count: 1
                  events { time_unix_nano: 1581452773000000123 name: "e" dropped_attributes_count: 2
                    attributes { key: "c" value { int_value: 3 } } }
                  dropped_events_count: 3
                  links { trace_state: "s" attributes { key: "l" value { bool_value: false } } }
                  dropped_links_count: 5
                  status { message: "broken" code: STATUS_CODE_ERROR }
                }
                spans { name: "bare" }
              }
            }
            """;
    private static final String METRICS =
            """
            resource_metrics {
              resource { attributes { key: "r" value { string_value: "v" } } }
              scope_metrics {
                scope { name: "lib" version: "2" }
                metrics { name: "g" description: "d" unit: "1"
                  gauge { data_points { as_double: 1500000 attributes { key: "k" value { int_value: 1 } } } } }
                metrics { name: "s" sum { data_points { as_int: -7 exemplars { as_double: 0.5
                    filtered_attributes { key: "f" value { int_value: 1 } } } }
                  aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA is_monotonic: true } }
                metrics { name: "h" histogram { data_points { count: 3 sum: 1.5 min: 0.25 max: 1
                  bucket_counts: [1, 2] explicit_bounds: [0.5] }
                  aggregation_temporality: AGGREGATION_TEMPORALITY_CUMULATIVE } }
                metrics { name: "e" exponential_histogram { data_points { count: 6 scale: 0 zero_count: 1
                  zero_threshold: 0.125
                  positive { offset: 0 bucket_counts: [2, 3] } negative { offset: 1 bucket_counts: [4] } } } }
                metrics { name: "q" summary { data_points { count: 2 sum: 3
                  quantile_values { quantile: 0.5 value: 1 } } } }
                metrics { name: "none" }
                schema_url: "u"
              }
            }
            """;
    private static final String DETAILED_METRICS =
            """
            ResourceMetrics #0
            Resource SchemaURL:\s
            Resource attributes:
                 -> r: Str(v)
            ScopeMetrics #0
            ScopeMetrics SchemaURL: u
            InstrumentationScope lib 2
            Metric #0
            Descriptor:
                 -> Name: g
                 -> Description: d
                 -> Unit: 1
                 -> DataType: Gauge
            NumberDataPoints #0
            Data point attributes:
                 -> k: Int(1)
            TIMESValue: 1500000.000000
            Metric #1
            Descriptor:
                 -> Name: s
                 -> Description:\s
                 -> Unit:\s
                 -> DataType: Sum
                 -> IsMonotonic: true
                 -> AggregationTemporality: Delta
            NumberDataPoints #0
            TIMESValue: -7
            Exemplars:
            Exemplar #0
                 -> Trace ID:\s
                 -> Span ID:\s
                 -> Timestamp: 1970-01-01 00:00:00 +0000 UTC
                 -> Value: 0.500000
                 -> FilteredAttributes:
                      -> f: Int(1)
            Metric #2
            Descriptor:
                 -> Name: h
                 -> Description:\s
                 -> Unit:\s
                 -> DataType: Histogram
                 -> AggregationTemporality: Cumulative
            HistogramDataPoints #0
            TIMESCount: 3
            Sum: 1.500000
            Min: 0.250000
            Max: 1.000000
            ExplicitBounds #0: 0.500000
            Buckets #0, Count: 1
            Buckets #1, Count: 2
            Metric #3
            Descriptor:
                 -> Name: e
                 -> Description:\s
                 -> Unit:\s
                 -> DataType: ExponentialHistogram
                 -> AggregationTemporality: Unspecified
            ExponentialHistogramDataPoints #0
            TIMESCount: 6
            Bucket [-4.000000, -2.000000), Count: 4
            Bucket [0, 0], Count: 1
            Bucket (1.000000, 2.000000], Count: 2
            Bucket (2.000000, 4.000000], Count: 3
            Metric #4
            Descriptor:
                 -> Name: q
                 -> Description:\s
                 -> Unit:\s
                 -> DataType: Summary
            SummaryDataPoints #0
            TIMESCount: 2
            Sum: 3.000000
            QuantileValue #0: Quantile 0.500000, Value 1.000000
            Metric #5
            Descriptor:
                 -> Name: none
                 -> Description:\s
                 -> Unit:\s
                 -> DataType: Empty
            """;
    private static final String IDS = "0102030405060708090a0b0c0d0e0f10";

    @Test
    void countsAtBasic() throws IOException {
        assertThat(text("basic", Signal.LOGS, LOGS))
                .isEqualTo("Logs {\"resource logs\": 1, \"log records\": 2}\n");
        assertThat(text("basic", Signal.TRACES, TRACES))
                .isEqualTo("Traces {\"resource spans\": 1, \"spans\": 2}\n");
        assertThat(text("basic", Signal.METRICS, METRICS))
                .isEqualTo(
                        "Metrics {\"resource metrics\": 1, \"metrics\": 6, \"data points\": 5}\n");
    }

    @Test
    void writesALineForEachRecordAtNormal() throws IOException {
        assertThat(text("normal", Signal.LOGS, LOGS))
                .isEqualTo(
                        """
                        a message i=-1 d=1e-7 n= b=AAE= m={"a":"\\"<>\\n","z":[1,null]}
                        \s
                        """);
        assertThat(text("normal", Signal.TRACES, TRACES))
                .isEqualTo("GET / " + IDS + " 1112131415161718 a=b\nbare  \n");
        assertThat(text("normal", Signal.METRICS, METRICS))
                .isEqualTo(
                        """
                        ResourceMetrics #0 r=v
                        ScopeMetrics #0 lib@2 [u]
                        g{k=1} 1.5e+06
                        s{} -7
                        h{} count=3 sum=1.5 min=0.25 max=1 le0.5=1 2
                        e{} count=6 le2=4 le1=2 le2=3 zero_count0.125=1
                        q{} count=2 sum=3.000000 q0.5=1
                        """);
    }

    @Test
    void writesEveryFieldOfLogsAtDetailed() throws IOException {
        assertThat(text("detailed", Signal.LOGS, LOGS))
                .isEqualTo(
                        """
                        ResourceLog #0
                        Resource SchemaURL: resource-url
                        Resource attributes:
                             -> service.name: Str(cart)
                        Resource entity refs:
                             -> Entity ref #0:
                                  -> Type: service
                                  -> Schema URL: u
                                  -> ID keys:
                                       -> service.name
                                  -> Description keys:
                                       -> a
                                       -> b
                        ScopeLogs #0
                        ScopeLogs SchemaURL: scope-url
                        InstrumentationScope lib 1.2
                        InstrumentationScope attributes:
                             -> x: Bool(true)
                        LogRecord #0
                        ObservedTimestamp: 1970-01-01 00:00:00 +0000 UTC
                        Timestamp: 2020-02-11 20:26:13.000000789 +0000 UTC
                        SeverityText: Info
                        SeverityNumber: Info2(10)
                        EventName: closed
                        Body: Str(a message)
                        Attributes:
                             -> i: Int(-1)
                             -> d: Double(1e-7)
                             -> n: Empty()
                             -> b: Bytes(AAE=)
                             -> m: Map({"a":"\\"<>\\n","z":[1,null]})
                        Trace ID: 0102030405060708090a0b0c0d0e0f10
                        Span ID: 1112131415161718
                        Flags: 257
                        LogRecord #1
                        ObservedTimestamp: 1970-01-01 00:00:00 +0000 UTC
                        Timestamp: 1970-01-01 00:00:00 +0000 UTC
                        SeverityText:\s
                        SeverityNumber: Unspecified(0)
                        Body: Empty()
                        Trace ID:\s
                        Span ID:\s
                        Flags: 0
                        """);
    }

    @Test
    void writesEveryFieldOfSpansAtDetailed() throws IOException {
        assertThat(text("detailed", Signal.TRACES, TRACES))
                .isEqualTo(
                        """
                        ResourceSpans #0
                        Resource SchemaURL:\s
                        ScopeSpans #0
                        ScopeSpans SchemaURL:\s
                        InstrumentationScope \s
                        Span #0
                            Trace ID       : 0102030405060708090a0b0c0d0e0f10
                            Parent ID      :\s
                            ID             : 1112131415161718
                            Name           : GET /
                            Kind           : Server
                            TraceState     : ot=th:0
                            Start time     : 2020-02-11 20:26:12.000000321 +0000 UTC
                            End time       : 2020-02-11 20:26:13 +0000 UTC
                            Status code    : Error
                            Status message : broken
                            DroppedAttributesCount: 1
                        Attributes:
                             -> a: Str(b)
                        Events:
                        SpanEvent #0
                             -> Name: e
                             -> Timestamp: 2020-02-11 20:26:13.000000123 +0000 UTC
                             -> DroppedAttributesCount: 2
                             -> Attributes::
                                  -> c: Int(3)
                            DroppedEventsCount: 3
                        Links:
                        SpanLink #0
                             -> Trace ID:\s
                             -> ID:\s
                             -> TraceState: s
                             -> DroppedAttributesCount: 0
                             -> Attributes::
                                  -> l: Bool(false)
                            DroppedLinksCount: 5
                        Span #1
                            Trace ID       :\s
                            Parent ID      :\s
                            ID             :\s
                            Name           : bare
                            Kind           : Unspecified
                            Start time     : 1970-01-01 00:00:00 +0000 UTC
                            End time       : 1970-01-01 00:00:00 +0000 UTC
                            Status code    : Unset
                            Status message :\s
                            DroppedAttributesCount: 0
                            DroppedEventsCount: 0
                            DroppedLinksCount: 0
                        """);
    }

    @Test
    void writesEveryFieldOfMetricsAtDetailed() throws IOException {
        String times =
                """
                StartTimestamp: 1970-01-01 00:00:00 +0000 UTC
                Timestamp: 1970-01-01 00:00:00 +0000 UTC
                """;
        assertThat(text("detailed", Signal.METRICS, METRICS))
                .isEqualTo(DETAILED_METRICS.replace("TIMES", times));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0.000000,0,0",
        "-0.0,-0.000000,-0,-0",
        "0.1,0.100000,0.1,0.1",
        "100000,100000.000000,100000,100000",
        "1234567,1234567.000000,1.234567e+06,1234567",
        "0.00001,0.000010,1e-05,0.00001",
        "1e300,,1e+300,1e+300",
        "1e-7,0.000000,1e-07,1e-7",
        "1e21,1000000000000000000000.000000,1e+21,1e+21",
        "NaN,NaN,NaN,json: unsupported value: NaN",
        "-Infinity,-Inf,-Inf,json: unsupported value: -Inf"
    })
    void printsDoublesAsGoDoes(double value, String fixed, String shortest, String json) {
        if (fixed != null) {
            assertThat(GoNumbers.fixed(value)).isEqualTo(fixed);
        }
        assertThat(GoNumbers.shortest(value)).isEqualTo(shortest);
        assertThat(GoNumbers.json(value)).isEqualTo(json);
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void saysWhereARequestIsDamaged(Signal signal) throws IOException {
        byte[] request =
                bytes(
                        signal,
                        switch (signal) {
                            case LOGS -> LOGS;
                            case TRACES -> TRACES;
                            case METRICS -> METRICS;
                        });
        for (String verbosity : new String[] {"normal", "detailed"}) {
            for (int length = 1; length < request.length; length++) {
                StringBuilder out = new StringBuilder();
                assertThat(write(verbosity, signal, Arrays.copyOf(request, length), out))
                        .startsWith("malformed OTLP: byte=");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void neverThrowsAtDamage(Signal signal) throws IOException {
        RandomWire wire = new RandomWire(new Random(11));
        for (int round = 0; round < 300; round++) {
            byte[] bytes = wire.damaged(signal);
            for (String verbosity : new String[] {"basic", "normal", "detailed"}) {
                assertThat(write(verbosity, signal, bytes, new StringBuilder())).isNotNull();
            }
        }
    }

    private static String text(String verbosity, Signal signal, String request) throws IOException {
        StringBuilder out = new StringBuilder();
        assertThat(write(verbosity, signal, bytes(signal, request), out)).isEmpty();
        return out.toString();
    }

    private static String write(String verbosity, Signal signal, byte[] request, StringBuilder out)
            throws IOException {
        try (OffHeapBytes input = OffHeapBytes.copyOf(request)) {
            return switch (verbosity) {
                case "basic" -> TelemetryText.basic(signal, input.address(), input.length(), out);
                case "normal" -> TelemetryText.normal(signal, input.address(), input.length(), out);
                default -> TelemetryText.detailed(signal, input.address(), input.length(), out);
            };
        }
    }

    private static byte[] bytes(Signal signal, String text) throws IOException {
        Message.Builder builder =
                switch (signal) {
                    case LOGS -> ExportLogsServiceRequest.newBuilder();
                    case TRACES -> ExportTraceServiceRequest.newBuilder();
                    case METRICS -> ExportMetricsServiceRequest.newBuilder();
                };
        TextFormat.merge(text, builder);
        return builder.build().toByteArray();
    }
}
