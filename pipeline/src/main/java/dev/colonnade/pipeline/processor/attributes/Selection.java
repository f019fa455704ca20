package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.processor.WireFields;
import dev.colonnade.storage.Signal;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which records a processor acts on: those that `include` matches and `exclude` does not.
///
/// It is asked on the way down, at each resource, scope and metric and at last at each record, and
/// looks at each level once; where a level decides, nothing below it is looked at.
final class Selection {
    private static final int RESOURCE_TAG = 0x0a;
    private static final int SCOPE_TAG = 0x0a;
    private static final int RESOURCE_ATTRIBUTES_TAG = 0x0a;

    private final @Nullable MatchSet include;
    private final @Nullable MatchSet exclude;
    private final AttributeTable resource;
    private final AnyValueReader reader;
    private final RecordFacts facts = new RecordFacts();
    private final WireFields outer = new WireFields();
    private final WireFields inner = new WireFields();
    private final boolean looksAtResources;
    private final boolean looksAtScopes;
    private final boolean looksAtMetrics;
    private final boolean looksAtFields;

    private boolean malformed;
    private boolean resourceIncluded;
    private boolean resourceExcluded;
    private boolean scopeIncluded;
    private boolean scopeExcluded;
    private boolean metricIncluded;
    private boolean metricExcluded;

    /// @param recordKeys takes the keys that are looked at in records
    Selection(AttributesConfig config, AttributeKeys recordKeys, AnyValueReader reader) {
        AttributeKeys resourceKeys = new AttributeKeys();
        include = matchSet(config.include(), resourceKeys, recordKeys);
        exclude = matchSet(config.exclude(), resourceKeys, recordKeys);
        resource = new AttributeTable(resourceKeys, false);
        this.reader = reader;
        List<MatchSet> sets = Stream.of(include, exclude).filter(Objects::nonNull).toList();
        looksAtResources = sets.stream().anyMatch(MatchSet::hasResourceConditions);
        looksAtScopes = sets.stream().anyMatch(MatchSet::hasScopeConditions);
        looksAtMetrics = sets.stream().anyMatch(MatchSet::hasMetricConditions);
        looksAtFields = sets.stream().anyMatch(MatchSet::hasFieldConditions);
    }

    private static @Nullable MatchSet matchSet(
            @Nullable MatchConfig config, AttributeKeys resourceKeys, AttributeKeys recordKeys) {
        return config == null ? null : new MatchSet(config, resourceKeys, recordKeys);
    }

    /// Starts over with a request.
    void begin() {
        malformed = false;
        resource.trim();
        facts.body.trim();
    }

    /// Whether something that was looked at is malformed or too large to be looked at; the answers
    /// given then mean nothing.
    boolean isMalformed() {
        return malformed || reader.isMalformed();
    }

    /// Looks at a `ResourceX`; false when no record in it is selected.
    boolean entersResource(WireFields resourceX) {
        if (looksAtResources) {
            resource.clear();
            outer.over(resourceX.bodyAt(), resourceX.bodyLength());
            while (outer.next()) {
                if (outer.tag() == RESOURCE_TAG) {
                    addResource();
                }
            }
            malformed |= outer.isMalformed();
        }
        MatchSet included = include;
        MatchSet excluded = exclude;
        resourceIncluded = included == null || included.matchesResource(resource, reader);
        resourceExcluded = excluded != null && excluded.matchesResource(resource, reader);
        return resourceIncluded
                && !(resourceExcluded
                        && excluded != null
                        && !excluded.hasScopeConditions()
                        && isDecidedAtScope(excluded));
    }

    private void addResource() {
        inner.over(outer.bodyAt(), outer.bodyLength());
        while (inner.next()) {
            if (inner.tag() == RESOURCE_ATTRIBUTES_TAG && !resource.add(inner)) {
                malformed = true;
            }
        }
        malformed |= inner.isMalformed();
    }

    /// Looks at a `ScopeX`; false when no record in it is selected.
    boolean entersScope(WireFields scopeX) {
        if (looksAtScopes) {
            facts.clearScope();
            outer.over(scopeX.bodyAt(), scopeX.bodyLength());
            while (outer.next()) {
                if (outer.tag() == SCOPE_TAG) {
                    malformed |= !facts.addScope(outer);
                }
            }
            malformed |= outer.isMalformed();
        }
        MatchSet included = include;
        MatchSet excluded = exclude;
        scopeIncluded = resourceIncluded && (included == null || included.matchesScope(facts));
        scopeExcluded = resourceExcluded && excluded != null && excluded.matchesScope(facts);
        metricIncluded = scopeIncluded;
        metricExcluded = scopeExcluded;
        return scopeIncluded && !(scopeExcluded && excluded != null && isDecidedAtScope(excluded));
    }

    private static boolean isDecidedAtScope(MatchSet set) {
        return !set.hasMetricConditions() && !set.hasRecordConditions();
    }

    /// Looks at a `Metric`; false when no data point in it is selected.
    boolean entersMetric(WireFields metric) {
        if (!looksAtMetrics) {
            return true;
        }
        malformed |= !facts.readMetric(metric);
        MatchSet included = include;
        MatchSet excluded = exclude;
        metricIncluded = scopeIncluded && (included == null || included.matchesMetric(facts));
        metricExcluded = scopeExcluded && excluded != null && excluded.matchesMetric(facts);
        return metricIncluded
                && !(metricExcluded && excluded != null && !excluded.hasRecordConditions());
    }

    /// Whether fields of records other than attributes have to be shown to [#look].
    boolean looksAtFields() {
        return looksAtFields;
    }

    /// Prepares for a record.
    void enterRecord() {
        facts.clearRecord();
    }

    /// Looks at a field of a record.
    void look(Signal signal, WireFields field) {
        malformed |= !facts.add(signal, field);
    }

    /// Whether the record with these attributes is selected.
    boolean selects(Signal signal, AttributeTable record) {
        MatchSet included = include;
        if (!metricIncluded
                || (included != null && !included.matchesRecord(signal, facts, record, reader))) {
            return false;
        }
        MatchSet excluded = exclude;
        return !(metricExcluded
                && excluded != null
                && excluded.matchesRecord(signal, facts, record, reader));
    }
}
