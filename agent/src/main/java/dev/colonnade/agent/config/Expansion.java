package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import dev.colonnade.agent.config.Node.Style;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Puts what stands elsewhere into values: `${env:NAME}`, `${env:NAME:-default}`, `${NAME}`,
/// `${file:PATH}`, `${yaml:TEXT}`, one within the other too, and `$$` for a dollar sign.
///
/// As in the Collector (its `confmap/expand.go`): the innermost is expanded first and what comes
/// out is expanded again. A value that is an expansion as a whole may become anything, a map too,
/// and keeps the original text where text is wanted; a part of a value becomes text. A dollar sign
/// before anything else stays as it is.
final class Expansion {
    private static final int PASSES_MAX = 1000;
    private static final int LENGTH_MAX = 1 << 20;
    private static final int DEPTH_MAX = 16;

    private static final String NOT_SUPPORTED =
            "configurations are not fetched over the network here; use file or env";

    private final Map<String, String> environment;
    private final Problems problems;
    private int depth;

    Expansion(Map<String, String> environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /// What `text` stands for; what cannot be expanded is noted as a problem of `path`.
    Node expand(String text, boolean isQuoted, Position at, String path) {
        if (text.indexOf('$') < 0) {
            return new Scalar(at, text, isQuoted);
        }
        if (text.contains("${") && text.indexOf('}') < 0) {
            problems.warn(at, path, "\"${\" without \"}\" stays as it is");
        }
        String current = text;
        String origin = "";
        boolean isWhole = true;
        for (int pass = 0; pass < PASSES_MAX; pass++) {
            int open = innermost(current);
            if (open < 0) {
                return new Scalar(
                        at,
                        current.replace("$$", "$"),
                        style(isQuoted, isWhole && !origin.isEmpty(), origin),
                        origin);
            }
            int close = current.indexOf('}', open) + 1;
            String uri = current.substring(open, close);
            if (origin.isEmpty()) {
                origin = " (from " + uri + ")";
            }
            @Nullable String retrieved = retrieve(uri.substring(2, uri.length() - 1), at, path);
            if (retrieved == null) {
                return new Scalar(at, "", false);
            }
            isWhole &= uri.equals(current);
            if (isWhole && YamlReader.isCollection(retrieved)) {
                return collection(uri, retrieved, at, path);
            }
            if (!isWhole && YamlReader.isCollection(retrieved)) {
                problems.error(at, path, uri + " is a map or a list, which cannot be part of text");
                return new Scalar(at, "", false);
            }
            current = current.substring(0, open) + retrieved + current.substring(close);
            if (current.length() > LENGTH_MAX) {
                problems.error(at, path, "expands to more than " + LENGTH_MAX + " characters");
                return new Scalar(at, "", false);
            }
        }
        problems.error(at, path, "too many recursive expansions in \"" + text + "\"");
        return new Scalar(at, "", false);
    }

    private static Style style(boolean isQuoted, boolean isWhole, String origin) {
        if (isWhole) {
            return isQuoted ? Style.QUOTED_EXPANSION : Style.PLAIN;
        }
        return isQuoted || !origin.isEmpty() ? Style.QUOTED : Style.PLAIN;
    }

    private Node collection(String uri, String text, Position at, String path) {
        if (depth == DEPTH_MAX) {
            problems.error(at, path, "too many recursive expansions, the last is " + uri);
            return new Scalar(at, "", false);
        }
        depth++;
        String name = uri.substring(2, uri.length() - 1);
        String source = name.startsWith("file:") ? name.substring("file:".length()) : name;
        problems.source(source, text, at);
        @Nullable Node node = YamlReader.readBelow(path, source, text, this, problems);
        depth--;
        return switch (node) {
            case Mapping mapping -> ConfigUri.unflattened(mapping);
            case Sequence sequence -> sequence;
            case null, default -> new Scalar(at, "", false);
        };
    }

    /// Where the first `${...}` begins that has none within it and is not escaped; -1 when there is
    /// none.
    private static int innermost(String text) {
        int close = text.indexOf('}');
        while (close >= 0) {
            int open = text.lastIndexOf("${", close);
            if (open >= 0 && text.indexOf('}', open) == close) {
                int dollars = open;
                while (dollars > 0 && text.charAt(dollars - 1) == '$') {
                    dollars--;
                }
                if ((open - dollars) % 2 == 0) {
                    return open;
                }
            }
            close = text.indexOf('}', close + 1);
        }
        return -1;
    }

    /// What `reference` stands for; empty when it is not set, null after an error.
    private @Nullable String retrieve(String reference, Position at, String path) {
        int colon = reference.indexOf(':');
        String scheme = colon < 0 ? "" : reference.substring(0, colon);
        // ${NAME:-default} has a colon and no scheme.
        if (colon < 0 || reference.startsWith(":-", colon)) {
            return variable(reference, reference, at, path);
        }
        String name = reference.substring(colon + 1);
        switch (scheme) {
            case "env" -> {
                return variable(name, reference, at, path);
            }
            case "yaml" -> {
                return name;
            }
            case "file" -> {
                try {
                    return ConfigUri.readFile(name).stripTrailing();
                } catch (IOException e) {
                    problems.error(
                            at, path, "\"${" + reference + "}\": cannot read: " + e.getMessage());
                }
            }
            case "http", "https" ->
                    problems.error(at, path, "\"${" + reference + "}\": " + NOT_SUPPORTED);
            default ->
                    problems.error(
                            at,
                            path,
                            "\"${"
                                    + reference
                                    + "}\": only env, file and yaml can be expanded; write $$ for"
                                    + " a dollar sign");
        }
        return null;
    }

    private @Nullable String variable(String named, String reference, Position at, String path) {
        int defaulted = named.indexOf(":-");
        String name = defaulted < 0 ? named : named.substring(0, defaulted);
        if (!ConfigUri.isVariableName(name)) {
            problems.error(
                    at,
                    path,
                    "\""
                            + name
                            + "\" is no name of an environment variable, in \"${"
                            + reference
                            + "}\"; write $$ for a dollar sign");
            return null;
        }
        @Nullable String value = environment.get(name);
        if (value != null) {
            return value;
        }
        if (defaulted < 0) {
            problems.warn(at, path, "environment variable " + name + " is not set, taken as empty");
            return "";
        }
        return named.substring(defaulted + 2);
    }
}
