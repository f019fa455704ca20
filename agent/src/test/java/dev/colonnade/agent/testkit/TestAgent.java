package dev.colonnade.agent.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.ColonnadeAgent;
import dev.colonnade.agent.Summary;
import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.pipeline.StartException;
import java.time.Duration;
import java.util.Map;

/// A whole agent in the test's process, with real components. Closing it stops it at once and
/// checks the ledger and that every byte came back.
public final class TestAgent implements AutoCloseable {
    private final ColonnadeAgent agent;

    private TestAgent(ColonnadeAgent agent) {
        this.agent = agent;
    }

    /// Starts an agent with the configuration in `yaml`; ports in it should be 0.
    public static TestAgent start(String yaml) throws ConfigException, StartException {
        return start(yaml, Map.of());
    }

    /// As [#start(String)], with environment variables for the configuration.
    public static TestAgent start(String yaml, Map<String, String> environment)
            throws ConfigException, StartException {
        return new TestAgent(
                ColonnadeAgent.start(ConfigLoader.loadText("test.yaml", yaml, environment)));
    }

    /// An `otlp` receiver on free ports of the loopback, 16 MiB of memory, metrics on a free port:
    /// to be followed by `exporters` and `pipelines`, the latter a map.
    public static String yaml(String exporters, String pipelines) {
        return """
        receivers:
          otlp:
            protocols:
              grpc: {endpoint: '127.0.0.1:0'}
              http: {endpoint: '127.0.0.1:0'}
        exporters:
        %s
        storage: {memory: 32MiB}
        service:
          telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]}}
          pipelines:
        %s
        """
                .formatted(exporters.indent(2), pipelines.indent(4));
    }

    /// The agent itself.
    public ColonnadeAgent agent() {
        return agent;
    }

    /// The port for OTLP over gRPC of the receiver `otlp`.
    public int grpcPort() {
        return agent.grpcPort("otlp");
    }

    /// The port for OTLP over HTTP of the receiver `otlp`.
    public int httpPort() {
        return agent.httpPort("otlp");
    }

    /// All metrics now, whether or not the law holds at this moment.
    public Scrape scrape() {
        return Scrape.of(agent.scrape());
    }

    /// Drains for at most `deadline`, stops, and checks the ledger and that nothing leaked.
    public Summary stop(Duration deadline) {
        Summary summary = agent.stop(Duration.ZERO, deadline);
        Ledger.check(agent.scrape());
        assertThat(summary.isClean()).as("everything was given back").isTrue();
        return summary;
    }

    @Override
    public void close() {
        stop(Duration.ZERO);
    }
}
