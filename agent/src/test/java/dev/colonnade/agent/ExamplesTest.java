package dev.colonnade.agent;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.config.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/// What users copy out of `configs/`: each is a configuration that loads, and what stands around it
/// agrees with it.
final class ExamplesTest {
    private static final Path CONFIGS = Path.of(System.getProperty("project.root"), "configs");
    private static final Map<String, String> POD =
            Map.of(
                    "POD_NAME", "orders-1",
                    "POD_UID", "1",
                    "POD_NAMESPACE", "shop",
                    "NODE_NAME", "node-7",
                    "JOB_NAME", "report");

    @Test
    void configurationsLoad() throws Exception {
        for (String name : List.of("image.yaml", "compose/collector.yaml")) {
            assertThat(load(CONFIGS.resolve(name)).warnings())
                    .as(name)
                    .allMatch(ExamplesTest::isOpenListener);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sidecar.yaml", "job.yaml"})
    void podsCarryAConfigurationThatFitsThem(String name) throws Exception {
        List<Map<String, Object>> documents = documents("kubernetes/" + name);
        AgentConfig config = read(at(documents.get(0), "data", "collector.yaml").toString());
        assertThat(config.warnings()).isEmpty();
        Map<String, Object> pod = map(at(documents.get(1), "spec", "template", "spec"));
        Map<String, Object> agent = map(((List<?>) at(pod, "initContainers")).getFirst());

        assertThat(agent).containsEntry("restartPolicy", "Always");
        assertThat(agent).containsEntry("args", List.of("--config=/conf/collector.yaml"));
        assertThat(Duration.ofSeconds((int) at(pod, "terminationGracePeriodSeconds")))
                .as("time to end in")
                .isGreaterThanOrEqualTo(config.service().shutdownDeadline().plusSeconds(5));
        assertThat(at(agent, "resources", "limits", "memory"))
                .as("memory that holds, as scripts/test-image shows")
                .isIn("64Mi", "128Mi");
        assertThat(environment(agent))
                .as("variables of its configuration")
                .isSubsetOf(POD.keySet());
    }

    @Test
    void theOperatorsConfigurationLoads() throws Exception {
        Map<String, Object> collector = documents("kubernetes/operator.yaml").getFirst();
        String written = new Yaml().dump(at(collector, "spec", "config"));
        assertThat(read(written).warnings()).allMatch(ExamplesTest::isOpenListener);
    }

    @Test
    void composeGivesTheAgentTimeToEnd() throws Exception {
        Map<String, Object> agent =
                map(at(documents("compose/compose.yaml").getFirst(), "services", "colonnade"));
        AgentConfig config = load(CONFIGS.resolve("compose/collector.yaml"));
        String period = at(agent, "stop_grace_period").toString();
        assertThat(Duration.parse("PT" + period))
                .isGreaterThanOrEqualTo(config.service().shutdownDeadline().plusSeconds(5));
        assertThat(agent).containsEntry("command", List.of("--config=/conf/collector.yaml"));
    }

    private static List<String> environment(Map<String, Object> container) {
        List<String> names = new ArrayList<>();
        for (Object variable : (List<?>) at(container, "env")) {
            names.add(at(map(variable), "name").toString());
        }
        return names;
    }

    private static List<Map<String, Object>> documents(String name) throws IOException {
        List<Map<String, Object>> documents = new ArrayList<>();
        for (Object document : new Yaml().loadAll(Files.readString(CONFIGS.resolve(name)))) {
            documents.add(map(document));
        }
        return documents;
    }

    /// Listeners for a whole network are told of; these configurations mean to have them.
    private static boolean isOpenListener(Problem warning) {
        return warning.toString().contains("listens on 0.0.0.0:43");
    }

    private static Object at(Map<String, Object> from, String... path) {
        Object here = from;
        for (String key : path) {
            here = requireNonNull(map(here).get(key), key);
        }
        return here;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        assertThat(value).isInstanceOf(Map.class);
        return (Map<String, Object>) value;
    }

    private static AgentConfig read(String yaml) throws ConfigException {
        return ConfigLoader.loadText("collector.yaml", yaml, POD);
    }

    private static AgentConfig load(Path file) throws ConfigException {
        return ConfigLoader.loadFiles(List.of(file.toString()), POD);
    }
}
