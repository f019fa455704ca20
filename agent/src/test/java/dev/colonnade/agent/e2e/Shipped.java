package dev.colonnade.agent.e2e;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// The alert rules and the dashboard as they are shipped.
final class Shipped {
    static final Path ROOT = Path.of(System.getProperty("project.root"));
    static final Path RULES = ROOT.resolve("configs/prometheus/colonnade.rules.yaml");
    static final Path RULE_TESTS = ROOT.resolve("configs/prometheus/colonnade.rules.test.yaml");
    static final Path DASHBOARD = ROOT.resolve("configs/grafana/colonnade.json");

    private static final Pattern METRIC =
            Pattern.compile("\\b(?:colonnade|otelcol|jvm|process)_[a-z0-9_]+");

    private Shipped() {}

    /// One alert.
    record Alert(String group, String name, String expression, String severity, String runbook) {}

    /// All alerts, in order.
    static List<Alert> alerts() {
        List<Alert> alerts = new ArrayList<>();
        for (Map<?, ?> group : maps(at(yaml(RULES), "groups"))) {
            for (Map<?, ?> rule : maps(at(group, "rules"))) {
                Map<?, ?> labels = (Map<?, ?>) at(rule, "labels");
                Map<?, ?> annotations = (Map<?, ?>) at(rule, "annotations");
                if (String.valueOf(annotations.get("summary")).length() < 10) {
                    throw new AssertionError("no summary: alert=" + rule.get("alert"));
                }
                alerts.add(
                        new Alert(
                                String.valueOf(group.get("name")),
                                String.valueOf(rule.get("alert")),
                                String.valueOf(rule.get("expr")),
                                String.valueOf(labels.get("severity")),
                                String.valueOf(annotations.get("runbook_url"))));
            }
        }
        return alerts;
    }

    /// The alerts that a case of promtool expects to fire, or where not `firing`, to be quiet.
    static List<String> cases(boolean firing) {
        return maps(at(yaml(RULE_TESTS), "tests")).stream()
                .flatMap(test -> maps(at(test, "alert_rule_test")).stream())
                .filter(one -> maps(at(one, "exp_alerts")).isEmpty() != firing)
                .map(one -> String.valueOf(one.get("alertname")))
                .distinct()
                .toList();
    }

    /// Every query of the dashboard, with its variables filled in.
    static List<String> queries(String rateInterval) {
        List<String> queries = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(Files.readString(DASHBOARD))) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.FIELD_NAME
                        && parser.currentName().equals("expr")) {
                    parser.nextToken();
                    queries.add(
                            parser.getText()
                                    .replace("$__rate_interval", rateInterval)
                                    .replace("$instance", ".*"));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return queries;
    }

    /// The names of metrics in an expression.
    static Stream<String> metrics(String expression) {
        Matcher matcher = METRIC.matcher(expression);
        return matcher.results().map(result -> result.group());
    }

    private static Map<?, ?> yaml(Path file) {
        try {
            return new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object at(Map<?, ?> map, String key) {
        return Objects.requireNonNull(map.get(key), key);
    }

    private static List<Map<?, ?>> maps(Object list) {
        List<Map<?, ?>> maps = new ArrayList<>();
        ((List<?>) list).forEach(item -> maps.add((Map<?, ?>) item));
        return maps;
    }
}
