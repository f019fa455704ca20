package dev.colonnade.benchmarks;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Standard output and standard error of the benchmark programs.
public final class Console {
    /// What scripts read.
    public static final PrintStream OUT = stream(FileDescriptor.out);

    /// What people read when something went wrong.
    public static final PrintStream ERR = stream(FileDescriptor.err);

    private Console() {}

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
