package dev.colonnade.agent.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.agent.config.LogConfig;
import dev.colonnade.agent.telemetry.ConsoleLoggerFinder.ConsoleLogger;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConsoleTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream standardOut = new ByteArrayOutputStream();
    private final AtomicLong millis =
            new AtomicLong(Instant.parse("2026-01-31T09:08:07.006Z").toEpochMilli());
    private final Console console =
            new Console(
                    new PrintStream(standardOut, true, StandardCharsets.UTF_8),
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    () -> Instant.ofEpochMilli(millis.get()));

    @Test
    void writesTimeLevelComponentAndMessageOnOneLine() {
        console.write(Level.INFO, "otlp", "hello", null);
        console.write(Level.WARNING, "otlp", "two\nlines\n", null);
        assertThat(written())
                .isEqualTo(
                        """
                        2026-01-31T09:08:07.006Z INFO otlp hello
                        2026-01-31T09:08:07.006Z WARN otlp two
                            lines
                        """);
    }

    @Test
    void writesNothingBelowItsLevel() {
        console.write(Level.DEBUG, "otlp", "quiet", null);
        console.level(Level.ERROR);
        console.write(Level.WARNING, "otlp", "quiet", null);
        assertThat(written()).isEmpty();
        console.level(Level.DEBUG);
        console.write(Level.DEBUG, "otlp", "loud", null);
        assertThat(written()).endsWith("DEBUG otlp loud\n");
    }

    @Test
    void putsTheStackBelowTheMessage() {
        console.write(Level.ERROR, "otlp", "failed", new IllegalStateException("why"));
        assertThat(written())
                .contains("ERROR otlp failed\njava.lang.IllegalStateException: why\n\tat ");
    }

    @Test
    void systemLoggersShowTheLastPartOfTheirName() {
        ConsoleLogger logger = new ConsoleLogger("dev.colonnade.pipeline.Thing", console);
        logger.log(Level.INFO, "plain {0}");
        logger.log(Level.INFO, "filled {0} and {1}", "one", "two");
        assertThat(logger.isLoggable(Level.DEBUG)).isFalse();
        assertThat(written())
                .isEqualTo(
                        """
                        2026-01-31T09:08:07.006Z INFO Thing plain {0}
                        2026-01-31T09:08:07.006Z INFO Thing filled one and two
                        """);
    }

    @Test
    void systemLoggersAreFoundAsAService() {
        assertThat(System.getLogger("x.y.Z").getName()).isEqualTo("x.y.Z");
        assertThat(System.LoggerFinder.getLoggerFinder()).isInstanceOf(ConsoleLoggerFinder.class);
    }

    @Test
    void librariesAreHeardFromWarningsOn() {
        var logger = new NettyLogger("io.netty.some.Type", console);
        logger.info("inner life {}", 1);
        logger.warn("odd: {} of {}", 1, 2);
        logger.error("bad: {}", "x", new IllegalStateException("why"));
        assertThat(logger.isInfoEnabled()).isFalse();
        assertThat(written())
                .startsWith("2026-01-31T09:08:07.006Z WARN Type odd: 1 of 2\n")
                .contains("ERROR Type bad: x\njava.lang.IllegalStateException: why\n");
    }

    @Test
    void writesJsonWithTheCollectorsMembers() throws IOException {
        console.configure(
                logs(true, List.of("stdout"), Map.of("pod", "a\"b"), LogConfig.Sampling.DEFAULT));
        console.write(Level.WARNING, "otlp", "two\nlines\u0001\ud800", null);
        console.write(Level.ERROR, "otlp", "failed", new IllegalStateException("why"));
        assertThat(written()).isEmpty();
        assertThat(standardOut.toString(StandardCharsets.UTF_8).lines().toList())
                .hasSize(2)
                .startsWith(
                        "{\"level\":\"warn\",\"ts\":\"2026-01-31T09:08:07.006Z\","
                                + "\"logger\":\"otlp\",\"msg\":\"two\\nlines\\u0001\\ud800\","
                                + "\"pod\":\"a\\\"b\"}")
                .last()
                .asString()
                .contains(",\"stacktrace\":\"java.lang.IllegalStateException: why\\n\\tat ");
    }

    @Test
    void writesToEveryPathAndKeepsWhatIsInFiles(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("agent.log"), "old\n");
        console.configure(
                logs(
                        false,
                        List.of("stderr", file.toString()),
                        Map.of("b", "2", "a", "1"),
                        LogConfig.Sampling.DEFAULT));
        console.write(Level.INFO, "otlp", "new", null);
        assertThat(written()).isEqualTo("2026-01-31T09:08:07.006Z INFO otlp new a=1 b=2\n");
        assertThat(file).hasContent("old\n" + written());
        LogConfig missing =
                logs(
                        false,
                        List.of(folder.resolve("no/such/file").toString()),
                        Map.of(),
                        LogConfig.Sampling.DEFAULT);
        assertThatThrownBy(() -> console.configure(missing)).isInstanceOf(IOException.class);
        console.write(Level.INFO, "otlp", "still here", null);
        assertThat(file).content().contains("still here");
    }

    @Test
    void oneLineForEachCauseAndTheCountOfTheRest() {
        for (int attempt = 0; attempt < 100; attempt++) {
            console.write(Level.WARNING, "otlp", "cannot deliver: attempt=" + attempt, null);
            console.write(Level.INFO, "otlp", "information is never held back", null);
        }
        console.write(Level.WARNING, "otlp", "cannot listen: attempt=1", null);
        console.write(Level.WARNING, "otlp/2", "cannot deliver: attempt=1", null);
        assertThat(complaints())
                .containsExactly(
                        "otlp cannot deliver: attempt=0",
                        "otlp cannot listen: attempt=1",
                        "otlp/2 cannot deliver: attempt=1");
        millis.addAndGet(9_999);
        console.tellHeld();
        assertThat(complaints()).hasSize(3);
        millis.addAndGet(1);
        console.tellHeld();
        console.tellHeld();
        assertThat(complaints())
                .hasSize(4)
                .last()
                .isEqualTo("otlp cannot deliver: attempt=0 (and 99 more like it)");
        console.write(Level.ERROR, "otlp", "cannot deliver: attempt=100", null);
        console.write(Level.ERROR, "otlp", "cannot deliver: attempt=101", null);
        console.tellRest();
        assertThat(complaints())
                .hasSize(6)
                .endsWith(
                        "otlp cannot deliver: attempt=100",
                        "otlp cannot deliver: attempt=100 (and 1 more like it)");
    }

    @Test
    void writesSomeOfTheRepeatsWhereThatIsAskedFor() throws IOException {
        LogConfig.Sampling sampling = new LogConfig.Sampling(true, Duration.ofSeconds(1), 2, 10);
        console.configure(logs(false, List.of("stderr"), Map.of(), sampling));
        for (int attempt = 1; attempt <= 30; attempt++) {
            console.write(Level.WARNING, "otlp", "attempt=" + attempt, null);
        }
        assertThat(complaints())
                .containsExactly(
                        "otlp attempt=1", "otlp attempt=2", "otlp attempt=12", "otlp attempt=22");
    }

    @Test
    void causesThatAreRememberedAndMessagesHaveALimit() {
        for (int first = 'a'; first <= 'z'; first++) {
            for (int second = 'a'; second <= 'z'; second++) {
                console.write(Level.WARNING, "x" + (char) first + (char) second, "odd", null);
            }
        }
        assertThat(complaints()).hasSize(26 * 26);
        console.write(Level.WARNING, "xaa", "odd", null);
        assertThat(complaints()).as("the first was forgotten").hasSize(26 * 26 + 1);
        console.write(Level.ERROR, "otlp", "x".repeat(10_000), null);
        assertThat(complaints())
                .last()
                .asString()
                .hasSize("otlp ".length() + 2_003)
                .endsWith("...");
    }

    private static LogConfig logs(
            boolean json,
            List<String> paths,
            Map<String, String> fields,
            LogConfig.Sampling sampling) {
        return new LogConfig(Level.INFO, json, paths, fields, true, sampling);
    }

    /// The warnings and errors written so far, without time and level.
    private List<String> complaints() {
        return written()
                .lines()
                .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                .map(line -> line.replaceFirst("^\\S+ \\S+ ", ""))
                .toList();
    }

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
