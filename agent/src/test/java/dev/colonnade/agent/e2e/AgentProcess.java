package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Waiting;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// The packaged agent in a process of its own, as `mvn package` made it.
final class AgentProcess implements AutoCloseable {
    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;

    private AgentProcess(Process process) {
        this.process = process;
        reader = Thread.ofPlatform().name("agent-output").start(this::read);
    }

    /// Starts `colonnade` with arguments.
    static AgentProcess start(String... arguments) {
        Path program =
                Path.of(System.getProperty("project.root"), "agent/target/dist/bin/colonnade");
        assertThat(program).as("the distribution").isExecutable();
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        return of(command);
    }

    /// Starts a command.
    static AgentProcess of(List<String> command) {
        try {
            return new AgentProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Starts it on a configuration, which it puts into `folder`.
    static AgentProcess run(Path folder, String yaml) {
        try {
            Path file = Files.writeString(folder.resolve("config.yaml"), yaml);
            return start("run", "--config", file.toString());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void read() {
        try (BufferedReader output =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            add("output ended: " + e);
        }
    }

    private synchronized void add(String line) {
        lines.add(line);
        notifyAll();
    }

    /// What it has printed so far.
    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /// Waits for a line.
    synchronized String awaitLine(String what, Predicate<String> wanted) {
        long end = System.nanoTime() + Waiting.MAX.toNanos();
        while (true) {
            for (String line : lines) {
                if (wanted.test(line)) {
                    return line;
                }
            }
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("waited in vain for " + what + ": " + lines);
            }
            try {
                wait(Math.min(left, 100));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (!process.isAlive() && !reader.isAlive()) {
                assertThat(lines).as("lines, with %s", what).anyMatch(wanted);
            }
        }
    }

    /// Waits until it is ready, and reads a port from what it says.
    ///
    /// @param protocol `gRPC` or `HTTP`
    int port(String protocol) {
        awaitLine("readiness", text -> text.contains(" is ready"));
        String line = awaitLine("a listener", text -> text.contains(" listens: OTLP/" + protocol));
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    }

    /// Sends SIGTERM. Not by the process's own `destroy`, which also closes what it prints to.
    void terminate() {
        assertThat(process.toHandle().destroy()).as("signal sent").isTrue();
    }

    /// Waits for its end.
    ///
    /// @return the exit code
    int exitCode(Duration patience) {
        try {
            assertThat(process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS))
                    .as("ended within %s: %s", patience, lines())
                    .isTrue();
            reader.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        exitCode(Waiting.MAX);
    }
}
