package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.processor.ConfigProblem;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The processor `attributes`: actions on the attributes of log records, spans and data points.
///
/// @param include acts on records that match only; null: on all
/// @param exclude leaves records that match alone; looked at after `include`
/// @param actions in the order in which they are done, each on the result of the one before
public record AttributesConfig(
        @Nullable MatchConfig include, @Nullable MatchConfig exclude, List<ActionConfig> actions) {
    /// Copies the list.
    public AttributesConfig {
        actions = List.copyOf(actions);
    }

    /// Everything that is wrong with it in a pipeline of `signal`; empty when nothing is.
    public List<ConfigProblem> problems(Signal signal) {
        List<ConfigProblem> problems = new ArrayList<>();
        if (actions.isEmpty()) {
            problems.add(new ConfigProblem("", "missing required field \"actions\""));
        }
        for (int index = 0; index < actions.size(); index++) {
            actions.get(index).check("actions", index, problems);
        }
        addProblems("include", include, signal, problems);
        addProblems("exclude", exclude, signal, problems);
        return problems;
    }

    private static void addProblems(
            String key, @Nullable MatchConfig match, Signal signal, List<ConfigProblem> problems) {
        if (match != null) {
            match.problems(signal).forEach(problem -> problems.add(problem.under(key)));
        }
    }
}
