package dev.colonnade.pipeline.processor.attributes;

import org.jspecify.annotations.Nullable;

/// What `delete` and `hash` have in common: a key, a pattern on keys, or one after the other.
abstract sealed class KeyAction implements Action permits DeleteAction, HashAction {
    private final AttributeKeys keys;
    private final int slot;
    private final @Nullable KeyPattern pattern;

    KeyAction(ActionConfig config, AttributeKeys keys) {
        this.keys = keys;
        slot = config.key().isEmpty() ? AttributeKeys.NONE : keys.slot(config.key());
        pattern = config.pattern().isEmpty() ? null : new KeyPattern(config.pattern());
    }

    @Override
    public final boolean apply(AttributeTable table, AnyValueReader reader) {
        if (slot != AttributeKeys.NONE) {
            for (int index = table.find(slot); index >= 0; index = table.findAfter(slot, index)) {
                if (!act(table, index, reader)) {
                    return false;
                }
            }
        }
        KeyPattern expression = pattern;
        if (expression != null) {
            for (int index = 0; index < table.count(); index++) {
                if (!table.isDeleted(index)
                        && expression.matches(table, keys, index)
                        && !act(table, index, reader)) {
                    return false;
                }
            }
        }
        return true;
    }

    /// Acts on one entry.
    abstract boolean act(AttributeTable table, int index, AnyValueReader reader);
}
