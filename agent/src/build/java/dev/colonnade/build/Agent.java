package dev.colonnade.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An agent that runs for the training, seen through what it prints.
final class Agent implements AutoCloseable {
    private final Process process;
    private final Path log;
    private final Duration patience;

    Agent(Process process, Path log, Duration patience) {
        this.process = process;
        this.log = log;
        this.patience = patience;
    }

    /// The port of its listener for `gRPC` or `HTTP`.
    int port(String protocol) throws IOException {
        return Integer.parseInt(said("listens: OTLP/" + protocol + " at 127\\.0\\.0\\.1:(\\d+)"));
    }

    /// Where it serves metrics.
    String metrics() throws IOException {
        return said("metrics at (http://\\S+)");
    }

    /// Where it answers probes.
    String health() throws IOException {
        return said("health at (http://[^,\\s]+)");
    }

    String printed() throws IOException {
        return Files.readString(log);
    }

    /// SIGTERM, and a clean end.
    void end() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("agent did not end clean: printed=" + printed());
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private String said(String pattern) throws IOException {
        Pattern wanted = Pattern.compile(pattern);
        long end = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < end) {
            String printed = printed();
            Matcher found = wanted.matcher(printed);
            if (printed.contains(" is ready") && found.find()) {
                return found.group(1);
            }
            try {
                if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new IOException("agent ended: printed=" + printed());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
        throw new IOException("agent did not say: pattern=" + pattern + ", printed=" + printed());
    }
}
