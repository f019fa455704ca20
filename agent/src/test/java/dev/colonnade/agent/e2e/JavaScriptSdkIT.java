package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.Signal;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The OpenTelemetry SDK for JavaScript sends the same batches to the agent and, in protobuf, to a
/// backend beside it: what comes out of the agent equals what the backend got.
final class JavaScriptSdkIT {
    private static final int RECORDS = 700;

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "json, none",
        "json, gzip",
        "proto, none",
        "proto, gzip",
        "grpc, none",
        "grpc, gzip"
    })
    void arrivesAsTheSdkSentIt(String protocol, String compression) throws Exception {
        String node = ForeignTool.find("node", "node", "nodejs");
        Path scripts = ForeignTool.scripts();
        try (Backend direct = Backend.start(Backend.Kind.HTTP_JDK);
                Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend))) {
            int port = protocol.equals("grpc") ? agent.grpcPort() : agent.httpPort();
            ForeignTool.Ended ended =
                    ForeignTool.run(
                            scripts,
                            Duration.ofSeconds(60),
                            node,
                            "send.mjs",
                            protocol,
                            compression,
                            "127.0.0.1:" + port,
                            "127.0.0.1:" + direct.port(),
                            Integer.toString(RECORDS));
            assertThat(ended.output()).isEmpty();
            assertThat(ended.exitCode()).isZero();
            agent.awaitDelivered();
            for (Signal signal : Signal.values()) {
                assertThat(direct.rows(signal)).as("%s sent", signal).hasSizeGreaterThan(4);
                Sent.same(signal.label(), direct.rows(signal), backend.rows(signal));
            }
            assertThat(direct.rows(Signal.TRACES)).hasSize(RECORDS);
            assertThat(direct.rows(Signal.LOGS)).hasSize(RECORDS);
        }
    }
}
