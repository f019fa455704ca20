package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked // an unexpected null fails the test
final class YamlReaderTest {
    private final Problems problems = new Problems();

    @Test
    void knowsWhereEverythingStands() {
        Mapping root = read("a:\n  b: 1\n  list:\n    - x\n    - {y: 'two'}\n");
        Mapping a = (Mapping) root.value("a");
        assertThat(root.keyAt("a")).hasToString("f:1:1");
        assertThat(a.keyAt("b")).hasToString("f:2:3");
        assertThat(a.value("b").at()).hasToString("f:2:6");
        Sequence list = (Sequence) a.value("list");
        assertThat(list.items().get(0).at()).hasToString("f:4:7");
        Mapping second = (Mapping) list.items().get(1);
        assertThat(second.value("y")).isEqualTo(new Scalar(new Position("f", 5, 11), "two", true));
    }

    @Test
    void keepsTheTextOfScalars() {
        Mapping root =
                read("octal: 0777\nport: 22:22\nflag: yes\nfloat: 1e3\nnone: ~\nempty:\nq: '~'\n");
        assertThat(text(root, "octal")).isEqualTo("0777");
        assertThat(text(root, "port")).isEqualTo("22:22");
        assertThat(text(root, "flag")).isEqualTo("yes");
        assertThat(text(root, "float")).isEqualTo("1e3");
        assertThat(root.value("none").isNull()).isTrue();
        assertThat(root.value("empty").isNull()).isTrue();
        assertThat(root.value("q").isNull()).isFalse();
    }

    @Test
    void sharesAnchorsAndMergesMaps() {
        Mapping root =
                read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nboth:\n  <<: [{z: 9}, *b]\n");
        Mapping use = (Mapping) root.value("use");
        assertThat(text(use, "x")).isEqualTo("1");
        assertThat(text(use, "y")).isEqualTo("3");
        assertThat(((Mapping) root.value("both")).entries()).containsOnlyKeys("z", "x", "y");
        assertThat(problems.errors()).isEmpty();
    }

    @Test
    void expandsValuesAndNotKeys() {
        Mapping root =
                (Mapping)
                        YamlReader.read(
                                "f",
                                "${X}: ${X}\n",
                                new Expansion(Map.of("X", "v"), problems),
                                problems);
        assertThat(root.entries()).containsOnlyKeys("${X}");
        assertThat(text(root, "${X}")).isEqualTo("v");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a: 1\\nb:\\n"
                        + "  c: 1\\n"
                        + "  c: 2\\n|f:4:3: b: key \"c\" stands here twice, first at line 3",
                "a: *nowhere\\n|f:1:4: a: no anchor \"&nowhere\" before this",
                "? [x]\\n: y\\n|f:1:3: a key must be plain text",
                "a: 1\\n---\\nb: 2\\n|f:2:1: a configuration is one document, this is another",
                "a:\\n  <<: 5\\n|f:2:7: a: \"<<\" merges maps, this is \"5\""
            })
    void tellsWhatIsWrongAndWhere(String text, String message) {
        read(text.replace("\\n", "\n"));
        assertThat(problems.errors()).hasToString("[" + message + "]");
    }

    @Test
    void tellsWhereTextStopsBeingYaml() {
        assertThat(readAny("a: 1\n  b: {\n")).isNull();
        assertThat(problems.errors()).hasSize(1);
        assertThat(problems.errors().getFirst().at()).hasToString("f:2:4");
        assertThat(problems.errors().getFirst().message()).startsWith("not YAML: ");
    }

    @Test
    void refusesEndlessNesting() {
        assertThat(readAny("[".repeat(10_000))).isNull();
        assertThat(problems.errors())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.message())
                                .contains("nested deeper than 64 levels, at f:1:66"));
    }

    @Test
    void refusesAliasesThatStandForTooMuch() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
        for (int level = 1; level < 40; level++) {
            bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(level, level, level - 1, level - 1));
        }
        assertThat(readAny(bomb.toString())).isNull();
        assertThat(problems.errors())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.message())
                                .contains("aliases stand for more than 100000 values, at f:15:18"));
    }

    @Test
    void takesATaggedValueAsText() {
        Mapping root = read("a: !!str 007\nb: !!str\nc: 007\n");
        assertThat(((Scalar) root.value("a")).isQuoted()).isTrue();
        assertThat(root.value("b").isNull()).isFalse();
        assertThat(((Scalar) root.value("c")).isQuoted()).isFalse();
    }

    @Test
    void readsNothingAsNull() {
        assertThat(readAny("")).isNull();
        assertThat(readAny("# only a comment\n")).isNull();
        assertThat(problems.errors()).isEmpty();
    }

    @Test
    void overlaysMapsAndReplacesTheRest() {
        Mapping first = read("m: {a: 1, b: {c: 1}}\nl: [1, 2]\nn: {x: 1}\n");
        Mapping merged = first.overlaidBy(read("m: {b: {d: 2}}\nl: [3]\nn:\n"));
        Mapping m = (Mapping) merged.value("m");
        assertThat(m.entries()).containsOnlyKeys("a", "b");
        assertThat(((Mapping) m.value("b")).entries()).containsOnlyKeys("c", "d");
        assertThat(((Sequence) merged.value("l")).items()).hasSize(1);
        assertThat(merged.value("n").isNull()).isTrue();
    }

    private static String text(Mapping map, String key) {
        return ((Scalar) map.value(key)).text();
    }

    private Mapping read(String text) {
        return (Mapping) readAny(text);
    }

    private @Nullable Node readAny(String text) {
        return YamlReader.read("f", text, new Expansion(Map.of(), problems), problems);
    }
}
