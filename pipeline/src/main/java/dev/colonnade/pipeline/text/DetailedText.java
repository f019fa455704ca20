package dev.colonnade.pipeline.text;

import dev.colonnade.pipeline.json.OtlpSchema;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.util.List;

/// Resources, scopes, logs and spans, a line for each field.
final class DetailedText {
    private final Lines lines;
    private final DetailedMetrics metrics;

    DetailedText(Lines lines) {
        this.lines = lines;
        metrics = new DetailedMetrics(lines);
    }

    void resource(Signal signal, int index, MessageView resource) throws IOException {
        lines.line(
                switch (signal) {
                            // The Collector's word for it, without an s.
                            case LOGS -> "ResourceLog #";
                            case TRACES -> "ResourceSpans #";
                            case METRICS -> "ResourceMetrics #";
                        }
                        + index);
        lines.line("Resource SchemaURL: " + resource.text("schema_url"));
        MessageView described = resource.message("resource");
        lines.attributes("Resource attributes", "", described.messages("attributes"));
        entities(described.messages("entity_refs"));
        List<MessageView> scopes = resource.messages(TelemetryText.scopes(signal));
        for (int scope = 0; scope < scopes.size(); scope++) {
            scope(signal, scope, scopes.get(scope));
        }
    }

    private void entities(List<MessageView> entities) throws IOException {
        if (!entities.isEmpty()) {
            lines.line("Resource entity refs:");
        }
        for (int index = 0; index < entities.size(); index++) {
            MessageView entity = entities.get(index);
            lines.line("     -> Entity ref #" + index + ":");
            lines.line("          -> Type: " + entity.text("type"));
            if (!entity.text("schema_url").isEmpty()) {
                lines.line("          -> Schema URL: " + entity.text("schema_url"));
            }
            keys("ID keys", entity.texts("id_keys"));
            keys("Description keys", entity.texts("description_keys"));
        }
    }

    private void keys(String header, List<String> keys) throws IOException {
        if (!keys.isEmpty()) {
            lines.line("          -> " + header + ":");
        }
        for (String key : keys) {
            lines.line("               -> " + key);
        }
    }

    private void scope(Signal signal, int index, MessageView scope) throws IOException {
        String word =
                switch (signal) {
                    case LOGS -> "ScopeLogs";
                    case TRACES -> "ScopeSpans";
                    case METRICS -> "ScopeMetrics";
                };
        lines.line(word + " #" + index);
        lines.line(word + " SchemaURL: " + scope.text("schema_url"));
        MessageView described = scope.message("scope");
        lines.line(
                "InstrumentationScope " + described.text("name") + " " + described.text("version"));
        lines.attributes("InstrumentationScope attributes", "", described.messages("attributes"));
        List<MessageView> items = scope.messages(TelemetryText.items(signal));
        for (int item = 0; item < items.size(); item++) {
            switch (signal) {
                case LOGS -> log(item, items.get(item));
                case TRACES -> span(item, items.get(item));
                case METRICS -> metrics.metric(item, items.get(item));
            }
        }
    }

    private void log(int index, MessageView log) throws IOException {
        long severity = log.number("severity_number");
        lines.line("LogRecord #" + index);
        lines.line("ObservedTimestamp: " + Lines.time(log.number("observed_time_unix_nano")));
        lines.line("Timestamp: " + Lines.time(log.number("time_unix_nano")));
        lines.line("SeverityText: " + log.text("severity_text"));
        lines.line(
                "SeverityNumber: "
                        + Lines.label(OtlpSchema.SEVERITY_NUMBER, severity)
                        + "("
                        + severity
                        + ")");
        if (!log.text("event_name").isEmpty()) {
            lines.line("EventName: " + log.text("event_name"));
        }
        lines.line("Body: " + AnyValues.typed(log.message("body")));
        lines.attributes("Attributes", "", log.messages("attributes"));
        lines.line("Trace ID: " + Lines.hex(log.bytes("trace_id")));
        lines.line("Span ID: " + Lines.hex(log.bytes("span_id")));
        lines.line("Flags: " + log.number("flags"));
    }

    private void span(int index, MessageView span) throws IOException {
        MessageView status = span.message("status");
        lines.line("Span #" + index);
        lines.padded("Trace ID", Lines.hex(span.bytes("trace_id")));
        lines.padded("Parent ID", Lines.hex(span.bytes("parent_span_id")));
        lines.padded("ID", Lines.hex(span.bytes("span_id")));
        lines.padded("Name", span.text("name"));
        lines.padded("Kind", Lines.label(OtlpSchema.SPAN_KIND, span.number("kind")));
        if (!span.text("trace_state").isEmpty()) {
            lines.padded("TraceState", span.text("trace_state"));
        }
        lines.padded("Start time", Lines.time(span.number("start_time_unix_nano")));
        lines.padded("End time", Lines.time(span.number("end_time_unix_nano")));
        lines.padded("Status code", Lines.label(OtlpSchema.STATUS_CODE, status.number("code")));
        lines.padded("Status message", status.text("message"));
        dropped("Attributes", span);
        lines.attributes("Attributes", "", span.messages("attributes"));
        events(span.messages("events"));
        dropped("Events", span);
        links(span.messages("links"));
        dropped("Links", span);
    }

    private void dropped(String what, MessageView span) throws IOException {
        String field =
                switch (what) {
                    case "Attributes" -> "dropped_attributes_count";
                    case "Events" -> "dropped_events_count";
                    default -> "dropped_links_count";
                };
        lines.line("    Dropped" + what + "Count: " + span.number(field));
    }

    private void events(List<MessageView> events) throws IOException {
        if (!events.isEmpty()) {
            lines.line("Events:");
        }
        for (int index = 0; index < events.size(); index++) {
            MessageView event = events.get(index);
            lines.line("SpanEvent #" + index);
            lines.line("     -> Name: " + event.text("name"));
            lines.line("     -> Timestamp: " + Lines.time(event.number("time_unix_nano")));
            dropped(event);
        }
    }

    private void links(List<MessageView> links) throws IOException {
        if (!links.isEmpty()) {
            lines.line("Links:");
        }
        for (int index = 0; index < links.size(); index++) {
            MessageView link = links.get(index);
            lines.line("SpanLink #" + index);
            lines.line("     -> Trace ID: " + Lines.hex(link.bytes("trace_id")));
            lines.line("     -> ID: " + Lines.hex(link.bytes("span_id")));
            lines.line("     -> TraceState: " + link.text("trace_state"));
            dropped(link);
        }
    }

    /// What events and links have in common; the doubled colon is the Collector's.
    private void dropped(MessageView part) throws IOException {
        lines.line("     -> DroppedAttributesCount: " + part.number("dropped_attributes_count"));
        lines.attributes("     -> Attributes:", "     ", part.messages("attributes"));
    }
}
