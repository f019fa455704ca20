package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// House rules about the text of the sources, tests included.
@Tag("house-rules")
final class TidyTest {
    private static final int FILE_LINES_MAX = 600;
    private static final int METHOD_LINES_MAX = 70;

    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final List<String> MODULES =
            List.of("storage", "pipeline", "exporters", "agent", "benchmarks");

    // Put together here so that this file does not accuse itself.
    private static final Pattern PROMISE = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern SLEEP = Pattern.compile("\\.\\s*sle" + "ep\\s*\\(");

    @Test
    void docCommentsAreMarkdown() {
        assertThat(lines(javaFiles(), line -> line.strip().startsWith("/*" + "*"))).isEmpty();
    }

    @Test
    void nothingIsPromisedInAComment() {
        assertThat(lines(javaFiles(), PROMISE.asPredicate())).isEmpty();
        assertThat(lines(scripts(), PROMISE.asPredicate())).isEmpty();
    }

    @Test
    void nothingWaitsForAFixedTime() {
        assertThat(lines(javaFiles(), SLEEP.asPredicate())).isEmpty();
    }

    @Test
    void filesStayReadableInOneSitting() {
        assertThat(javaFiles())
                .allSatisfy(file ->
                        assertThat(read(file))
                                .as("lines of %s", ROOT.relativize(file))
                                .hasSizeLessThanOrEqualTo(FILE_LINES_MAX));
    }

    @Test
    void methodsFitOnAScreen() throws IOException {
        assertThat(javaFiles()).isNotEmpty();
        assertThat(longMethods(javaFiles())).isEmpty();
    }

    @Test
    void everyPackageIsNullMarked() {
        List<Path> packages =
                javaFiles().stream()
                        .filter(file -> file.startsWith(mainSources(file)))
                        .map(Path::getParent)
                        .distinct()
                        .toList();
        assertThat(packages)
                .allSatisfy(folder -> {
                    Path info = folder.resolve("package-info.java");
                    assertThat(info).exists();
                    assertThat(read(info)).contains("@NullMarked");
                });
    }

    private static Path mainSources(Path file) {
        return ROOT.resolve(ROOT.relativize(file).getName(0)).resolve("src/main/java");
    }

    private static List<Path> javaFiles() {
        List<Path> files = new ArrayList<>();
        for (String module : MODULES) {
            files.addAll(walk(ROOT.resolve(module).resolve("src")));
        }
        return files.stream().filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }

    private static List<Path> scripts() {
        List<Path> files = new ArrayList<>(walk(ROOT.resolve("scripts")));
        files.addAll(walk(ROOT.resolve(".ci")));
        files.addAll(walk(ROOT.resolve("configs")));
        assertThat(files).isNotEmpty();
        return files;
    }

    private static List<Path> walk(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> found = Files.walk(folder)) {
            return found.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// `file:line: text` of every line that offends.
    private static List<String> lines(List<Path> files, Predicate<String> offends) {
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            List<String> text = read(file);
            for (int i = 0; i < text.size(); i++) {
                if (offends.test(text.get(i))) {
                    found.add(ROOT.relativize(file) + ":" + (i + 1) + ": " + text.get(i).strip());
                }
            }
        }
        return found;
    }

    private static List<String> longMethods(List<Path> files) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> found = new ArrayList<>();
        try (StandardJavaFileManager manager =
                compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    manager,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(files));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new TreePathScanner<Void, Void>() {
                    @Override
                    public Void visitMethod(MethodTree method, Void unused) {
                        long first = line(positions.getStartPosition(unit, method));
                        long last = line(positions.getEndPosition(unit, method));
                        if (last - first + 1 > METHOD_LINES_MAX) {
                            Path file = Path.of(unit.getSourceFile().toUri());
                            found.add(
                                    "%s:%d: %s has %d lines"
                                            .formatted(
                                                    ROOT.relativize(file),
                                                    first,
                                                    method.getName(),
                                                    last - first + 1));
                        }
                        return super.visitMethod(method, null);
                    }

                    private long line(long position) {
                        return unit.getLineMap().getLineNumber(position);
                    }
                }.scan(unit, null);
            }
        }
        return found;
    }
}
