package dev.colonnade.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Makes the small, fast-starting distribution out of the plain one: one jar instead of many, the
/// native libraries beside it, a runtime of only the modules needed, and an ahead-of-time cache
/// trained on a run of exactly these files at exactly this place.
///
/// Run from source by the build: `java Distribution.java FOLDER`, with the folder of `bin`, `conf`
/// and `lib`. The cache belongs to the absolute path of the folder: the virtual machine reads the
/// cache of a folder that was moved, but is slower with it than without (JDK-8376576).
final class Distribution {
    /// What the agent uses of the JDK. Checked against the references of its own classes.
    private static final Set<String> MODULES =
            Set.of("java.base", "java.management", "jdk.management", "jdk.unsupported");

    private Distribution() {}

    /// Does it; every step prints what it took.
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 1) {
            throw new IllegalArgumentException("usage: java Distribution.java FOLDER");
        }
        Path dist = Path.of(arguments[0]).toAbsolutePath().normalize();
        Path jdk = Path.of(System.getProperty("java.home"));
        Path library = dist.resolve("lib");

        long begun = System.nanoTime();
        AppJar jar = AppJar.of(jars(library));
        jar.keepReachable();
        jar.checkModules(MODULES);
        jar.dropVariableNames();
        jar.makePlain();
        int sites = jar.linkCallSites();
        for (Path merged : jars(library)) {
            Files.delete(merged);
        }
        jar.write(library, dist.resolve("legal"));
        begun =
                tell(
                        begun,
                        "jar: classes="
                                + jar.classCount()
                                + ", left out="
                                + jar.droppedCount()
                                + ", call sites linked="
                                + sites);

        RuntimeImage.make(jdk, MODULES, dist.resolve("runtime"));
        RuntimeImage.strip(library.resolve("native"));
        begun = tell(begun, "runtime: modules=" + MODULES.stream().sorted().toList());

        // In quotes, for folders with spaces in their names.
        Files.write(
                dist.resolve("conf/start.args"),
                startArguments(dist).stream().map(argument -> '"' + argument + '"').toList());
        Training.run(dist);
        tell(begun, "cache: bytes=" + Files.size(library.resolve("colonnade.aot")));
    }

    private static List<Path> jars(Path library) throws IOException {
        try (Stream<Path> files = Files.list(library)) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private static Path only(Path folder, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .findFirst()
                    .orElseThrow(() ->
                            new IOException("no such file: folder=" + folder + ", name=" + prefix));
        }
    }

    private static long tell(long begun, String what) {
        long now = System.nanoTime();
        System.out.println(what + ", ms=" + TimeUnit.NANOSECONDS.toMillis(now - begun));
        return now;
    }

    /// Runs a program of the JDK or the system.
    ///
    /// @throws IOException when it fails; with what it printed
    static void execute(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException("command failed: command=" + command + ", printed=" + printed);
        }
    }

    /// The flags that name places, and the class to run: what follows `conf/jvm.args`.
    ///
    /// The first line tells the launcher whether the distribution is where it was made.
    private static List<String> startArguments(Path dist) throws IOException {
        Path natives = dist.resolve("lib/native");
        Path cache = dist.resolve("lib/colonnade.aot");
        return List.of(
                "-Dcolonnade.home=" + dist,
                "-XX:AOTCache=" + cache,
                "-Dcolonnade.aot.cache=" + cache,
                "-Djava.library.path=" + natives,
                // Otherwise it is looked for in the jar first, which opens that at each start.
                "-DZstdNativePath=" + only(natives, "libzstd-jni"),
                // The one that is taken on Linux; without it services are looked for, in the jar.
                "-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider",
                "-cp",
                dist.resolve("lib/colonnade.jar").toString(),
                "dev.colonnade.agent.Main");
    }

    /// The command that starts the agent of a distribution, with other flags about the cache.
    static List<String> agentCommand(Path dist, List<String> flags, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(dist.resolve("runtime/bin/java").toString());
        command.add("@" + dist.resolve("conf/jvm.args"));
        command.addAll(flags);
        startArguments(dist).stream()
                .filter(argument -> !argument.contains("colonnade.aot"))
                .forEach(command::add);
        command.addAll(arguments);
        return command;
    }
}
