package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A type of component that can be used.
///
/// @param kind `receivers`, `processors`, `exporters`, `connectors` or `extensions`
/// @param type its present name
/// @param olderNames other names that it may be written by
/// @param signals `logs`, `traces` and `metrics`, or `extension` for what handles none
/// @param stability `alpha`: keys may still change; `beta`: they change only with a way over
public record ComponentInfo(
        String kind, String type, List<String> olderNames, List<String> signals, String stability) {
    private static final List<String> SIGNALS = List.of("logs", "traces", "metrics");
    private static final List<String> NONE = List.of("extension");

    /// Copies the lists.
    public ComponentInfo {
        olderNames = List.copyOf(olderNames);
        signals = List.copyOf(signals);
    }

    /// Every type, by kind.
    public static List<ComponentInfo> all() {
        List<ComponentInfo> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (String type : kind.usable()) {
                all.add(
                        new ComponentInfo(
                                kind.name().toLowerCase(Locale.ROOT),
                                type,
                                kind.olderNames(type),
                                kind == Kind.EXTENSIONS ? NONE : SIGNALS,
                                ComponentTypes.isAlpha(type) ? "alpha" : "beta"));
            }
        }
        return all;
    }
}
