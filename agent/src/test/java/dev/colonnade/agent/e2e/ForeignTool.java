package dev.colonnade.agent.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Programs of others that tests run where they are installed.
final class ForeignTool {
    /// The sources in JavaScript.
    static final Path SCRIPTS = Path.of(System.getProperty("project.root"), "agent/src/test/js");

    private static final Path INSTALLED =
            Path.of(System.getProperty("project.root"), "agent/target/js");

    private ForeignTool() {}

    /// What a program printed, and how it ended.
    record Ended(int exitCode, String output) {}

    /// The first of these programs on the path; the test is passed over when there is none.
    static String find(String what, String... names) {
        Optional<Path> found =
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .flatMap(folder -> Arrays.stream(names).map(Path.of(folder)::resolve))
                        .filter(Files::isExecutable)
                        .findFirst();
        assumeTrue(found.isPresent(), what + " is absent");
        return found.orElseThrow().toString();
    }

    /// Runs a program to its end.
    static Ended run(Path folder, Duration patience, String... command)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("foreign", ".log");
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            boolean isEnded = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            return isEnded
                    ? new Ended(process.exitValue(), printed)
                    : new Ended(-1, "not ended within " + patience + ": " + printed);
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    /// The folder with the scripts and the packages that they need, as their lock file says; the
    /// test is passed over where these cannot be had.
    static synchronized Path scripts() throws IOException, InterruptedException {
        String npm = find("npm", "npm");
        Files.createDirectories(INSTALLED);
        Path lock = INSTALLED.resolve("package-lock.json");
        Path done = INSTALLED.resolve("installed-lock.json");
        List<Path> sources = new ArrayList<>();
        try (var files = Files.list(SCRIPTS)) {
            files.forEach(sources::add);
        }
        for (Path source : sources) {
            Files.copy(
                    source,
                    INSTALLED.resolve(source.getFileName()),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(done) || Files.mismatch(lock, done) >= 0) {
            Ended ended =
                    run(
                            INSTALLED,
                            Duration.ofMinutes(3),
                            npm,
                            "ci",
                            "--ignore-scripts",
                            "--no-audit",
                            "--no-fund",
                            "--prefer-offline");
            assumeTrue(ended.exitCode() == 0, "npm cannot install the OpenTelemetry SDK");
            Files.copy(lock, done, StandardCopyOption.REPLACE_EXISTING);
        }
        return INSTALLED;
    }
}
