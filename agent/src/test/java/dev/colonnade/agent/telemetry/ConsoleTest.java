package dev.colonnade.agent.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.telemetry.ConsoleLoggerFinder.ConsoleLogger;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

final class ConsoleTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Console console =
            new Console(
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    InstantSource.fixed(Instant.parse("2026-01-31T09:08:07.006Z")));

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

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
