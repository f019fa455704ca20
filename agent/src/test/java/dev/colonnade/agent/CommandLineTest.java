package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.CommandLine.PrintConfig;
import dev.colonnade.agent.CommandLine.Run;
import dev.colonnade.agent.CommandLine.Sources;
import dev.colonnade.agent.CommandLine.Validate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineTest {
    @Test
    void configAloneMeansRun() {
        assertThat(parse("--config", "a.yaml"))
                .isEqualTo(new Run(configs("a.yaml")))
                .isEqualTo(parse("run", "--config", "a.yaml"))
                .isEqualTo(parse("--config=a.yaml"));
    }

    @Test
    void takesSeveralConfigurationsInOrder() {
        assertThat(parse("run", "--config", "a", "b", "--config=env:C", "--config", "yaml:d::e: 1"))
                .isEqualTo(new Run(configs("a", "b", "env:C", "yaml:d::e: 1")));
    }

    @Test
    void takesSingleValues() {
        assertThat(parse("--config=a", "--set", "x.y=1", "--set=z=a=b"))
                .isEqualTo(
                        new Run(new Sources(List.of("a"), List.of("x.y=1", "z=a=b"), List.of())));
    }

    @Test
    void isCalledAsTheOpenTelemetryOperatorCallsTheCollector() {
        String gates = "-component.UseLocalHostAsDefaultHost";
        assertThat(parse("--config=/conf/collector.yaml", "--feature-gates=" + gates))
                .isEqualTo(parse("--config=/conf/collector.yaml", "--feature-gates", gates))
                .isEqualTo(
                        new Run(
                                new Sources(
                                        List.of("/conf/collector.yaml"),
                                        List.of(),
                                        List.of("--feature-gates has no effect: " + gates))));
    }

    @Test
    void validatesAndPrints() {
        assertThat(parse("validate", "--config", "a")).isEqualTo(new Validate(configs("a")));
        assertThat(parse("print-config", "--config", "a"))
                .isEqualTo(new PrintConfig(configs("a"), true))
                .isEqualTo(parse("print-initial-config", "--mode=redacted", "--config=a"))
                .isEqualTo(parse("print-config", "--format", "yaml", "--config=a"));
        assertThat(parse("print-config", "--config=a", "--mode", "unredacted"))
                .isEqualTo(new PrintConfig(configs("a"), false));
    }

    @Test
    void tellsVersionComponentsAndHelp() {
        assertThat(parse("version"))
                .isEqualTo(parse("--version"))
                .isInstanceOf(CommandLine.ShowVersion.class);
        assertThat(parse("components")).isInstanceOf(CommandLine.ShowComponents.class);
        assertThat(parse("run", "--help"))
                .isEqualTo(parse("help"))
                .isInstanceOf(CommandLine.Help.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run --config | --config needs a file",
                "run --config= | --config needs a file",
                "run --config --set | --config needs a file",
                "walk --config a | unknown argument: walk",
                "run validate --config a | unknown argument: validate",
                "--config a --sets x=1 | unknown argument: --sets",
                "--config a --set x | --set needs KEY=VALUE",
                "--config a --set =1 | --set needs KEY=VALUE",
                "validate --set x=1 | at least one config flag must be provided: --config FILE",
                "print-config --mode=all | --mode must be one of redacted, unredacted",
                "print-config --format json | --format must be one of yaml",
                "--mode=redacted print-config | --mode belongs to print-config, which it has to"
                        + " follow",
                "featuregate | there are no feature gates",
                "--config a --log-level=debug | --log-level is no longer an option: set"
                        + " service::telemetry::logs::level"
            })
    void saysWhatItDoesNotUnderstand(String arguments, String why) {
        assertThat(parse(arguments.split(" ", -1))).isEqualTo(new CommandLine.Wrong(why));
    }

    @Test
    void asksWhatFits() {
        assertThat(parse("sizing", "--limit", "64MiB"))
                .isEqualTo(new CommandLine.Size(64 << 20, null));
        assertThat(parse("sizing", "--agent", "http://a:8888/metrics", "--limit", "1GiB"))
                .isEqualTo(new CommandLine.Size(1 << 30, "http://a:8888/metrics"));
        assertThat(parse("sizing"))
                .isEqualTo(new CommandLine.Wrong("sizing needs --limit, such as --limit 64MiB"));
        assertThat(parse("sizing", "--limit", "much"))
                .isEqualTo(
                        new CommandLine.Wrong("--limit needs a size such as 64MiB, found: much"));
        assertThat(parse("sizing", "--limit"))
                .isEqualTo(new CommandLine.Wrong("--limit needs a value"));
        assertThat(parse("sizing", "--limits", "1"))
                .isEqualTo(new CommandLine.Wrong("unknown argument: --limits"));
        assertThat(parse("sizing", "--help")).isInstanceOf(CommandLine.Help.class);
    }

    @Test
    void nothingAtAllIsNoCommand() {
        assertThat(parse())
                .isEqualTo(
                        new CommandLine.Wrong(
                                "at least one config flag must be provided: --config FILE"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run",
                "validate",
                "print-config",
                "components",
                "version",
                "--config",
                "--set",
                "--feature-gates",
                "--mode",
                "env:NAME",
                "${file:PATH}",
                "exit codes"
            })
    void helpNamesEverythingThatIsUnderstood(String what) {
        assertThat(CommandLine.USAGE).contains(what);
    }

    private static Sources configs(String... uris) {
        return new Sources(List.of(uris), List.of(), List.of());
    }

    private static CommandLine parse(String... arguments) {
        return CommandLine.parse(arguments);
    }
}
