package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keys of `service` that the Collector does not have may stand in the extension
/// `colonnade_storage`, like those of `storage`: tools that write Collector configurations keep
/// extensions and drop keys that they do not know. They are moved to where they belong before
/// anything is read, and keep their places for messages.
final class ServiceKeys {
    private static final List<String> OWN = List.of("shutdown", "loops");
    private static final String EXTENSION = "colonnade_storage";

    private ServiceKeys() {}

    /// `root` with those keys under `service`.
    static Mapping moved(Mapping root, Problems problems) {
        if (!(root.value("extensions") instanceof Mapping extensions)
                || !(extensions.value(EXTENSION) instanceof Mapping extension)
                || !(root.value("service") instanceof Mapping service)) {
            return root;
        }
        Map<String, Entry> left = new LinkedHashMap<>(extension.entries());
        Map<String, Entry> extended = new LinkedHashMap<>(service.entries());
        for (String key : OWN) {
            @Nullable Entry entry = left.remove(key);
            if (entry != null && extended.putIfAbsent(key, entry) != null) {
                problems.error(
                        entry.at(),
                        "extensions::" + EXTENSION + "::" + key,
                        key + " is written under \"service\" already");
            }
        }
        Mapping changed = with(extensions, EXTENSION, new Mapping(extension.at(), left));
        return with(
                with(root, "extensions", changed), "service", new Mapping(service.at(), extended));
    }

    private static Mapping with(Mapping map, String key, Mapping value) {
        Map<String, Entry> entries = new LinkedHashMap<>(map.entries());
        entries.put(key, new Entry(map.keyAt(key), value));
        return new Mapping(map.at(), entries);
    }
}
