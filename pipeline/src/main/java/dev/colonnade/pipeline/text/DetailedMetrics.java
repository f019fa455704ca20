package dev.colonnade.pipeline.text;

import dev.colonnade.pipeline.json.OtlpSchema;
import java.io.IOException;
import java.util.List;

/// Metrics, a line for each field.
final class DetailedMetrics {
    private final Lines lines;

    DetailedMetrics(Lines lines) {
        this.lines = lines;
    }

    void metric(int index, MessageView metric) throws IOException {
        String kind = TelemetryText.data(metric);
        lines.line("Metric #" + index);
        lines.line("Descriptor:");
        lines.line("     -> Name: " + metric.text("name"));
        lines.line("     -> Description: " + metric.text("description"));
        lines.line("     -> Unit: " + metric.text("unit"));
        lines.line("     -> DataType: " + title(kind));
        if (kind.isEmpty()) {
            return;
        }
        MessageView data = metric.message(kind);
        if (kind.equals("sum")) {
            lines.line("     -> IsMonotonic: " + (data.number("is_monotonic") != 0));
        }
        if (!kind.equals("gauge") && !kind.equals("summary")) {
            lines.line(
                    "     -> AggregationTemporality: "
                            + Lines.label(
                                    OtlpSchema.AGGREGATION_TEMPORALITY,
                                    data.number("aggregation_temporality")));
        }
        List<MessageView> points = data.messages("data_points");
        for (int point = 0; point < points.size(); point++) {
            point(kind, point, points.get(point));
        }
    }

    private static String title(String kind) {
        return switch (kind) {
            case "gauge" -> "Gauge";
            case "sum" -> "Sum";
            case "histogram" -> "Histogram";
            case "exponential_histogram" -> "ExponentialHistogram";
            case "summary" -> "Summary";
            default -> "Empty";
        };
    }

    private void point(String kind, int index, MessageView point) throws IOException {
        boolean isNumber = kind.equals("gauge") || kind.equals("sum");
        lines.line((isNumber ? "Number" : title(kind)) + "DataPoints #" + index);
        lines.attributes("Data point attributes", "", point.messages("attributes"));
        lines.line("StartTimestamp: " + Lines.time(point.number("start_time_unix_nano")));
        lines.line("Timestamp: " + Lines.time(point.number("time_unix_nano")));
        if (isNumber) {
            value("Value: ", point);
        } else {
            lines.line("Count: " + Long.toUnsignedString(point.number("count")));
            switch (kind) {
                case "histogram" -> histogram(point);
                case "exponential_histogram" -> exponential(point);
                default -> summary(point);
            }
        }
        if (!kind.equals("summary")) {
            exemplars(point.messages("exemplars"));
        }
    }

    private void value(String name, MessageView point) throws IOException {
        if (point.has("as_int")) {
            lines.line(name + point.number("as_int"));
        } else if (point.has("as_double")) {
            lines.line(name + GoNumbers.fixed(point.decimal("as_double")));
        }
    }

    private void totals(MessageView point) throws IOException {
        if (point.has("sum")) {
            lines.line("Sum: " + GoNumbers.fixed(point.decimal("sum")));
        }
        if (point.has("min")) {
            lines.line("Min: " + GoNumbers.fixed(point.decimal("min")));
        }
        if (point.has("max")) {
            lines.line("Max: " + GoNumbers.fixed(point.decimal("max")));
        }
    }

    private void histogram(MessageView point) throws IOException {
        totals(point);
        List<Long> bounds = point.numbers("explicit_bounds");
        for (int index = 0; index < bounds.size(); index++) {
            double bound = Double.longBitsToDouble(bounds.get(index));
            lines.line("ExplicitBounds #" + index + ": " + GoNumbers.fixed(bound));
        }
        List<Long> counts = point.numbers("bucket_counts");
        for (int index = 0; index < counts.size(); index++) {
            lines.line(
                    "Buckets #" + index + ", Count: " + Long.toUnsignedString(counts.get(index)));
        }
    }

    private void exponential(MessageView point) throws IOException {
        totals(point);
        double factor = Math.scalb(Math.log(2), Math.clamp(-point.number("scale"), -5000, 5000));
        MessageView negative = point.message("negative");
        List<Long> counts = negative.numbers("bucket_counts");
        for (int index = counts.size() - 1; index >= 0; index--) {
            double at = negative.number("offset") + (double) index;
            bucket(
                    "[",
                    -Math.exp((at + 1) * factor),
                    -Math.exp(at * factor),
                    ")",
                    counts.get(index));
        }
        if (point.number("zero_count") != 0) {
            lines.line(
                    "Bucket [0, 0], Count: " + Long.toUnsignedString(point.number("zero_count")));
        }
        MessageView positive = point.message("positive");
        counts = positive.numbers("bucket_counts");
        for (int index = 0; index < counts.size(); index++) {
            double at = positive.number("offset") + (double) index;
            bucket("(", Math.exp(at * factor), Math.exp((at + 1) * factor), "]", counts.get(index));
        }
    }

    private void bucket(String open, double lower, double upper, String close, long count)
            throws IOException {
        lines.line(
                "Bucket "
                        + open
                        + GoNumbers.fixed(lower)
                        + ", "
                        + GoNumbers.fixed(upper)
                        + close
                        + ", Count: "
                        + Long.toUnsignedString(count));
    }

    private void summary(MessageView point) throws IOException {
        lines.line("Sum: " + GoNumbers.fixed(point.decimal("sum")));
        List<MessageView> quantiles = point.messages("quantile_values");
        for (int index = 0; index < quantiles.size(); index++) {
            MessageView quantile = quantiles.get(index);
            lines.line(
                    "QuantileValue #"
                            + index
                            + ": Quantile "
                            + GoNumbers.fixed(quantile.decimal("quantile"))
                            + ", Value "
                            + GoNumbers.fixed(quantile.decimal("value")));
        }
    }

    private void exemplars(List<MessageView> exemplars) throws IOException {
        if (!exemplars.isEmpty()) {
            lines.line("Exemplars:");
        }
        for (int index = 0; index < exemplars.size(); index++) {
            MessageView exemplar = exemplars.get(index);
            lines.line("Exemplar #" + index);
            lines.line("     -> Trace ID: " + Lines.hex(exemplar.bytes("trace_id")));
            lines.line("     -> Span ID: " + Lines.hex(exemplar.bytes("span_id")));
            lines.line("     -> Timestamp: " + Lines.time(exemplar.number("time_unix_nano")));
            value("     -> Value: ", exemplar);
            lines.attributes(
                    "     -> FilteredAttributes",
                    "     ",
                    exemplar.messages("filtered_attributes"));
        }
    }
}
