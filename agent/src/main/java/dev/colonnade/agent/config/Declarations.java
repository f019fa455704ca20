package dev.colonnade.agent.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The keys that there are, noted while a configuration is read.
///
/// Reading a key is what declares it: its name, its type, and what stands in where it is not
/// written. So a configuration that writes every key (`configs/reference.yaml`) is a list of them
/// all, and the pages for users are made from it. Nothing is noted in an agent that runs.
///
/// The shape of a key is its path with what a user names himself left out:
/// `exporters::otlp_grpc::headers`, whatever the exporter is called; items of a list share `[]`.
final class Declarations {
    private final Map<String, Declared> keys = new LinkedHashMap<>();
    private final Map<String, Set<String>> unsupported = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> retired = new LinkedHashMap<>();

    /// Notes a key of a section; the first place where it is written is kept.
    void key(String section, String key, String type, String absent, @Nullable Position at) {
        String shape = join(section, key);
        @Nullable Declared earlier = keys.get(shape);
        if (earlier == null) {
            keys.put(shape, new Declared(shape, type, absent, at));
        } else if (earlier.at == null && at != null) {
            keys.put(shape, new Declared(shape, earlier.type, earlier.absent, at));
        }
    }

    /// Notes what holds where a key is not written.
    void absent(String section, String key, String absent) {
        keys.computeIfPresent(
                join(section, key),
                (shape, noted) -> new Declared(shape, noted.type, absent, noted.at));
    }

    /// Notes a key of the Collector that is refused.
    void unsupported(String section, String key) {
        unsupported.computeIfAbsent(section, _ -> new TreeSet<>()).add(key);
    }

    /// Notes a key that older Collectors had.
    void retired(String section, String key, String instead) {
        retired.computeIfAbsent(section, _ -> new LinkedHashMap<>()).put(key, instead);
    }

    /// The keys by shape, in the order of reading.
    Map<String, Declared> keys() {
        return keys;
    }

    /// Keys that are refused as the Collector's, by the shape of their section.
    Map<String, Set<String>> unsupported() {
        return unsupported;
    }

    /// Keys that older Collectors had, with what to write now, by the shape of their section.
    Map<String, Map<String, String>> retired() {
        return retired;
    }

    private static String join(String section, String key) {
        return section.isEmpty() ? key : section + "::" + key;
    }

    /// One key.
    ///
    /// @param shape where it stands
    /// @param type what can be written, in words
    /// @param absent what holds where it is not written, as it would be written; empty where that
    ///   is no single value
    /// @param at where it is written; null where it is not
    record Declared(String shape, String type, String absent, @Nullable Position at) {}
}
