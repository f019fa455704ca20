package dev.colonnade.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads what a process has cost so far out of `/proc`.
public final class ProcessWatch {
    /// Linux counts user and system time in hundredths of a second, whatever its own tick is.
    private static final long NANOS_PER_TICK = 10_000_000;

    /// Fields between the command's closing parenthesis and `utime` in `/proc/PID/stat` (proc(5)).
    private static final int FIELDS_BEFORE_UTIME = 11;

    private final Path proc;

    /// @param pid the process to watch, 0 for this one
    public ProcessWatch(long pid) {
        this.proc = Path.of("/proc", pid == 0 ? "self" : Long.toString(pid));
    }

    /// User and system time of all threads, nanoseconds, in steps of 10 ms; 0 when the process is
    /// gone.
    public long cpuNanos() {
        String stat = read("stat");
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ", -1);
        if (fields.length <= FIELDS_BEFORE_UTIME + 1) {
            return 0;
        }
        return (Long.parseLong(fields[FIELDS_BEFORE_UTIME])
                        + Long.parseLong(fields[FIELDS_BEFORE_UTIME + 1]))
                * NANOS_PER_TICK;
    }

    /// Resident memory now, bytes; 0 when the process is gone.
    public long residentBytes() {
        return status("VmRSS:");
    }

    /// The most resident memory so far, bytes; 0 when the process is gone.
    public long residentBytesMax() {
        return status("VmHWM:");
    }

    private long status(String key) {
        for (String line : read("status").split("\n", -1)) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }

    private String read(String file) {
        try {
            return Files.readString(proc.resolve(file), StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return "";
        }
    }
}
