package dev.colonnade.agent.telemetry;

import dev.colonnade.pipeline.Metric;
import java.nio.charset.StandardCharsets;

/// How the Collector's metrics are called: as in the Collector it depends on how the reader is
/// configured, so that dashboards made for either way work. Colonnade's own names never change.
///
/// @param withoutTypeSuffix whether counters are written without `_total`
/// @param withoutUnits whether names are written without their unit
public record MetricNames(boolean withoutTypeSuffix, boolean withoutUnits) {
    /// Where `readers` is not written.
    public static final MetricNames PLAIN = new MetricNames(true, true);

    /// Where `readers` is written and says nothing of names.
    public static final MetricNames WITH_SUFFIXES = new MetricNames(false, false);

    private static final String COLLECTOR = "otelcol_";
    private static final String TOTAL = "_total";

    /// What stands on the page.
    public String of(Metric metric) {
        boolean isStripped = withoutTypeSuffix && metric.name().startsWith(COLLECTOR);
        return metric.kind() == Metric.Kind.COUNTER && !isStripped
                ? base(metric) + TOTAL
                : base(metric);
    }

    /// The name under which it is registered: client libraries insist on the `_total` of counters.
    String registered(Metric metric) {
        return metric.kind() == Metric.Kind.COUNTER ? base(metric) + TOTAL : base(metric);
    }

    /// The page with the names of counters as they shall be.
    byte[] exposed(byte[] page) {
        if (!withoutTypeSuffix) {
            return page;
        }
        String text = new String(page, StandardCharsets.UTF_8);
        StringBuilder exposed = new StringBuilder(text.length());
        int line = 0;
        while (line < text.length()) {
            int end = text.indexOf('\n', line) + 1;
            end = end == 0 ? text.length() : end;
            int name = nameStart(text, line);
            int nameEnd = nameEnd(text, name, end);
            boolean isCounter =
                    text.startsWith(COLLECTOR, name)
                            && text.startsWith(TOTAL, nameEnd - TOTAL.length());
            exposed.append(text, line, isCounter ? nameEnd - TOTAL.length() : nameEnd);
            exposed.append(text, nameEnd, end);
            line = end;
        }
        return exposed.toString().getBytes(StandardCharsets.UTF_8);
    }

    private String base(Metric metric) {
        boolean hasUnit =
                (metric.unit().equals("bytes") || metric.unit().equals("seconds"))
                        && !metric.name().endsWith("_" + metric.unit());
        return hasUnit && !withoutUnits && metric.name().startsWith(COLLECTOR)
                ? metric.name() + "_" + metric.unit()
                : metric.name();
    }

    private static int nameStart(String text, int line) {
        boolean isComment = text.startsWith("# HELP ", line) || text.startsWith("# TYPE ", line);
        return isComment ? line + "# HELP ".length() : line;
    }

    private static int nameEnd(String text, int name, int lineEnd) {
        for (int end = name; end < lineEnd; end++) {
            char character = text.charAt(end);
            if (character == ' ' || character == '{' || character == '\n') {
                return end;
            }
        }
        return lineEnd;
    }
}
