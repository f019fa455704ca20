package dev.colonnade.benchmarks;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// How long reading, binding and checking a configuration of one hundred lines takes, warm: one
/// that is right, and the same with six mistakes, each told with its line and a suggestion.
@NullUnmarked // @Setup fills the fields
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ConfigBenchmark {
    private static final Map<String, String> ENVIRONMENT = Map.of("POD_NAME", "shop-7d9c");
    private static final int MISTAKES = 6;

    private String right;
    private String wrong;

    @Setup
    public void read() {
        try (InputStream in = ConfigBenchmark.class.getResourceAsStream("hundred-lines.yaml")) {
            right = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        wrong =
                right.replace("permit_without_stream: true", "permit_without_streams: true")
                        .replace("limit_percentage: 75", "limit_percentage: most")
                        .replace("compression: zstd", "compression: zst")
                        .replace("timeout: 10s", "timeout: 10")
                        .replace("durability: memory", "durabilty: memory")
                        .replace("receivers: [otlp/local]", "receivers: [otlp/locale]");
        if (right.lines().count() != 100) {
            throw new IllegalStateException("lines=" + right.lines().count());
        }
    }

    @Benchmark
    public AgentConfig right() throws ConfigException {
        return ConfigLoader.loadText("agent.yaml", right, ENVIRONMENT);
    }

    @Benchmark
    public int wrong() throws ConfigException {
        try {
            ConfigLoader.loadText("agent.yaml", wrong, ENVIRONMENT);
        } catch (ConfigException e) {
            if (e.problems().size() >= MISTAKES) {
                return e.problems().size();
            }
            throw e;
        }
        throw new IllegalStateException("nothing found wrong");
    }
}
