package dev.colonnade.pipeline.processor.attributes;

/// `delete`: leaves attributes out.
final class DeleteAction extends KeyAction {
    DeleteAction(ActionConfig config, AttributeKeys keys) {
        super(config, keys);
    }

    @Override
    boolean act(AttributeTable table, int index, AnyValueReader reader) {
        table.delete(index);
        return true;
    }
}
