package dev.colonnade.pipeline.text;

import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.util.List;

/// A line for each record.
final class NormalText {
    private final Lines lines;
    private int resourceIndex;

    NormalText(Lines lines) {
        this.lines = lines;
    }

    void resource(Signal signal, MessageView resource) throws IOException {
        if (signal == Signal.METRICS) {
            String url = resource.text("schema_url");
            lines.line(
                    "ResourceMetrics #"
                            + resourceIndex
                            + (url.isEmpty() ? "" : " [" + url + "]")
                            + attributes(resource.message("resource").messages("attributes")));
        }
        int scopeIndex = 0;
        for (MessageView scope : resource.messages(TelemetryText.scopes(signal))) {
            if (signal == Signal.METRICS) {
                scope(scopeIndex++, scope);
            }
            for (MessageView item : scope.messages(TelemetryText.items(signal))) {
                switch (signal) {
                    case LOGS -> log(item);
                    case TRACES -> span(item);
                    case METRICS -> metric(item);
                }
            }
        }
        resourceIndex++;
    }

    private void scope(int index, MessageView scopeMetrics) throws IOException {
        MessageView scope = scopeMetrics.message("scope");
        String version = scope.text("version");
        String url = scopeMetrics.text("schema_url");
        String details = scope.text("name") + (version.isEmpty() ? "" : "@" + version);
        if (!url.isEmpty()) {
            details += (details.isEmpty() ? "" : " ") + "[" + url + "]";
        }
        lines.line(
                "ScopeMetrics #"
                        + index
                        + (details.isEmpty() ? "" : " " + details)
                        + attributes(scope.messages("attributes")));
    }

    private void log(MessageView log) throws IOException {
        lines.line(
                AnyValues.plain(log.message("body"))
                        + " "
                        + String.join(" ", AnyValues.pairs(log.messages("attributes"))));
    }

    private void span(MessageView span) throws IOException {
        lines.line(
                span.text("name")
                        + " "
                        + Lines.hex(span.bytes("trace_id"))
                        + " "
                        + Lines.hex(span.bytes("span_id"))
                        + attributes(span.messages("attributes")));
    }

    private void metric(MessageView metric) throws IOException {
        String data = TelemetryText.data(metric);
        if (data.isEmpty()) {
            return;
        }
        for (MessageView point : metric.message(data).messages("data_points")) {
            String value =
                    switch (data) {
                        case "histogram" -> totals(point) + histogram(point);
                        case "exponential_histogram" -> totals(point) + exponential(point);
                        case "summary" -> summary(point);
                        default -> " " + number(point);
                    };
            lines.line(
                    metric.text("name")
                            + "{"
                            + String.join(",", AnyValues.pairs(point.messages("attributes")))
                            + "}"
                            + value);
        }
    }

    private static String number(MessageView point) {
        if (point.has("as_int")) {
            return Long.toString(point.number("as_int"));
        }
        return point.has("as_double") ? GoNumbers.shortest(point.decimal("as_double")) : "";
    }

    private static String totals(MessageView point) {
        StringBuilder text = new StringBuilder(" count=");
        text.append(Long.toUnsignedString(point.number("count")));
        for (String name : List.of("sum", "min", "max")) {
            if (point.has(name)) {
                text.append(' ').append(name).append('=');
                text.append(GoNumbers.shortest(point.decimal(name)));
            }
        }
        return text.toString();
    }

    private static String histogram(MessageView point) {
        StringBuilder text = new StringBuilder();
        List<Long> bounds = point.numbers("explicit_bounds");
        List<Long> counts = point.numbers("bucket_counts");
        for (int index = 0; index < counts.size(); index++) {
            text.append(' ');
            if (index < bounds.size()) {
                double bound = Double.longBitsToDouble(bounds.get(index));
                text.append("le").append(GoNumbers.shortest(bound)).append('=');
            }
            text.append(Long.toUnsignedString(counts.get(index)));
        }
        return text.toString();
    }

    private static String exponential(MessageView point) {
        StringBuilder text = new StringBuilder();
        double base = Math.pow(2, Math.pow(2, (double) -point.number("scale")));
        for (String side : List.of("negative", "positive")) {
            MessageView buckets = point.message(side);
            List<Long> counts = buckets.numbers("bucket_counts");
            for (int index = 0; index < counts.size(); index++) {
                double bound = Math.pow(base, buckets.number("offset") + (double) index);
                text.append(" le").append(GoNumbers.shortest(bound)).append('=');
                text.append(Long.toUnsignedString(counts.get(index)));
            }
        }
        if (point.number("zero_count") != 0) {
            text.append(" zero_count").append(GoNumbers.shortest(point.decimal("zero_threshold")));
            text.append('=').append(Long.toUnsignedString(point.number("zero_count")));
        }
        return text.toString();
    }

    private static String summary(MessageView point) {
        StringBuilder text = new StringBuilder(" count=");
        text.append(Long.toUnsignedString(point.number("count")));
        text.append(" sum=").append(GoNumbers.fixed(point.decimal("sum")));
        for (MessageView quantile : point.messages("quantile_values")) {
            text.append(" q").append(GoNumbers.shortest(quantile.decimal("quantile")));
            text.append('=').append(GoNumbers.shortest(quantile.decimal("value")));
        }
        return text.toString();
    }

    private static String attributes(List<MessageView> attributes) {
        return attributes.isEmpty() ? "" : " " + String.join(" ", AnyValues.pairs(attributes));
    }
}
