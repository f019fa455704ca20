package dev.colonnade.exporters;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Checks that both OTLP exporters share.
final class OtlpSettings {
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private OtlpSettings() {}

    static void checkEndpoint(String path, Supplier<Endpoint> parse, List<ConfigProblem> problems) {
        try {
            Endpoint _ = parse.get();
        } catch (IllegalArgumentException e) {
            problems.add(new ConfigProblem(path, String.valueOf(e.getMessage())));
        }
    }

    static void checkTimeout(Duration timeout, List<ConfigProblem> problems) {
        if (timeout.isNegative()) {
            problems.add(new ConfigProblem("timeout", "'timeout' must be non-negative"));
        }
    }

    /// Names must be tokens (RFC 9110, 5.1), values without line breaks or other controls.
    static void checkHeaders(Map<String, String> headers, List<ConfigProblem> problems) {
        for (Map.Entry<String, String> header : headers.entrySet()) {
            String path = "headers." + header.getKey();
            if (header.getKey().isEmpty()
                    || !header.getKey().chars().allMatch(OtlpSettings::token)) {
                problems.add(new ConfigProblem(path, "not a header name"));
            }
            if (!header.getValue().chars().allMatch(OtlpSettings::valueCharacter)) {
                problems.add(new ConfigProblem(path, "value has characters no header can have"));
            }
        }
    }

    private static boolean token(int character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || TOKEN_MARKS.indexOf(character) >= 0;
    }

    private static boolean valueCharacter(int character) {
        return character == '\t' || (character >= ' ' && character != 0x7f && character <= 0xff);
    }
}
