package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.RequestContext;
import java.util.List;

/// Actions in their order, ready for one loop.
final class ActionList {
    private final Action[] actions;
    private final boolean readsAllKeys;

    /// @param configs without problems
    ActionList(List<ActionConfig> configs, AttributeKeys keys) {
        actions = new Action[configs.size()];
        boolean hasPattern = false;
        for (int index = 0; index < actions.length; index++) {
            ActionConfig config = configs.get(index);
            actions[index] = action(config, keys);
            hasPattern |= !config.pattern().isEmpty() && !config.action().equals("extract");
        }
        readsAllKeys = hasPattern;
    }

    private static Action action(ActionConfig config, AttributeKeys keys) {
        return switch (config.action()) {
            case "insert", "update", "upsert" -> new SetAction(config, keys);
            case "delete" -> new DeleteAction(config, keys);
            case "hash" -> new HashAction(config, keys);
            case "extract" -> new ExtractAction(config, keys);
            case "convert" -> new ConvertAction(config, keys);
            default ->
                    throw new IllegalArgumentException("no such action: action=" + config.action());
        };
    }

    /// Whether an action has a pattern on keys.
    boolean readsAllKeys() {
        return readsAllKeys;
    }

    /// Takes what the actions need of a request.
    void begin(RequestContext context) {
        for (Action action : actions) {
            action.begin(context);
        }
    }

    /// Does the actions on one record; false when it is malformed where they look, or too large.
    boolean apply(AttributeTable table, AnyValueReader reader) {
        for (Action action : actions) {
            if (!action.apply(table, reader)) {
                return false;
            }
        }
        return true;
    }
}
