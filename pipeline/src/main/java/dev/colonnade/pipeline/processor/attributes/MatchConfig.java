package dev.colonnade.pipeline.processor.attributes;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.colonnade.pipeline.processor.ConfigProblem;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which records `include` or `exclude` means: those that meet every property that is written.
///
/// The Collector's `regexp` section (a cache of results) changes no result and has no place here.
///
/// @param matchType `strict` or `regexp`
/// @param services names of services, of which the resource's has to be one; traces only
/// @param spanNames names of spans; traces only
/// @param spanKinds as in `SPAN_KIND_SERVER`; traces only
/// @param logBodies bodies as text; logs only
/// @param logSeverityTexts severity texts; logs only
/// @param logSeverityNumber bounds the severity number; logs only, null where it is not written
/// @param metricNames names of metrics; metrics only
/// @param attributes all of which the record has to have; not for metrics
/// @param resources all of which the resource has to have
/// @param libraries all of which the instrumentation scope has to be; not for metrics
public record MatchConfig(
        String matchType,
        List<String> services,
        List<String> spanNames,
        List<String> spanKinds,
        List<String> logBodies,
        List<String> logSeverityTexts,
        @Nullable SeverityNumber logSeverityNumber,
        List<String> metricNames,
        List<Attribute> attributes,
        List<Attribute> resources,
        List<Library> libraries) {
    /// An attribute that has to be there.
    ///
    /// @param value the value it has to have, a pattern with `regexp`; null: any
    public record Attribute(String key, @Nullable AttributeValue value) {}

    /// An instrumentation scope.
    ///
    /// @param version the version it has to have; null: any
    public record Library(String name, @Nullable String version) {}

    /// Severity numbers from `min` on.
    ///
    /// @param matchUndefined what is said of a log without a severity number
    public record SeverityNumber(int min, boolean matchUndefined) {}

    static final String STRICT = "strict";
    static final String REGEXP = "regexp";

    private static final Set<String> SPAN_KINDS =
            Set.of(
                    "SPAN_KIND_CLIENT",
                    "SPAN_KIND_CONSUMER",
                    "SPAN_KIND_INTERNAL",
                    "SPAN_KIND_PRODUCER",
                    "SPAN_KIND_SERVER");

    /// Copies the lists.
    public MatchConfig {
        services = List.copyOf(services);
        spanNames = List.copyOf(spanNames);
        spanKinds = List.copyOf(spanKinds);
        logBodies = List.copyOf(logBodies);
        logSeverityTexts = List.copyOf(logSeverityTexts);
        metricNames = List.copyOf(metricNames);
        attributes = List.copyOf(attributes);
        resources = List.copyOf(resources);
        libraries = List.copyOf(libraries);
    }

    boolean isRegexp() {
        return matchType.equals(REGEXP);
    }

    /// Everything that is wrong with it in a pipeline of `signal`; empty when nothing is.
    List<ConfigProblem> problems(Signal signal) {
        List<ConfigProblem> problems = new ArrayList<>();
        if (!matchType.equals(STRICT) && !isRegexp()) {
            add(
                    problems,
                    "match_type",
                    "unrecognized match_type: '"
                            + matchType
                            + "', valid types are: [regexp strict]");
        }
        switch (signal) {
            case TRACES -> checkTraces(problems);
            case LOGS -> checkLogs(problems);
            case METRICS -> checkMetrics(problems);
        }
        checkAttributes("attributes", attributes, problems);
        checkAttributes("resources", resources, problems);
        if (isRegexp()) {
            checkPatterns(problems);
        }
        return problems;
    }

    private void checkTraces(List<ConfigProblem> problems) {
        refuse("log_bodies", !logBodies.isEmpty(), "trace spans", problems);
        refuse("log_severity_texts", !logSeverityTexts.isEmpty(), "trace spans", problems);
        refuse("log_severity_number", logSeverityNumber != null, "trace spans", problems);
        refuse("metric_names", !metricNames.isEmpty(), "trace spans", problems);
        if (services.isEmpty() && spanNames.isEmpty() && spanKinds.isEmpty() && areCommonEmpty()) {
            add(
                    problems,
                    "",
                    "at least one of \"services\", \"span_names\", \"span_kinds\","
                            + " \"attributes\", \"libraries\" or \"resources\" field must be"
                            + " specified");
        }
        if (!isRegexp() && !SPAN_KINDS.containsAll(spanKinds)) {
            add(
                    problems,
                    "span_kinds",
                    "span_kinds string must match one of the standard span kinds when"
                            + " match_type=strict: "
                            + SPAN_KINDS.stream().sorted().toList());
        }
    }

    private void checkLogs(List<ConfigProblem> problems) {
        if (!spanNames.isEmpty() || !services.isEmpty() || !spanKinds.isEmpty()) {
            add(problems, "", "services, span_names, and span_kinds are not valid for log records");
        }
        refuse("metric_names", !metricNames.isEmpty(), "log records", problems);
        if (logBodies.isEmpty()
                && logSeverityTexts.isEmpty()
                && logSeverityNumber == null
                && areCommonEmpty()) {
            add(
                    problems,
                    "",
                    "at least one of \"attributes\", \"libraries\", \"resources\", \"log_bodies\","
                            + " \"log_severity_texts\" or \"log_severity_number\" field must be"
                            + " specified");
        }
    }

    private void checkMetrics(List<ConfigProblem> problems) {
        refuse("services", !services.isEmpty(), "metrics", problems);
        refuse("span_names", !spanNames.isEmpty(), "metrics", problems);
        refuse("span_kinds", !spanKinds.isEmpty(), "metrics", problems);
        refuse("log_bodies", !logBodies.isEmpty(), "metrics", problems);
        refuse("log_severity_texts", !logSeverityTexts.isEmpty(), "metrics", problems);
        refuse("log_severity_number", logSeverityNumber != null, "metrics", problems);
        refuse("attributes", !attributes.isEmpty(), "metrics", problems);
        refuse("libraries", !libraries.isEmpty(), "metrics", problems);
        if (metricNames.isEmpty() && resources.isEmpty()) {
            add(
                    problems,
                    "",
                    "at least one of \"metric_names\" or \"resources\" field must be specified");
        }
    }

    private boolean areCommonEmpty() {
        return attributes.isEmpty() && libraries.isEmpty() && resources.isEmpty();
    }

    private void checkAttributes(
            String key, List<Attribute> expected, List<ConfigProblem> problems) {
        for (int index = 0; index < expected.size(); index++) {
            Attribute attribute = expected.get(index);
            if (attribute.key().isEmpty()) {
                add(problems, key + "::" + index, "can't have empty key in the list of attributes");
            }
            AttributeValue value = attribute.value();
            if (isRegexp() && value != null && !(value instanceof AttributeValue.Text)) {
                add(
                        problems,
                        key + "::" + index,
                        String.format(
                                Locale.ROOT,
                                "match_type=regexp for \"%s\" only supports Str",
                                attribute.key()));
            }
        }
    }

    private void checkPatterns(List<ConfigProblem> problems) {
        checkPatterns("services", services, problems);
        checkPatterns("span_names", spanNames, problems);
        checkPatterns("span_kinds", spanKinds, problems);
        checkPatterns("log_bodies", logBodies, problems);
        checkPatterns("log_severity_texts", logSeverityTexts, problems);
        checkPatterns("metric_names", metricNames, problems);
        checkPatterns("attributes", patterns(attributes), problems);
        checkPatterns("resources", patterns(resources), problems);
        List<String> names = new ArrayList<>();
        for (Library library : libraries) {
            names.add(library.name());
            String version = library.version();
            if (version != null) {
                names.add(version);
            }
        }
        checkPatterns("libraries", names, problems);
    }

    private static List<String> patterns(List<Attribute> attributes) {
        List<String> patterns = new ArrayList<>();
        for (Attribute attribute : attributes) {
            if (attribute.value() instanceof AttributeValue.Text(String pattern)) {
                patterns.add(pattern);
            }
        }
        return patterns;
    }

    private static void checkPatterns(
            String key, List<String> patterns, List<ConfigProblem> problems) {
        for (String pattern : patterns) {
            try {
                Pattern.compile(pattern);
            } catch (PatternSyntaxException e) {
                add(problems, key, "error parsing regexp: " + e.getDescription() + ": " + pattern);
            }
        }
    }

    private static void refuse(
            String key, boolean isWritten, String records, List<ConfigProblem> problems) {
        if (isWritten) {
            add(problems, key, key + " should not be specified for " + records);
        }
    }

    private static void add(List<ConfigProblem> problems, String path, String message) {
        problems.add(new ConfigProblem(path, message));
    }
}
