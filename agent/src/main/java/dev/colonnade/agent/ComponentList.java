package dev.colonnade.agent;

import dev.colonnade.agent.config.ComponentInfo;
import java.util.List;

/// What `colonnade components` prints: YAML in the manner of the Collector's command.
final class ComponentList {
    private ComponentList() {}

    static String text(List<ComponentInfo> components, String version) {
        StringBuilder yaml = new StringBuilder();
        yaml.append("buildinfo:\n  command: colonnade\n  version: ").append(version).append('\n');
        String kind = "";
        for (ComponentInfo component : components) {
            if (!component.kind().equals(kind)) {
                kind = component.kind();
                yaml.append(kind).append(":\n");
            }
            yaml.append("  - name: ").append(component.type()).append('\n');
            if (!component.olderNames().isEmpty()) {
                yaml.append("    deprecated_names: [")
                        .append(String.join(", ", component.olderNames()))
                        .append("]\n");
            }
            yaml.append("    stability:\n");
            for (String what : component.signals()) {
                yaml.append("      ")
                        .append(what)
                        .append(": ")
                        .append(component.stability())
                        .append('\n');
            }
        }
        return yaml.toString();
    }
}
