package dev.colonnade.agent.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Puts environment variables into values: `${env:NAME}`, `${NAME}`, `${env:NAME:-default}`, and
/// `$$` for a dollar sign. A dollar sign before anything else stays as it is.
final class Expansion {
    private final Map<String, String> environment;
    private final Problems problems;

    Expansion(Map<String, String> environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /// The text with its variables put in; what cannot be is noted as a problem of `path`.
    String expand(String text, Position at, String path) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        StringBuilder expanded = new StringBuilder(text.length());
        int index = 0;
        while (index < text.length()) {
            char c = text.charAt(index);
            char next = index + 1 < text.length() ? text.charAt(index + 1) : 0;
            if (c == '$' && next == '$') {
                expanded.append('$');
                index += 2;
            } else if (c == '$' && next == '{') {
                int end = text.indexOf('}', index);
                if (end < 0) {
                    problems.error(at, path, "\"${\" without \"}\" in \"" + text + "\"");
                    return text;
                }
                expanded.append(variable(text.substring(index + 2, end), at, path));
                index = end + 1;
            } else {
                expanded.append(c);
                index++;
            }
        }
        return expanded.toString();
    }

    private String variable(String reference, Position at, String path) {
        int defaulted = reference.indexOf(":-");
        String named = defaulted < 0 ? reference : reference.substring(0, defaulted);
        int colon = named.indexOf(':');
        String scheme = colon < 0 ? "env" : named.substring(0, colon);
        String name = named.substring(colon + 1);
        if (!scheme.equals("env")) {
            problems.error(at, path, "\"${" + reference + "}\": only ${env:NAME} can be expanded");
            return "";
        }
        if (!isVariableName(name)) {
            problems.error(at, path, "\"" + name + "\" is no name of an environment variable");
            return "";
        }
        @Nullable String value = environment.get(name);
        if (value != null) {
            return value;
        }
        if (defaulted < 0) {
            problems.warn(at, path, "environment variable " + name + " is not set, taken as empty");
            return "";
        }
        return reference.substring(defaulted + 2);
    }

    private static boolean isVariableName(String name) {
        boolean valid = !name.isEmpty() && !(name.charAt(0) >= '0' && name.charAt(0) <= '9');
        for (int index = 0; index < name.length(); index++) {
            char c = name.charAt(index);
            valid &=
                    (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || c == '_';
        }
        return valid;
    }
}
