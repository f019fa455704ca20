package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.RequestContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `insert`, `update` and `upsert`: give an attribute a configured value, another attribute's, or
/// one from the request's context.
///
/// Allocates nothing per record; with `from_context`, the value once per request.
final class SetAction implements Action {
    private final int slot;
    private final boolean inserts;
    private final boolean updates;
    private final int fromSlot;
    private final boolean isContextual;
    private final @Nullable String metadataKey;
    private final byte[] key;

    /// What is set where the source has nothing: the default, or the configured value itself.
    private final byte @Nullable [] constant;

    private final byte @Nullable [] constantField;
    private byte @Nullable [] contextual;
    private byte @Nullable [] contextualField;

    SetAction(ActionConfig config, AttributeKeys keys) {
        slot = keys.slot(config.key());
        key = keys.key(slot);
        inserts = !config.action().equals("update");
        updates = !config.action().equals("insert");
        fromSlot =
                config.fromAttribute().isEmpty()
                        ? AttributeKeys.NONE
                        : keys.slot(config.fromAttribute());
        isContextual = !config.fromContext().isEmpty();
        metadataKey = config.metadataKey();
        @Nullable AttributeValue value =
                config.value() == null ? config.defaultValue() : config.value();
        constant = value == null ? null : ValueEncoder.payload(value);
        constantField = constant == null ? null : ValueEncoder.field(key, constant);
        contextual = constant;
        contextualField = constantField;
    }

    @Override
    public void begin(RequestContext context) {
        if (!isContextual) {
            return;
        }
        @Nullable String text = text(context);
        if (text == null) {
            contextual = constant;
            contextualField = constantField;
        } else {
            byte[] payload = ValueEncoder.payload(new AttributeValue.Text(text));
            contextual = payload;
            contextualField = ValueEncoder.field(key, payload);
        }
    }

    private @Nullable String text(RequestContext context) {
        String name = metadataKey;
        if (name == null) {
            return context.clientAddress();
        }
        List<String> values = context.metadata(name);
        return values.isEmpty() ? null : String.join(";", values);
    }

    @Override
    public boolean apply(AttributeTable table, AnyValueReader reader) {
        if (fromSlot != AttributeKeys.NONE) {
            int from = table.find(fromSlot);
            if (from >= 0) {
                return set(
                        table,
                        table.valueBytes(from),
                        table.valueAt(from),
                        table.valueLength(from),
                        null);
            }
        }
        byte @Nullable [] payload = contextual;
        return payload == null || set(table, payload, 0, payload.length, contextualField);
    }

    private boolean set(
            AttributeTable table,
            byte @Nullable [] bytes,
            long at,
            int length,
            byte @Nullable [] field) {
        int index = table.find(slot);
        if (index < 0) {
            return !inserts || table.append(slot, bytes, at, length, field);
        }
        if (updates) {
            for (; index >= 0; index = table.findAfter(slot, index)) {
                table.replace(index, bytes, at, length, field);
            }
        }
        return true;
    }
}
