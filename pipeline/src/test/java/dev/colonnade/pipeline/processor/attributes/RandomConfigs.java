package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Seeded configurations of both processors, valid and about the keys of [RandomRecords].
final class RandomConfigs {
    private static final String[] KEY_PATTERNS = {"^user\\.", "status", "^(a|bb)$", "e", "^$"};
    private static final String[] TEXT_PATTERNS = {
        "(?P<verb>[A-Z]+) (?P<url>/[a-z/]*)(\\?id=(?P<id>[0-9]+))?",
        "^(?P<k>.*)@(?P<domain>[a-z.]+)$",
        "(?P<a>[0-9]+)",
    };

    private final Random random;

    RandomConfigs(long seed) {
        random = new Random(seed);
    }

    List<ActionConfig> actions() {
        List<ActionConfig> actions = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            actions.add(action());
        }
        return actions;
    }

    private ActionConfig action() {
        String key = pick(RandomRecords.KEYS);
        return switch (random.nextInt(7)) {
            case 0 -> source(ActionConfig.of("insert", key));
            case 1 -> source(ActionConfig.of("update", key));
            case 2 -> source(ActionConfig.of("UPSERT", key));
            case 3 -> keys("delete", key);
            case 4 -> keys("hash", key);
            case 5 -> {
                // Groups with a number in them are none in a Java expression: keep to letters.
                String pattern = pick(TEXT_PATTERNS).replace("(\\?id=", "(?:\\?id=");
                yield ActionConfig.of("extract", key).pattern(pattern);
            }
            default ->
                    ActionConfig.of("convert", key).convertedType(pick("int", "double", "string"));
        };
    }

    private ActionConfig keys(String action, String key) {
        return switch (random.nextInt(3)) {
            case 0 -> ActionConfig.of(action, "").pattern(pick(KEY_PATTERNS));
            case 1 -> ActionConfig.of(action, key).pattern(pick(KEY_PATTERNS));
            default -> ActionConfig.of(action, key);
        };
    }

    private ActionConfig source(ActionConfig action) {
        return switch (random.nextInt(6)) {
            case 0, 1 -> action.value(value());
            case 2 -> action.fromContext(pick("client.address", "metadata.tenant", "tenant", "no"));
            case 3 -> action.fromAttribute(pick(RandomRecords.KEYS)).defaultValue(value());
            default -> action.fromAttribute(pick(RandomRecords.KEYS));
        };
    }

    private AttributeValue value() {
        return AttributeValue.of(
                switch (random.nextInt(6)) {
                    case 0 -> true;
                    case 1 -> random.nextLong();
                    case 2 -> random.nextInt(100) / 4.0;
                    case 3 -> List.of("x", 1, List.of(), Map.of("k", 2.5));
                    case 4 -> new byte[random.nextInt(3)];
                    default -> pick(RandomRecords.TEXTS);
                });
    }

    MatchConfig match(Signal signal) {
        boolean isRegexp = random.nextBoolean();
        while (true) {
            MatchConfig match =
                    switch (signal) {
                        case LOGS -> logMatch(isRegexp);
                        case TRACES -> spanMatch(isRegexp);
                        case METRICS -> metricMatch(isRegexp);
                    };
            if (match.problems(signal).isEmpty()) {
                return match;
            }
        }
    }

    private MatchConfig logMatch(boolean isRegexp) {
        return new MatchConfig(
                isRegexp ? "regexp" : "strict",
                List.of(),
                List.of(),
                List.of(),
                some(isRegexp, "4", "true", "", "v", "ünïcödé"),
                some(isRegexp, "INFO", "WARN"),
                random.nextInt(4) == 0
                        ? new MatchConfig.SeverityNumber(random.nextInt(25), random.nextBoolean())
                        : null,
                List.of(),
                attributes(isRegexp),
                attributes(isRegexp),
                libraries());
    }

    private MatchConfig spanMatch(boolean isRegexp) {
        return new MatchConfig(
                isRegexp ? "regexp" : "strict",
                some(isRegexp, "v", "42", "<nil-service-name>"),
                some(isRegexp, "GET /a", "query"),
                some(isRegexp, "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT"),
                List.of(),
                List.of(),
                null,
                List.of(),
                attributes(isRegexp),
                attributes(isRegexp),
                libraries());
    }

    private MatchConfig metricMatch(boolean isRegexp) {
        return new MatchConfig(
                isRegexp ? "regexp" : "strict",
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                some(isRegexp, "requests", "heap.used"),
                List.of(),
                attributes(isRegexp),
                List.of());
    }

    private List<String> some(boolean isRegexp, String... from) {
        if (random.nextInt(3) > 0) {
            return List.of();
        }
        String first = pick(from);
        return isRegexp && !first.isEmpty()
                ? List.of(first.substring(0, 1), "nothing")
                : List.of(first, pick(from));
    }

    private List<MatchConfig.Attribute> attributes(boolean isRegexp) {
        List<MatchConfig.Attribute> attributes = new ArrayList<>();
        for (int i = random.nextInt(8) - 5; i > 0; i--) {
            AttributeValue value =
                    switch (random.nextInt(4)) {
                        case 0 -> null;
                        case 1 -> isRegexp ? AttributeValue.of("[0-9]") : AttributeValue.of(true);
                        case 2 ->
                                isRegexp
                                        ? AttributeValue.of("^(true|[a-z])")
                                        : AttributeValue.of(List.of());
                        default -> AttributeValue.of(pick("v", "42", "true"));
                    };
            attributes.add(new MatchConfig.Attribute(pick(RandomRecords.KEYS), value));
        }
        return attributes;
    }

    private List<MatchConfig.Library> libraries() {
        return switch (random.nextInt(6)) {
            case 0 -> List.of(new MatchConfig.Library("lib.one", null));
            case 1 -> List.of(new MatchConfig.Library("lib.two", "1.0"));
            case 2 ->
                    List.of(
                            new MatchConfig.Library("lib.one", ""),
                            new MatchConfig.Library("lib.one", null));
            default -> List.of();
        };
    }

    private String pick(String... from) {
        return from[random.nextInt(from.length)];
    }
}
