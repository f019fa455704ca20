package dev.colonnade.agent.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;

/// Follows a path such as `exporters[otlp/2].settings.queue.numConsumers` through records, maps and
/// lists.
@NullUnmarked // a step that is not there fails the test
final class RecordPath {
    private RecordPath() {}

    /// What stands at the end of `path`, as a configuration would have it.
    static String text(Object root, String path) throws ReflectiveOperationException {
        Object value = root;
        for (String step : steps(path)) {
            value = step.startsWith("[") ? item(value, step) : component(value, step);
        }
        return switch (value) {
            case null -> "null";
            case Duration duration -> GoDuration.format(duration);
            case OptionalLong number ->
                    number.isPresent() ? String.valueOf(number.getAsLong()) : "null";
            default -> value.toString();
        };
    }

    /// The entries of a map in a fixed order.
    static String sorted(Map<?, ?> map) {
        Map<String, String> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put(key.toString(), value.toString()));
        return sorted.toString();
    }

    private static List<String> steps(String path) {
        List<String> steps = new ArrayList<>();
        int start = 0;
        boolean isBracketed = false;
        for (int index = 0; index <= path.length(); index++) {
            char c = index == path.length() ? '.' : path.charAt(index);
            if (c == '.' && isBracketed) {
                continue;
            }
            if (c == '.' || c == '[') {
                if (index > start) {
                    steps.add(path.substring(start, index));
                }
                start = c == '.' ? index + 1 : index;
            }
            isBracketed = c == '[' || (isBracketed && c != ']');
        }
        return steps;
    }

    private static Object component(Object record, String name)
            throws ReflectiveOperationException {
        var accessor = record.getClass().getDeclaredMethod(name);
        accessor.setAccessible(true);
        return accessor.invoke(record);
    }

    private static Object item(Object container, String step) {
        String key = step.substring(1, step.length() - 1);
        if (container instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .filter(entry -> entry.getKey().toString().equals(key))
                    .findFirst()
                    .orElseThrow()
                    .getValue();
        }
        return List.copyOf((Collection<?>) container).get(Integer.parseInt(key));
    }
}
