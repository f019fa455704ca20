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
import java.util.regex.Pattern;

/// Reads a value whose type is what is written: `7` is a number, `"7"` and `007` are text.
final class ValueReader {
    private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9]*)");
    private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]{1,15}");
    private static final Pattern REAL =
            Pattern.compile("[-+]?(\\.[0-9]+|(0|[1-9][0-9]*)(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    private static final Pattern INFINITE = Pattern.compile("[-+]?\\.(inf|Inf|INF)");

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
        return switch (text) {
            case "true", "True", "TRUE" -> new AttributeValue.Bool(true);
            case "false", "False", "FALSE" -> new AttributeValue.Bool(false);
            case ".nan", ".NaN", ".NAN" -> new AttributeValue.Real(Double.NaN);
            default -> number(text);
        };
    }

    private static AttributeValue number(String text) {
        if (HEXADECIMAL.matcher(text).matches()) {
            return new AttributeValue.Int(Long.parseLong(text.substring(2), 16));
        }
        if (DECIMAL.matcher(text).matches()) {
            try {
                return new AttributeValue.Int(Long.parseLong(text));
            } catch (NumberFormatException _) {
                return new AttributeValue.Real(Double.parseDouble(text));
            }
        }
        if (REAL.matcher(text).matches()) {
            return new AttributeValue.Real(Double.parseDouble(text));
        }
        if (INFINITE.matcher(text).matches()) {
            boolean isNegative = text.startsWith("-");
            return new AttributeValue.Real(
                    isNegative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        return new AttributeValue.Text(text);
    }
}
