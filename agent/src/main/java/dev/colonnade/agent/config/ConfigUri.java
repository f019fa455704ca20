package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a configuration comes from: a path, `file:PATH`, `env:NAME` or `yaml:TEXT`, as the
/// Collector's `--config` takes it.
///
/// @param name how messages call it
record ConfigUri(Scheme scheme, String name, String value) {
    /// Far larger than any configuration; a data file given by mistake is refused.
    private static final int FILE_BYTES_MAX = 3 << 20;

    private static final String DELIMITER = "::";

    enum Scheme {
        FILE,
        ENV,
        YAML,
        /// None that can be read.
        OTHER
    }

    /// Reads what stands behind `--config`. A single letter before a colon is no scheme.
    static ConfigUri parse(String uri) {
        int colon = uri.indexOf(':');
        String scheme = colon < 2 ? "file" : uri.substring(0, colon);
        String value = colon < 2 ? uri : uri.substring(colon + 1);
        return switch (scheme) {
            case "file" -> new ConfigUri(Scheme.FILE, value, value);
            case "env" -> new ConfigUri(Scheme.ENV, uri, value);
            case "yaml" -> new ConfigUri(Scheme.YAML, uri.lines().findFirst().orElse(uri), value);
            default ->
                    isScheme(scheme)
                            ? new ConfigUri(Scheme.OTHER, uri, scheme)
                            : new ConfigUri(Scheme.FILE, uri, uri);
        };
    }

    /// Reads what stands behind `--set`: keys joined by points, and a value.
    static ConfigUri ofSet(String set) {
        int equals = set.indexOf('=');
        String keys = set.substring(0, equals).replace(".", DELIMITER);
        return new ConfigUri(Scheme.YAML, "--set " + set, keys + ": " + set.substring(equals + 1));
    }

    /// The text behind it.
    ///
    /// @throws IOException when there is none, with a message that says why
    String text(Map<String, String> environment) throws IOException {
        return switch (scheme) {
            case FILE -> readFile(value);
            case YAML -> value;
            case ENV -> {
                @Nullable String text = environment.get(value);
                if (text == null) {
                    throw new IOException("environment variable " + value + " is not set");
                }
                yield text;
            }
            case OTHER ->
                    throw new IOException(
                            "scheme \"" + value + "\" is not supported, only file, env and yaml");
        };
    }

    /// The text of a file in UTF-8.
    ///
    /// @throws IOException when it cannot be read, with a message that says why
    static String readFile(String file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            bytes = in.readNBytes(FILE_BYTES_MAX + 1);
        } catch (NoSuchFileException e) {
            throw new IOException("no such file: " + file, e);
        } catch (AccessDeniedException e) {
            throw new IOException("permission denied: " + file, e);
        } catch (InvalidPathException e) {
            throw new IOException("not a path: " + e.getMessage(), e);
        }
        if (bytes.length > FILE_BYTES_MAX) {
            throw new IOException("larger than " + FILE_BYTES_MAX + " bytes");
        }
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new IOException("not text in UTF-8", e);
        }
    }

    /// A map whose keys `a::b` are made into maps within maps, as the Collector does at the top of
    /// what it retrieves.
    static Mapping unflattened(Mapping map) {
        if (map.entries().keySet().stream().noneMatch(key -> key.contains(DELIMITER))) {
            return map;
        }
        Mapping whole = new Mapping(map.at(), Map.of());
        for (Map.Entry<String, Entry> entry : map.entries().entrySet()) {
            List<String> keys =
                    new ArrayList<>(List.of(entry.getKey().split(DELIMITER, -1))).reversed();
            Entry nested = entry.getValue();
            for (String key : keys.subList(0, keys.size() - 1)) {
                Map<String, Entry> one = new LinkedHashMap<>();
                one.put(key, nested);
                nested = new Entry(nested.at(), new Mapping(nested.at(), one));
            }
            whole = whole.overlaidBy(new Mapping(map.at(), Map.of(keys.getLast(), nested)));
        }
        return whole;
    }

    /// Whether it can be the name of an environment variable.
    static boolean isVariableName(String name) {
        boolean valid = !name.isEmpty() && !(name.charAt(0) >= '0' && name.charAt(0) <= '9');
        for (int index = 0; index < name.length(); index++) {
            char c = name.charAt(index);
            valid &= isLetterOrDigit(c) || c == '_';
        }
        return valid;
    }

    private static boolean isScheme(String text) {
        boolean valid = !text.isEmpty() && !(text.charAt(0) >= '0' && text.charAt(0) <= '9');
        for (int index = 0; index < text.length(); index++) {
            char c = text.charAt(index);
            valid &= isLetterOrDigit(c) || "+.-".indexOf(c) >= 0;
        }
        return valid;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
