package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Options;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The sink's own pages.
///
/// | request | what it does |
/// |---|---|
/// | `GET /report` | the counts so far as JSON; `?lines` as `name=value` lines |
/// | `POST /reset` | forgets counts and sequence numbers, keeps the behaviour |
/// | `POST /mode?refuse=14&retry-ms=500` | behaves so from now on; names as on the command line, nothing = accept |
/// | `POST /check` | compares the ledger in the body with what arrived; `?lines` |
final class Pages {
    private final Intake intake;

    Pages(Intake intake) {
        this.intake = intake;
    }

    /// The content of an answer; null when there is no such page.
    @Nullable String answer(String method, String target, String body) {
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? "" : target.substring(question + 1);
        try {
            return switch (method + " " + path) {
                case "GET /report" -> format(intake.facts(), query);
                case "POST /reset" -> {
                    intake.reset();
                    yield "{}";
                }
                case "POST /mode" -> {
                    intake.behave(behaviour(query));
                    yield "{}";
                }
                case "POST /check" ->
                        format(intake.facts().putAll("", intake.ledgerCheck().check(body)), query);
                default -> null;
            };
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static Behaviour behaviour(String query) {
        List<String> args = new ArrayList<>();
        for (String pair : query.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                args.add("--" + (equals < 0 ? pair : pair.substring(0, equals)));
                if (equals >= 0) {
                    args.add(pair.substring(equals + 1));
                }
            }
        }
        return Behaviour.of(
                Options.parse(args.toArray(new String[0]), Behaviour.NAMED, Behaviour.FLAGS));
    }

    private static String format(Facts facts, String query) {
        return query.equals("lines") ? facts.toLines() : facts.toJson() + "\n";
    }
}
