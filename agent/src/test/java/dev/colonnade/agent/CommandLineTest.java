package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CommandLineTest {
    @Test
    void configAloneMeansRun() {
        assertThat(parse("--config", "a.yaml"))
                .isEqualTo(new CommandLine.Run(List.of("a.yaml")))
                .isEqualTo(parse("run", "--config", "a.yaml"))
                .isEqualTo(parse("--config=a.yaml"));
    }

    @Test
    void takesSeveralFilesInOrder() {
        assertThat(parse("run", "--config", "a", "b", "--config=c", "--config", "d"))
                .isEqualTo(new CommandLine.Run(List.of("a", "b", "c", "d")));
    }

    @Test
    void validates() {
        assertThat(parse("validate", "--config", "a"))
                .isEqualTo(new CommandLine.Validate(List.of("a")));
    }

    @Test
    void tellsVersionAndHelp() {
        assertThat(parse("version")).isEqualTo(parse("--version"));
        assertThat(parse("version")).isInstanceOf(CommandLine.ShowVersion.class);
        assertThat(parse("run", "--help")).isInstanceOf(CommandLine.Help.class);
    }

    @Test
    void saysWhatItDoesNotUnderstand() {
        assertThat(parse())
                .isEqualTo(
                        new CommandLine.Wrong(
                                "at least one config flag must be provided: --config FILE"));
        assertThat(parse("run", "--config"))
                .isEqualTo(new CommandLine.Wrong("--config needs a file"));
        assertThat(parse("run", "--config", "--set"))
                .isEqualTo(new CommandLine.Wrong("--config needs a file"));
        assertThat(parse("walk", "--config", "a"))
                .isEqualTo(new CommandLine.Wrong("unknown argument: walk"));
        assertThat(parse("--config", "a", "--set=x.y=1"))
                .isEqualTo(new CommandLine.Wrong("unknown argument: --set=x.y=1"));
    }

    private static CommandLine parse(String... arguments) {
        return CommandLine.parse(arguments);
    }
}
