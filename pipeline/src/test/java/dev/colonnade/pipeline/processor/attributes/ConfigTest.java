package dev.colonnade.pipeline.processor.attributes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.pipeline.processor.ConfigProblem;
import dev.colonnade.storage.Signal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which configurations are refused, and in which words.
final class ConfigTest {
    record Case(ActionConfig action, String problem) {}

    private static final AttributeValue VALUE = AttributeValue.of("v");

    static List<Case> badActions() {
        return List.of(
                new Case(
                        ActionConfig.of("insert", "").value(VALUE),
                        " due to missing required field \"key\" at the 0-th actions"),
                new Case(
                        ActionConfig.of("insert", "k"),
                        ". Either field \"value\", \"from_attribute\" or \"from_context\" setting"
                                + " must be specified for 0-th action"),
                new Case(
                        ActionConfig.of("upsert", "k").value(VALUE).fromAttribute("b"),
                        " due to multiple value sources being set at the 0-th actions"),
                new Case(
                        ActionConfig.of("update", "k").value(VALUE).pattern("x"),
                        ". Action \"update\" does not use the \"pattern\" field. This must not be"
                                + " specified for 0-th action"),
                new Case(
                        ActionConfig.of("insert", "k").value(VALUE).convertedType("int"),
                        ". Action \"insert\" does not use the \"converted_type\" field. This must"
                                + " not be specified for 0-th action"),
                new Case(
                        ActionConfig.of("insert", "k").fromContext("auth.subject"),
                        ". Field \"from_context\" names authentication data (\"auth.subject\"),"
                                + " which is not supported, at the 0-th actions"),
                new Case(
                        ActionConfig.of("delete", ""),
                        " due to missing required field (at least one of \"key\" and \"pattern\""
                                + " have to be used) at the 0-th actions"),
                new Case(
                        ActionConfig.of("hash", "k").value(VALUE),
                        ". Action \"hash\" does not use \"value\" or \"from_attribute\" field."
                                + " These must not be specified for 0-th action"),
                new Case(
                        ActionConfig.of("delete", "k").pattern("("),
                        ". Field \"pattern\" has invalid pattern: \"(\" to be set at the 0-th"
                                + " actions"),
                new Case(
                        ActionConfig.of("extract", "k"),
                        " due to missing required field \"pattern\" for action \"extract\" at the"
                                + " 0-th action"),
                new Case(
                        ActionConfig.of("extract", "k").pattern("a+"),
                        ". Field \"pattern\" contains no named matcher groups at the 0-th actions"),
                new Case(
                        ActionConfig.of("extract", "k").pattern("(?P<a>x)(y)"),
                        ". Field \"pattern\" contains at least one unnamed matcher group at the"
                                + " 0-th actions"),
                new Case(
                        ActionConfig.of("convert", "k"),
                        " due to missing required field \"converted_type\" for action \"convert\""
                                + " at the 0-th action"),
                new Case(
                        ActionConfig.of("convert", "k").convertedType("bool"),
                        " due to invalid value \"bool\" in field \"converted_type\" for action"
                                + " \"convert\" at the 0-th action"),
                new Case(
                        ActionConfig.of("rename", "k"),
                        " due to unsupported action \"rename\" at the 0-th actions"));
    }

    @ParameterizedTest
    @MethodSource("badActions")
    void badActionsAreNamedInTheWordsOfTheCollector(Case one) {
        assertThat(new ResourceConfig(List.of(one.action)).problems())
                .containsExactly(
                        new ConfigProblem(
                                "attributes::0", "error creating AttrProc" + one.problem));
    }

    @Test
    void allProblemsAreTold() {
        AttributesConfig config =
                new AttributesConfig(
                        null,
                        null,
                        List.of(ActionConfig.of("insert", "k"), ActionConfig.of("x", "k")));
        assertThat(config.problems(Signal.LOGS))
                .extracting(ConfigProblem::path)
                .containsExactly("actions::0", "actions::1");
        assertThatThrownBy(() -> new AttributesProcessor(config, Signal.LOGS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("actions::1: error creating AttrProc");
    }

    @Test
    void aProcessorWithoutActionsIsRefused() {
        assertThat(new AttributesConfig(null, null, List.of()).problems(Signal.LOGS))
                .containsExactly(new ConfigProblem("", "missing required field \"actions\""));
        assertThat(new ResourceConfig(List.of()).problems())
                .containsExactly(new ConfigProblem("", "missing required field \"attributes\""));
    }

    @Test
    void aMatchIsCheckedForTheSignalOfItsPipeline() {
        MatchConfig spans = match("strict", List.of("GET"), List.of(), List.of("SPAN_KIND_SERVER"));
        assertThat(problems(spans, Signal.TRACES)).isEmpty();
        assertThat(problems(spans, Signal.LOGS))
                .contains(
                        "include: services, span_names, and span_kinds are not valid for log"
                                + " records");
        assertThat(problems(spans, Signal.METRICS))
                .contains("include::span_names: span_names should not be specified for metrics");
        MatchConfig logs = match("strict", List.of(), List.of("x"), List.of());
        assertThat(problems(logs, Signal.LOGS)).isEmpty();
        assertThat(problems(logs, Signal.TRACES))
                .contains(
                        "include::log_bodies: log_bodies should not be specified for trace spans");
    }

    @Test
    void aMatchNeedsATypeAndAProperty() {
        assertThat(problems(match("", List.of(), List.of("x"), List.of()), Signal.LOGS))
                .containsExactly(
                        "include::match_type: unrecognized match_type: '', valid types are:"
                                + " [regexp strict]");
        assertThat(problems(match("strict", List.of(), List.of(), List.of()), Signal.METRICS))
                .containsExactly(
                        "include: at least one of \"metric_names\" or \"resources\" field must be"
                                + " specified");
        assertThat(
                        problems(
                                match("strict", List.of(), List.of(), List.of("SERVER")),
                                Signal.TRACES))
                .hasSize(1);
        assertThat(problems(match("regexp", List.of("("), List.of(), List.of()), Signal.TRACES))
                .hasSize(1);
    }

    private static List<String> problems(MatchConfig match, Signal signal) {
        List<ActionConfig> actions = List.of(ActionConfig.of("delete", "k"));
        return new AttributesConfig(match, null, actions)
                .problems(signal).stream().map(ConfigProblem::toString).toList();
    }

    private static MatchConfig match(
            String type, List<String> spanNames, List<String> logBodies, List<String> spanKinds) {
        return new MatchConfig(
                type, List.of(), spanNames, spanKinds, logBodies, List.of(), null, List.of(),
                List.of(), List.of(), List.of());
    }
}
