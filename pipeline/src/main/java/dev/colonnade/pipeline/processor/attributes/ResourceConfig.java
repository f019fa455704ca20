package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.processor.ConfigProblem;
import java.util.ArrayList;
import java.util.List;

/// The processor `resource`: actions on the attributes of resources.
///
/// @param attributes the actions, in the order in which they are done, each on the result of the
///   one before
public record ResourceConfig(List<ActionConfig> attributes) {
    /// Copies the list.
    public ResourceConfig {
        attributes = List.copyOf(attributes);
    }

    /// Everything that is wrong with it; empty when nothing is.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (attributes.isEmpty()) {
            problems.add(new ConfigProblem("", "missing required field \"attributes\""));
        }
        for (int index = 0; index < attributes.size(); index++) {
            attributes.get(index).check("attributes", index, problems);
        }
        return problems;
    }
}
