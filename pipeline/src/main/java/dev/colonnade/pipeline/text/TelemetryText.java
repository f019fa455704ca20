package dev.colonnade.pipeline.text;

import dev.colonnade.pipeline.json.OtlpSchema;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.util.List;

/// An OTLP request, as protobuf bytes off the heap, as text.
///
/// - [#basic]: one line of counts.
/// - [#normal]: one line for each record.
/// - [#detailed]: every field, a line each.
///
/// Source of the layouts: the Collector's `debug` exporter.
public final class TelemetryText {
    private TelemetryText() {}

    /// Writes how much of what the request holds, such as `Traces {"resource spans": 1, "spans":
    /// 2}`, and an end of line.
    ///
    /// @return empty, or what is damaged and where; then the counts are of what was readable
    public static String basic(Signal signal, long address, int length, Appendable out)
            throws IOException {
        Damage damage = new Damage(address);
        List<MessageView> resources = resources(signal, address, length, damage);
        long records = 0;
        long points = 0;
        for (MessageView resource : resources) {
            for (MessageView scope : resource.messages(scopes(signal))) {
                List<MessageView> items = scope.messages(items(signal));
                records += items.size();
                if (signal == Signal.METRICS) {
                    points += items.stream().mapToLong(TelemetryText::points).sum();
                }
            }
        }
        String counts = "\": " + resources.size() + ", \"";
        out.append(
                switch (signal) {
                    case LOGS -> "Logs {\"resource logs" + counts + "log records\": " + records;
                    case TRACES -> "Traces {\"resource spans" + counts + "spans\": " + records;
                    case METRICS ->
                            "Metrics {\"resource metrics"
                                    + counts
                                    + ("metrics\": " + records)
                                    + (", \"data points\": " + points);
                });
        out.append("}\n");
        return damage.error();
    }

    /// Writes a line for each record: its name or body, its ids or values, its attributes; above
    /// metrics also a line for their resource and scope.
    ///
    /// @return empty, or what is damaged and where; then the text is of what was readable
    public static String normal(Signal signal, long address, int length, Appendable out)
            throws IOException {
        Damage damage = new Damage(address);
        NormalText text = new NormalText(new Lines(out));
        for (MessageView resource : resources(signal, address, length, damage)) {
            text.resource(signal, resource);
        }
        return damage.error();
    }

    /// Writes all that the request holds.
    ///
    /// @return empty, or what is damaged and where; then the text is of what was readable
    public static String detailed(Signal signal, long address, int length, Appendable out)
            throws IOException {
        Damage damage = new Damage(address);
        Lines lines = new Lines(out);
        DetailedText text = new DetailedText(lines);
        List<MessageView> resources = resources(signal, address, length, damage);
        for (int index = 0; index < resources.size(); index++) {
            text.resource(signal, index, resources.get(index));
        }
        return damage.error();
    }

    private static List<MessageView> resources(
            Signal signal, long address, int length, Damage damage) {
        MessageView request = MessageView.of(OtlpSchema.request(signal), address, length, damage);
        return request.messages(
                switch (signal) {
                    case LOGS -> "resource_logs";
                    case TRACES -> "resource_spans";
                    case METRICS -> "resource_metrics";
                });
    }

    static String scopes(Signal signal) {
        return switch (signal) {
            case LOGS -> "scope_logs";
            case TRACES -> "scope_spans";
            case METRICS -> "scope_metrics";
        };
    }

    static String items(Signal signal) {
        return switch (signal) {
            case LOGS -> "log_records";
            case TRACES -> "spans";
            case METRICS -> "metrics";
        };
    }

    /// The name of the field that a metric's data is in; empty when it has none.
    static String data(MessageView metric) {
        for (String kind :
                List.of("gauge", "sum", "histogram", "exponential_histogram", "summary")) {
            if (metric.has(kind)) {
                return kind;
            }
        }
        return "";
    }

    private static long points(MessageView metric) {
        String data = data(metric);
        return data.isEmpty() ? 0 : metric.message(data).messages("data_points").size();
    }
}
