package dev.colonnade.pipeline.processor.attributes;

import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.colonnade.pipeline.RequestContext;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// Both processors over protobuf-java's objects: parse, walk, set.
final class ReferenceProcessor {
    /// Edits a record's attributes, unless it is not selected.
    private record Edit(
            AttributesConfig config, UnaryOperator<List<KeyValue>> actions, Resource resource) {
        boolean selects(Predicate<MatchConfig> matches) {
            return (config.include() == null || matches.test(config.include()))
                    && (config.exclude() == null || !matches.test(config.exclude()));
        }
    }

    private ReferenceProcessor() {}

    /// The request in `bytes`. It is read as a dynamic message first: generated classes keep what a
    /// list or map held before another member of its `oneof` replaced it.
    static Message parse(Signal signal, byte[] bytes) throws InvalidProtocolBufferException {
        Message type =
                switch (signal) {
                    case LOGS -> ExportLogsServiceRequest.getDefaultInstance();
                    case TRACES -> ExportTraceServiceRequest.getDefaultInstance();
                    case METRICS -> ExportMetricsServiceRequest.getDefaultInstance();
                };
        DynamicMessage normal = DynamicMessage.parseFrom(type.getDescriptorForType(), bytes);
        return type.getParserForType().parseFrom(normal.toByteString());
    }

    static Message resource(ResourceConfig config, Message request, RequestContext context) {
        UnaryOperator<Resource> edit =
                resource -> {
                    List<KeyValue> before = resource.getAttributesList();
                    List<KeyValue> after =
                            ReferenceActions.apply(config.attributes(), before, context);
                    return resource.toBuilder().clearAttributes().addAllAttributes(after).build();
                };
        Message.Builder builder = request.toBuilder();
        switch (builder) {
            case ExportLogsServiceRequest.Builder logs ->
                    logs.getResourceLogsBuilderList()
                            .forEach(resource -> {
                                Resource edited = edit.apply(resource.getResource());
                                if (!edited.equals(resource.getResource())) {
                                    resource.setResource(edited);
                                }
                            });
            case ExportTraceServiceRequest.Builder spans ->
                    spans.getResourceSpansBuilderList()
                            .forEach(resource -> {
                                Resource edited = edit.apply(resource.getResource());
                                if (!edited.equals(resource.getResource())) {
                                    resource.setResource(edited);
                                }
                            });
            case ExportMetricsServiceRequest.Builder metrics ->
                    metrics.getResourceMetricsBuilderList()
                            .forEach(resource -> {
                                Resource edited = edit.apply(resource.getResource());
                                if (!edited.equals(resource.getResource())) {
                                    resource.setResource(edited);
                                }
                            });
            default -> throw new AssertionError(builder);
        }
        return builder.build();
    }

    static Message attributes(AttributesConfig config, Message request, RequestContext context) {
        UnaryOperator<List<KeyValue>> actions =
                before -> ReferenceActions.apply(config.actions(), before, context);
        Message.Builder builder = request.toBuilder();
        switch (builder) {
            case ExportLogsServiceRequest.Builder logs -> editLogs(config, actions, logs);
            case ExportTraceServiceRequest.Builder spans -> editSpans(config, actions, spans);
            case ExportMetricsServiceRequest.Builder metrics ->
                    metrics.getResourceMetricsBuilderList()
                            .forEach(resource -> {
                                Edit edit = new Edit(config, actions, resource.getResource());
                                resource.getScopeMetricsBuilderList()
                                        .forEach(scope ->
                                                scope.getMetricsBuilderList()
                                                        .forEach(metric ->
                                                                editMetric(edit, metric)));
                            });
            default -> throw new AssertionError(builder);
        }
        return builder.build();
    }

    private static void editLogs(
            AttributesConfig config,
            UnaryOperator<List<KeyValue>> actions,
            ExportLogsServiceRequest.Builder logs) {
        logs.getResourceLogsBuilderList()
                .forEach(resource -> {
                    Edit edit = new Edit(config, actions, resource.getResource());
                    resource.getScopeLogsBuilderList()
                            .forEach(scope -> {
                                InstrumentationScope library = scope.getScope();
                                scope.getLogRecordsBuilderList()
                                        .forEach(log -> {
                                            if (edit.selects(
                                                    match ->
                                                            matches(
                                                                    match,
                                                                    edit.resource,
                                                                    library,
                                                                    log))) {
                                                List<KeyValue> after =
                                                        actions.apply(log.getAttributesList());
                                                log.clearAttributes().addAllAttributes(after);
                                            }
                                        });
                            });
                });
    }

    private static void editSpans(
            AttributesConfig config,
            UnaryOperator<List<KeyValue>> actions,
            ExportTraceServiceRequest.Builder spans) {
        spans.getResourceSpansBuilderList()
                .forEach(resource -> {
                    Edit edit = new Edit(config, actions, resource.getResource());
                    resource.getScopeSpansBuilderList()
                            .forEach(scope -> {
                                InstrumentationScope library = scope.getScope();
                                scope.getSpansBuilderList()
                                        .forEach(span -> {
                                            if (edit.selects(
                                                    match ->
                                                            matches(
                                                                    match,
                                                                    edit.resource,
                                                                    library,
                                                                    span))) {
                                                List<KeyValue> after =
                                                        actions.apply(span.getAttributesList());
                                                span.clearAttributes().addAllAttributes(after);
                                            }
                                        });
                            });
                });
    }

    private static void editMetric(Edit edit, Metric.Builder metric) {
        if (!edit.selects(
                match ->
                        isOne(match, match.metricNames(), metric.getName())
                                && hasAll(
                                        match,
                                        match.resources(),
                                        edit.resource.getAttributesList()))) {
            return;
        }
        switch (metric.getDataCase()) {
            case GAUGE ->
                    metric.getGaugeBuilder()
                            .getDataPointsBuilderList()
                            .forEach(point -> {
                                List<KeyValue> after =
                                        edit.actions.apply(point.getAttributesList());
                                point.clearAttributes().addAllAttributes(after);
                            });
            case SUM ->
                    metric.getSumBuilder()
                            .getDataPointsBuilderList()
                            .forEach(point -> {
                                List<KeyValue> after =
                                        edit.actions.apply(point.getAttributesList());
                                point.clearAttributes().addAllAttributes(after);
                            });
            case HISTOGRAM ->
                    metric.getHistogramBuilder()
                            .getDataPointsBuilderList()
                            .forEach(point -> {
                                List<KeyValue> after =
                                        edit.actions.apply(point.getAttributesList());
                                point.clearAttributes().addAllAttributes(after);
                            });
            case EXPONENTIAL_HISTOGRAM ->
                    metric.getExponentialHistogramBuilder()
                            .getDataPointsBuilderList()
                            .forEach(point -> {
                                List<KeyValue> after =
                                        edit.actions.apply(point.getAttributesList());
                                point.clearAttributes().addAllAttributes(after);
                            });
            case SUMMARY ->
                    metric.getSummaryBuilder()
                            .getDataPointsBuilderList()
                            .forEach(point -> {
                                List<KeyValue> after =
                                        edit.actions.apply(point.getAttributesList());
                                point.clearAttributes().addAllAttributes(after);
                            });
            case DATA_NOT_SET -> {}
        }
    }

    private static boolean matches(
            MatchConfig match,
            Resource resource,
            InstrumentationScope library,
            LogRecord.Builder log) {
        MatchConfig.SeverityNumber severity = match.logSeverityNumber();
        int number = log.getSeverityNumberValue();
        if (severity != null
                && !(number == 0 ? severity.matchUndefined() : number >= severity.min())) {
            return false;
        }
        return isOne(match, match.logBodies(), ReferenceActions.asText(log.getBody()))
                && isOne(match, match.logSeverityTexts(), log.getSeverityText())
                && matches(match, resource, library, log.getAttributesList());
    }

    private static boolean matches(
            MatchConfig match, Resource resource, InstrumentationScope library, Span.Builder span) {
        String service =
                resource.getAttributesList().stream()
                        .filter(attribute -> attribute.getKey().equals("service.name"))
                        .findFirst()
                        .map(attribute -> ReferenceActions.asText(attribute.getValue()))
                        .orElse("<nil-service-name>");
        return isOne(match, match.services(), service)
                && isOne(match, match.spanNames(), span.getName())
                && isOne(match, match.spanKinds(), span.getKind().name())
                && matches(match, resource, library, span.getAttributesList());
    }

    private static boolean matches(
            MatchConfig match,
            Resource resource,
            InstrumentationScope library,
            List<KeyValue> attributes) {
        boolean areLibraries =
                match.libraries().stream()
                        .allMatch(expected ->
                                isText(match, expected.name(), library.getName())
                                        && (expected.version() == null
                                                || isText(
                                                        match,
                                                        expected.version(),
                                                        library.getVersion())));
        return areLibraries
                && hasAll(match, match.resources(), resource.getAttributesList())
                && hasAll(match, match.attributes(), attributes);
    }

    private static boolean hasAll(
            MatchConfig match, List<MatchConfig.Attribute> expected, List<KeyValue> attributes) {
        return expected.stream()
                .allMatch(wanted ->
                        attributes.stream()
                                .filter(attribute -> attribute.getKey().equals(wanted.key()))
                                .findFirst()
                                .filter(attribute -> isValue(match, wanted, attribute.getValue()))
                                .isPresent());
    }

    private static boolean isValue(
            MatchConfig match, MatchConfig.Attribute wanted, AnyValue value) {
        AttributeValue expected = wanted.value();
        if (expected == null) {
            return true;
        }
        if (match.isRegexp()) {
            return switch (value.getValueCase()) {
                case STRING_VALUE, BOOL_VALUE, INT_VALUE, DOUBLE_VALUE ->
                        isText(
                                match,
                                ((AttributeValue.Text) expected).value(),
                                ReferenceActions.asText(value));
                default -> false;
            };
        }
        // What stands in unknown fields is no part of the value.
        AnyValue known =
                value.toBuilder().setUnknownFields(UnknownFieldSet.getDefaultInstance()).build();
        return known.equals(ReferenceActions.any(expected));
    }

    private static boolean isOne(MatchConfig match, List<String> expected, String text) {
        return expected.isEmpty() || expected.stream().anyMatch(one -> isText(match, one, text));
    }

    private static boolean isText(MatchConfig match, String expected, String text) {
        return match.isRegexp()
                ? Pattern.compile(expected).matcher(text).find()
                : expected.equals(text);
    }
}
