package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/// Whatever a file holds, it is read or refused with a place for each problem; nothing else comes
/// out of the loader.
@NullUnmarked // a resource that is not there fails the test
final class MutatedFilesTest {
    private static final int ROUNDS = 60;
    private static final long SEED = 20_261_120;

    private static final List<String> VALUES =
            List.of(
                    "",
                    "~",
                    "[]",
                    "{}",
                    "[[]]",
                    "{a: {b: c}}",
                    "-1",
                    "0",
                    "1e400",
                    "99999999999999999999",
                    "true",
                    "\"\"",
                    "\"\\0\"",
                    "'x y'",
                    "&a b",
                    "*a",
                    "!!int x",
                    "${env:X}",
                    "${",
                    "${}",
                    "$$",
                    "..",
                    "\\",
                    "/",
                    "a:b:c",
                    ":",
                    "http://",
                    "unix:",
                    "😀",
                    "0x",
                    "|",
                    ">",
                    "- x",
                    "? y",
                    "%YAML 1.1",
                    "@");

    @Test
    void areReadOrRefusedWithAPlace() throws Exception {
        Random random = new Random(SEED);
        int refused = 0;
        List<Path> files = files();
        assertThat(files).hasSizeGreaterThan(150);
        for (Path file : files) {
            String text = Files.readString(file);
            for (int round = 0; round < ROUNDS; round++) {
                refused += isRefused(mutated(text, random), file) ? 1 : 0;
            }
        }
        assertThat(refused).isGreaterThan(files.size() * ROUNDS / 2);
    }

    private static boolean isRefused(String text, Path file) {
        try {
            ConfigLoader.loadText("f", text, Map.of());
            return false;
        } catch (ConfigException e) {
            assertThat(e.problems())
                    .isNotEmpty()
                    .allSatisfy(problem -> {
                        assertThat(problem.at().line()).isPositive();
                        assertThat(problem.shown()).isNotEmpty();
                    });
            return true;
        } catch (RuntimeException e) {
            return fail("from " + file.getFileName() + ":\n" + text, e);
        }
    }

    /// Changes a line: its value, its indent, its key, or the line itself.
    private static String mutated(String text, Random random) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        int changes = 1 + random.nextInt(3);
        for (int change = 0; change < changes; change++) {
            int at = random.nextInt(lines.size());
            String line = lines.get(at);
            int colon = line.indexOf(':');
            String value = VALUES.get(random.nextInt(VALUES.size()));
            switch (random.nextInt(6)) {
                case 0 -> lines.remove(at);
                case 1 -> lines.add(at, line);
                case 2 -> lines.set(at, line.replaceFirst("^ +", " ".repeat(random.nextInt(9))));
                case 3 ->
                        lines.set(
                                at,
                                line.replaceFirst(
                                        "[a-z]",
                                        String.valueOf((char) ('a' + random.nextInt(26)))));
                case 4 -> lines.set(at, line.substring(0, random.nextInt(line.length() + 1)));
                default ->
                        lines.set(
                                at, colon < 0 ? value : line.substring(0, colon + 1) + " " + value);
            }
            if (lines.isEmpty()) {
                return "";
            }
        }
        return String.join("\n", lines);
    }

    private static List<Path> files() throws Exception {
        List<Path> files = new ArrayList<>();
        for (String folder : List.of("good", "broken")) {
            Path path = Path.of(MutatedFilesTest.class.getResource(folder).toURI());
            try (Stream<Path> found = Files.list(path)) {
                files.addAll(
                        found.filter(file -> file.toString().endsWith(".yaml")).sorted().toList());
            }
        }
        return files;
    }
}
