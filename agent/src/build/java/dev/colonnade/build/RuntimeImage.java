package dev.colonnade.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The Java runtime that comes with the distribution.
final class RuntimeImage {
    /// What the agent has no use for: the names of characters, `keytool`, its and the launcher's
    /// texts in other languages, and encodings of texts that are not in OTLP. Those that the locale
    /// of a host may have stay. No package may become empty.
    private static final String LEFT_OUT =
            "/java.base/java/lang/uniName.dat"
                    + ",/java.base/sun/security/tools/keytool/Main*"
                    + ",/java.base/sun/security/tools/keytool/resources/*_*"
                    + ",/java.base/sun/launcher/resources/*_*"
                    + ",/java.base/sun/nio/cs/EUC_TW*"
                    + ",/java.base/sun/nio/cs/*Johab*"
                    + ",/java.base/sun/nio/cs/*HKSCS*";

    private RuntimeImage() {}

    /// Links a runtime of these modules and what they need.
    ///
    /// Its resources are not compressed: an image's layers are, and better, and reading is faster.
    static void make(Path jdk, Set<String> modules, Path runtime)
            throws IOException, InterruptedException {
        delete(runtime);
        Distribution.execute(
                List.of(
                        jdk.resolve("bin/jlink").toString(),
                        "--add-modules",
                        String.join(",", modules),
                        "--no-header-files",
                        "--no-man-pages",
                        "--strip-debug",
                        "--compress",
                        "zip-0",
                        "--exclude-resources",
                        LEFT_OUT,
                        "--output",
                        runtime.toString()));
        try (Stream<Path> programs = Files.list(runtime.resolve("bin"))) {
            for (Path program : programs.toList()) {
                if (!program.endsWith("java")) {
                    Files.delete(program);
                }
            }
        }
        // For tools of an IDE, and for processes that a Java program starts.
        Files.deleteIfExists(runtime.resolve("lib/jrt-fs.jar"));
        // For making an archive of shared classes without a list of one's own.
        Files.deleteIfExists(runtime.resolve("lib/classlist"));
        dropComments(runtime.resolve("conf/security/java.security"));
        strip(runtime.resolve("bin"));
        strip(runtime.resolve("lib"));
        ElfLibrary.shrink(runtime.resolve("lib/server/libjvm.so"), () -> starts(runtime));
    }

    /// Takes the comments out of a file of properties: of this one they are 60 KB of 72, which each
    /// start reads, character by character.
    private static void dropComments(Path properties) throws IOException {
        Files.write(
                properties,
                Files.readAllLines(properties).stream()
                        .filter(line -> !line.isBlank() && !line.startsWith("#"))
                        .toList());
    }

    private static boolean starts(Path runtime) {
        try {
            Distribution.execute(List.of(runtime.resolve("bin/java").toString(), "--version"));
            return true;
        } catch (IOException e) {
            System.out.println(e.getMessage());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Takes the symbols out of programs and libraries, where the machine has binutils.
    static void strip(Path folder) throws IOException, InterruptedException {
        if (!isOnPath("strip")) {
            System.out.println("strip is absent (package binutils), files stay larger: " + folder);
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(RuntimeImage::isElf).toList()) {
                boolean _ = file.toFile().setWritable(true);
                Distribution.execute(List.of("strip", "--strip-unneeded", file.toString()));
            }
        }
    }

    private static boolean isOnPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of(path.split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static boolean isElf(Path file) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (var in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(4);
            return head.length == 4 && head[0] == 0x7f && head[1] == 'E' && head[2] == 'L';
        } catch (IOException _) {
            return false;
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
