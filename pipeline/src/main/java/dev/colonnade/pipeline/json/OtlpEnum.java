package dev.colonnade.pipeline.json;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The values of an OTLP enumeration, which are numbered from zero without gaps.
public final class OtlpEnum {
    private final List<String> labels;
    private final List<String> names;
    private final Map<String, Integer> values = new HashMap<>();

    OtlpEnum(String prefix, String... labels) {
        this.labels = List.of(labels);
        names = this.labels.stream().map(prefix::concat).toList();
        for (int value = 0; value < names.size(); value++) {
            values.put(names.get(value), value);
        }
    }

    /// The names in full, such as `SPAN_KIND_SERVER`, by value.
    public List<String> names() {
        return names;
    }

    /// The names without what they have in common, such as `SERVER`, by value.
    public List<String> labels() {
        return labels;
    }

    /// The value of a full name; -1 when there is none of that name.
    public int value(String name) {
        return values.getOrDefault(name, -1);
    }
}
