package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import dev.colonnade.pipeline.processor.attributes.AttributeValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads a value whose type is what is written: `7` is a number, `"7"` is text. See [GoScalar].
final class ValueReader {
    private ValueReader() {}

    /// What `node` stands for; lists and maps keep their order.
    static AttributeValue read(Node node) {
        return switch (node) {
            case Scalar scalar -> scalar(scalar);
            case Sequence sequence -> {
                List<AttributeValue> items = new ArrayList<>();
                sequence.items().forEach(item -> items.add(read(item)));
                yield new AttributeValue.Items(items);
            }
            case Mapping mapping -> {
                Map<String, AttributeValue> entries = new LinkedHashMap<>();
                for (Map.Entry<String, Entry> entry : mapping.entries().entrySet()) {
                    entries.put(entry.getKey(), read(entry.getValue().value()));
                }
                yield new AttributeValue.Entries(entries);
            }
        };
    }

    private static AttributeValue scalar(Scalar scalar) {
        String text = scalar.text();
        if (scalar.isQuoted()) {
            return new AttributeValue.Text(text);
        }
        if (scalar.isNull()) {
            return new AttributeValue.Empty();
        }
        @Nullable Boolean bool = GoScalar.bool(text);
        if (bool != null) {
            return new AttributeValue.Bool(bool);
        }
        OptionalLong whole = GoScalar.digits(text);
        if (whole.isPresent()) {
            return new AttributeValue.Int(whole.getAsLong());
        }
        OptionalDouble real = GoScalar.real(text);
        return real.isPresent()
                ? new AttributeValue.Real(real.getAsDouble())
                : new AttributeValue.Text(text);
    }
}
