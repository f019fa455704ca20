package dev.colonnade.agent.config;

import dev.colonnade.pipeline.processor.attributes.ActionConfig;
import dev.colonnade.pipeline.processor.attributes.AttributeValue;
import dev.colonnade.pipeline.processor.attributes.AttributesConfig;
import dev.colonnade.pipeline.processor.attributes.MatchConfig;
import dev.colonnade.pipeline.processor.attributes.ResourceConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads the processors `attributes` and `resource`. Checking them is up to their settings.
final class AttributesBinding {
    private AttributesBinding() {}

    /// What is written of `attributes`.
    static AttributesConfig attributes(Section processor) {
        return new AttributesConfig(
                match(processor.section("include")),
                match(processor.section("exclude")),
                actions(processor, "actions"));
    }

    /// What is written of `resource`.
    static ResourceConfig resource(Section processor) {
        return new ResourceConfig(actions(processor, "attributes"));
    }

    private static List<ActionConfig> actions(Section processor, String key) {
        List<ActionConfig> actions = new ArrayList<>();
        for (Section action : processor.sections(key)) {
            actions.add(
                    new ActionConfig(
                            action.text("key", ""),
                            action.text("action", ""),
                            value(action, "value"),
                            action.text("from_attribute", ""),
                            action.text("from_context", ""),
                            value(action, "default_value"),
                            action.text("pattern", ""),
                            action.text("converted_type", "")));
        }
        return actions;
    }

    private static @Nullable MatchConfig match(@Nullable Section match) {
        if (match == null) {
            return null;
        }
        Section cache = match.sectionOrEmpty("regexp");
        cache.bool("cacheenabled", false);
        cache.number("cachemaxnumentries", 0, Long.MAX_VALUE);
        return new MatchConfig(
                match.text("match_type", ""),
                match.texts("services"),
                match.texts("span_names"),
                match.texts("span_kinds"),
                match.texts("log_bodies"),
                match.texts("log_severity_texts"),
                severity(match.section("log_severity_number")),
                match.texts("metric_names"),
                expected(match, "attributes"),
                expected(match, "resources"),
                libraries(match));
    }

    private static MatchConfig.@Nullable SeverityNumber severity(@Nullable Section severity) {
        if (severity == null) {
            return null;
        }
        OptionalLong min = severity.number("min", Integer.MIN_VALUE, Integer.MAX_VALUE);
        return new MatchConfig.SeverityNumber(
                Math.toIntExact(min.orElse(0)), severity.bool("match_undefined", false));
    }

    private static List<MatchConfig.Attribute> expected(Section match, String key) {
        List<MatchConfig.Attribute> attributes = new ArrayList<>();
        for (Section attribute : match.sections(key)) {
            attributes.add(
                    new MatchConfig.Attribute(
                            attribute.text("key", ""), value(attribute, "value")));
        }
        return attributes;
    }

    private static List<MatchConfig.Library> libraries(Section match) {
        List<MatchConfig.Library> libraries = new ArrayList<>();
        for (Section library : match.sections("libraries")) {
            libraries.add(
                    new MatchConfig.Library(library.text("name", ""), library.text("version")));
        }
        return libraries;
    }

    /// Nothing behind the key is as if the key did not stand there.
    private static @Nullable AttributeValue value(Section section, String key) {
        @Nullable Node node = section.value(key);
        return node == null || node.isNull() ? null : ValueReader.read(node);
    }
}
