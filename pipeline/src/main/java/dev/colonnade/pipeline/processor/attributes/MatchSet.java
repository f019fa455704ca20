package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.processor.attributes.RecordFacts.Text;
import dev.colonnade.storage.Signal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The conditions of one `include` or `exclude`, by the level at which they can be decided.
final class MatchSet {
    private static final String SERVICE_NAME = "service.name";
    private static final byte[] NO_SERVICE = bytes("<nil-service-name>");
    private static final byte[][] SPAN_KINDS = {
        bytes("SPAN_KIND_UNSPECIFIED"),
        bytes("SPAN_KIND_INTERNAL"),
        bytes("SPAN_KIND_SERVER"),
        bytes("SPAN_KIND_CLIENT"),
        bytes("SPAN_KIND_PRODUCER"),
        bytes("SPAN_KIND_CONSUMER")
    };
    private static final byte[] NO_KIND = {};

    private record LibraryCondition(TextFilter name, @Nullable TextFilter version) {}

    private final @Nullable TextFilter services;
    private final int serviceSlot;
    private final AttributeCondition[] resources;
    private final LibraryCondition[] libraries;
    private final @Nullable TextFilter metricNames;
    private final @Nullable TextFilter spanNames;
    private final @Nullable TextFilter spanKinds;
    private final @Nullable TextFilter logBodies;
    private final @Nullable TextFilter severityTexts;
    private final MatchConfig.@Nullable SeverityNumber severityNumber;
    private final AttributeCondition[] attributes;

    /// @param config without problems
    /// @param resourceKeys takes the keys that are looked at in resources
    /// @param recordKeys takes those looked at in records
    MatchSet(MatchConfig config, AttributeKeys resourceKeys, AttributeKeys recordKeys) {
        boolean isRegexp = config.isRegexp();
        services = filter(config.services(), isRegexp);
        serviceSlot = services == null ? AttributeKeys.NONE : resourceKeys.slot(SERVICE_NAME);
        resources = conditions(config.resources(), isRegexp, resourceKeys);
        attributes = conditions(config.attributes(), isRegexp, recordKeys);
        libraries =
                config.libraries().stream()
                        .map(library -> library(library, isRegexp))
                        .toArray(LibraryCondition[]::new);
        metricNames = filter(config.metricNames(), isRegexp);
        spanNames = filter(config.spanNames(), isRegexp);
        spanKinds = filter(config.spanKinds(), isRegexp);
        logBodies = filter(config.logBodies(), isRegexp);
        severityTexts = filter(config.logSeverityTexts(), isRegexp);
        severityNumber = config.logSeverityNumber();
    }

    boolean hasResourceConditions() {
        return services != null || resources.length > 0;
    }

    boolean hasScopeConditions() {
        return libraries.length > 0;
    }

    boolean hasMetricConditions() {
        return metricNames != null;
    }

    /// Whether something other than attributes of a record has to be looked at.
    boolean hasFieldConditions() {
        return spanNames != null
                || spanKinds != null
                || logBodies != null
                || severityTexts != null
                || severityNumber != null;
    }

    boolean hasRecordConditions() {
        return attributes.length > 0 || hasFieldConditions();
    }

    boolean matchesResource(AttributeTable resource, AnyValueReader reader) {
        TextFilter filter = services;
        if (filter != null && !matchesService(filter, resource, reader)) {
            return false;
        }
        return matches(resources, resource, reader);
    }

    private boolean matchesService(
            TextFilter filter, AttributeTable resource, AnyValueReader reader) {
        int index = resource.find(serviceSlot);
        if (index < 0) {
            return filter.matches(NO_SERVICE);
        }
        return reader.read(resource, index) && matchesAsText(filter, reader);
    }

    /// Matches any value as text.
    private static boolean matchesAsText(TextFilter filter, AnyValueReader reader) {
        if (reader.type() == AnyValueReader.TEXT_TAG) {
            return filter.matchesText(reader);
        }
        AttributeValue value = reader.value();
        return value != null && filter.matches(bytes(ValueText.of(value)));
    }

    boolean matchesScope(RecordFacts facts) {
        for (LibraryCondition library : libraries) {
            TextFilter version = library.version();
            if (!matches(library.name(), facts.scopeName)
                    || (version != null && !matches(version, facts.scopeVersion))) {
                return false;
            }
        }
        return true;
    }

    boolean matchesMetric(RecordFacts facts) {
        return matches(metricNames, facts.metricName);
    }

    boolean matchesRecord(
            Signal signal, RecordFacts facts, AttributeTable record, AnyValueReader reader) {
        boolean isMatch =
                switch (signal) {
                    case LOGS -> matchesLog(facts, reader);
                    case TRACES ->
                            matches(spanNames, facts.spanName) && matchesKind(facts.spanKind);
                    case METRICS -> true;
                };
        return isMatch && matches(attributes, record, reader);
    }

    private boolean matchesLog(RecordFacts facts, AnyValueReader reader) {
        if (!matches(severityTexts, facts.severityText)) {
            return false;
        }
        MatchConfig.SeverityNumber severity = severityNumber;
        if (severity != null
                && (facts.severityNumber == 0
                        ? !severity.matchUndefined()
                        : facts.severityNumber < severity.min())) {
            return false;
        }
        TextFilter bodies = logBodies;
        if (bodies == null) {
            return true;
        }
        return reader.read(facts.body.bytes(), 0, facts.body.top())
                && matchesAsText(bodies, reader);
    }

    private boolean matchesKind(int kind) {
        TextFilter filter = spanKinds;
        return filter == null
                || filter.matches(
                        kind >= 0 && kind < SPAN_KINDS.length ? SPAN_KINDS[kind] : NO_KIND);
    }

    private static boolean matches(@Nullable TextFilter filter, Text text) {
        return filter == null || filter.matches(text.at, text.length);
    }

    private static boolean matches(
            AttributeCondition[] conditions, AttributeTable table, AnyValueReader reader) {
        for (AttributeCondition condition : conditions) {
            if (!condition.matches(table, reader)) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable TextFilter filter(List<String> expected, boolean isRegexp) {
        return expected.isEmpty() ? null : TextFilter.of(expected, isRegexp);
    }

    private static AttributeCondition[] conditions(
            List<MatchConfig.Attribute> expected, boolean isRegexp, AttributeKeys keys) {
        return expected.stream()
                .map(attribute -> new AttributeCondition(attribute, isRegexp, keys))
                .toArray(AttributeCondition[]::new);
    }

    private static LibraryCondition library(MatchConfig.Library config, boolean isRegexp) {
        String version = config.version();
        return new LibraryCondition(
                TextFilter.of(List.of(config.name()), isRegexp),
                version == null ? null : TextFilter.of(List.of(version), isRegexp));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
