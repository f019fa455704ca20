package dev.colonnade.exporters.file;

import dev.colonnade.exporters.file.FileExporterConfig.Rotation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A file that is written batch by batch, each wholly or not at all, and set aside when it is full.
///
/// [#begin], any number of [#write], [#commit]; after a failure of any of them [#undo], which may
/// fail as well: the next [#begin] then starts with it. Used by one thread at a time.
final class RotatedFile {
    private static final long MEBIBYTE = 1 << 20;

    /// How names of files set aside have their time; it sorts as it reads.
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS", Locale.ROOT);

    private final Path path;
    private final @Nullable Rotation rotation;
    private final boolean isLines;
    private final Disk disk;
    private final InstantSource clock;
    private final ZoneId zone;
    private Disk.@Nullable Output output;

    /// Where the last whole batch ends.
    private long committed;

    private long written;
    private boolean isTorn;

    /// @param isLines whether the file is text in lines: one left unfinished by a crash is ended
    RotatedFile(
            Path path,
            @Nullable Rotation rotation,
            boolean isLines,
            Disk disk,
            InstantSource clock) {
        this.path = path;
        this.rotation = rotation;
        this.isLines = isLines;
        this.disk = disk;
        this.clock = clock;
        zone = rotation != null && rotation.localtime() ? ZoneId.systemDefault() : ZoneOffset.UTC;
    }

    /// Begins a batch, in a new file where the present one is full.
    void begin() throws IOException {
        if (isTorn) {
            undo();
        }
        Rotation aside = rotation;
        if (aside != null
                && aside.maxMegabytes() > 0
                && output != null
                && committed >= aside.maxMegabytes() * MEBIBYTE) {
            setAside(aside);
        }
        if (output == null) {
            open();
        }
        isTorn = true;
    }

    /// Writes more of the batch.
    void write(ByteBuffer bytes) throws IOException {
        written += bytes.remaining();
        open().write(bytes);
    }

    /// Ends the batch.
    void commit() {
        committed = written;
        isTorn = false;
    }

    /// Cuts off what was written of a batch.
    void undo() throws IOException {
        Disk.Output file = output;
        if (file != null) {
            file.truncate(committed);
        }
        written = committed;
        isTorn = false;
    }

    /// Makes the batches so far last.
    void force() throws IOException {
        Disk.Output file = output;
        if (file != null) {
            file.force();
        }
    }

    /// Makes the batches last and closes the file; the next batch opens it again.
    void close() throws IOException {
        Disk.Output file = output;
        if (file == null) {
            return;
        }
        output = null;
        try {
            if (isTorn) {
                file.truncate(committed);
                isTorn = false;
            }
            file.force();
        } finally {
            file.close();
        }
    }

    private Disk.Output open() throws IOException {
        Disk.Output file = output;
        if (file != null) {
            return file;
        }
        file = disk.open(path);
        try {
            committed = file.size();
            if (isLines && committed > 0 && file.last() != '\n') {
                file.write(ByteBuffer.wrap(new byte[] {'\n'}));
                committed++;
            }
        } catch (IOException failure) {
            file.close();
            throw failure;
        }
        written = committed;
        output = file;
        return file;
    }

    /// Gives the file a name with the time in it, and removes those that are too many or too old.
    private void setAside(Rotation aside) throws IOException {
        close();
        Path folder = folder();
        // Names rise even where the clock does not: the lowest are removed first.
        Instant name = clock.instant();
        for (String other : disk.names(folder)) {
            Instant time = time(other);
            if (time != null && !time.isBefore(name.truncatedTo(ChronoUnit.MILLIS))) {
                name = time.plusMillis(1);
            }
        }
        disk.rename(path, folder.resolve(backup(name)));
        for (String old : outdated(aside, disk.names(folder))) {
            disk.delete(folder.resolve(old));
        }
        disk.forceFolder(folder);
    }

    private List<String> outdated(Rotation aside, List<String> names) {
        List<String> backups =
                new ArrayList<>(names.stream().filter(name -> time(name) != null).toList());
        backups.sort(Comparator.reverseOrder());
        List<String> outdated = new ArrayList<>();
        Instant oldest = clock.instant().minus(Duration.ofDays(aside.maxDays()));
        for (int index = 0; index < backups.size(); index++) {
            Instant time = time(backups.get(index));
            boolean isTooMany = aside.maxBackups() > 0 && index >= aside.maxBackups();
            boolean isTooOld = aside.maxDays() > 0 && time != null && time.isBefore(oldest);
            if (isTooMany || isTooOld) {
                outdated.add(backups.get(index));
            }
        }
        return outdated;
    }

    private String backup(Instant time) {
        return stem() + "-" + STAMP.format(LocalDateTime.ofInstant(time, zone)) + ending();
    }

    /// When a file was set aside, by its name; null for other files.
    private @Nullable Instant time(String name) {
        String begin = stem() + "-";
        if (!name.startsWith(begin)
                || !name.endsWith(ending())
                || name.length() < begin.length() + ending().length()) {
            return null;
        }
        String stamp = name.substring(begin.length(), name.length() - ending().length());
        try {
            return LocalDateTime.parse(stamp, STAMP).atZone(zone).toInstant();
        } catch (DateTimeException other) {
            return null;
        }
    }

    private Path folder() {
        Path folder = path.toAbsolutePath().getParent();
        return folder == null ? path.toAbsolutePath() : folder;
    }

    private String fileName() {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }

    private String stem() {
        return fileName().substring(0, fileName().length() - ending().length());
    }

    private String ending() {
        int dot = fileName().lastIndexOf('.');
        return dot > 0 ? fileName().substring(dot) : "";
    }
}
