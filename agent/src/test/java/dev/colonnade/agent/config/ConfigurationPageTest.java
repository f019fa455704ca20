package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.agent.config.Declarations.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// `configs/reference.yaml` has every key that the loader reads, with its default and a comment,
/// and `docs/configuration.md` says the same. With `-Dcolonnade.docs=write` the page is written.
@NullUnmarked // an unexpected null fails the test
final class ConfigurationPageTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final Path REFERENCE = ROOT.resolve("configs/reference.yaml");
    private static final Path PAGE = ROOT.resolve("docs/configuration.md");
    private static final String START =
            "<!-- From here to the next such line: made by scripts/docs from the code and from"
                    + " configs/reference.yaml. Do not edit. -->\n";
    private static final String END = "<!-- End of what scripts/docs makes. -->\n";

    private static Declarations declarations;
    private static Explanations explanations;

    @BeforeAll
    static void read() throws Exception {
        String text = Files.readString(REFERENCE);
        declarations = ConfigLoader.declarations(REFERENCE.toString(), text);
        explanations = new Explanations(declarations, text);
    }

    @Test
    void theReferenceHasEveryKey() {
        assertThat(declarations.keys().values())
                .hasSizeGreaterThan(200)
                .filteredOn(key -> key.at() == null)
                .extracting(Declared::shape)
                .as("keys that are read and are not in configs/reference.yaml")
                .isEmpty();
    }

    @Test
    void theReferenceHasEveryComponent() {
        for (Kind kind : Kind.values()) {
            String section = kind.name().toLowerCase(Locale.ROOT);
            assertThat(kind.usable())
                    .filteredOn(type -> !declarations.keys().containsKey(section + "::" + type))
                    .as("%s that are not in configs/reference.yaml", section)
                    .isSubsetOf(List.of("colonnade_storage")); // it or storage stands, not both
        }
    }

    @Test
    void theReferenceShowsDefaults() {
        assertThat(own())
                .filteredOn(key -> !key.absent().isEmpty())
                .filteredOn(key -> explanations.sameAs(key.shape()).isEmpty())
                .filteredOn(key -> !explanations.isExample(key))
                .filteredOn(key -> !explanations.written(key).equals(key.absent()))
                .extracting(key -> key.at() + ": " + key.shape() + " is " + key.absent())
                .as("defaults that configs/reference.yaml has otherwise")
                .isEmpty();
    }

    @Test
    void theReferenceExplainsEveryKey() {
        assertThat(own())
                .filteredOn(key -> explanations.of(key).isEmpty())
                .extracting(key -> key.at() + ": " + key.shape())
                .as("keys without a comment")
                .isEmpty();
    }

    @Test
    void keysThatAreAsOthersAreSo() {
        assertThat(declarations.keys().values())
                .filteredOn(key -> !explanations.counterpart(key.shape()).isEmpty())
                .hasSizeGreaterThan(30)
                .filteredOn(key -> {
                    Declared same = declarations.keys().get(explanations.counterpart(key.shape()));
                    return same == null
                            || !key.type().equals(same.type())
                            || !key.absent().equals(same.absent());
                })
                .extracting(key -> key.at() + ": " + key.shape())
                .as("keys that are not as in what their section names")
                .isEmpty();
    }

    private static List<Declared> own() {
        return declarations.keys().values().stream()
                .filter(key -> key.at() != null)
                .filter(key -> explanations.counterpart(key.shape()).isEmpty())
                .toList();
    }

    @Test
    void thePageIsAsTheCodeAndTheReferenceHaveIt() throws IOException {
        String page = Files.readString(PAGE);
        assertThat(page).containsOnlyOnce(START).containsOnlyOnce(END);
        int start = page.indexOf(START) + START.length();
        String made =
                page.substring(0, start)
                        + "\n"
                        + new ConfigurationPage(explanations).text()
                        + page.substring(page.indexOf(END));
        if ("write".equals(System.getProperty("colonnade.docs"))) {
            Files.writeString(PAGE, made);
            page = made;
        }
        assertThat(made).as("docs/configuration.md is stale: run scripts/docs").isEqualTo(page);
    }

    @Test
    void theExtensionHasTheKeysOfStorage() throws ConfigException {
        String rest =
                """
                receivers: {otlp: {protocols: {grpc: }}}
                exporters: {nop: }
                """;
        Declarations top =
                ConfigLoader.declarations(
                        "f.yaml",
                        rest
                                + """
                                storage: {exporters: {nop: }}
                                service:
                                  pipelines:
                                    logs: {receivers: [otlp], exporters: [nop], storage: {exporters: {nop: }}}
                                """);
        Declarations extension =
                ConfigLoader.declarations(
                        "f.yaml",
                        rest
                                + """
                                extensions:
                                  colonnade_storage:
                                    exporters: {nop: }
                                    pipelines: {logs: {exporters: {nop: }}}
                                service:
                                  extensions: [colonnade_storage]
                                  pipelines: {logs: {receivers: [otlp], exporters: [nop]}}
                                """);
        String prefix = "extensions::colonnade_storage";
        assertThat(shapes(extension, prefix + "::pipelines::<pipeline>"))
                .isEqualTo(shapes(top, "service::pipelines::<pipeline>::storage"))
                .isNotEmpty();
        assertThat(shapes(extension, prefix))
                .filteredOn(shape -> !shape.startsWith("::pipelines"))
                .containsExactlyInAnyOrderElementsOf(shapes(top, "storage"))
                .isNotEmpty();
    }

    private static List<String> shapes(Declarations declarations, String section) {
        return declarations.keys().values().stream()
                .filter(key -> key.shape().startsWith(section + "::"))
                .map(key -> key.shape().substring(section.length()) + " " + key.type())
                .sorted()
                .toList();
    }
}
