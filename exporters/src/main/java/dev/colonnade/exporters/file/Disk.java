package dev.colonnade.exporters.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/// The file system as far as the exporter writes to it; tests put one in its place that fails.
interface Disk {
    /// The machine's own.
    Disk REAL = new Real();

    /// Opens a file to be written at its end; makes it, and its folder, where there is none.
    Output open(Path file) throws IOException;

    /// Gives a file another name in the same folder.
    void rename(Path from, Path to) throws IOException;

    /// The names in a folder.
    List<String> names(Path folder) throws IOException;

    /// Removes a file, if it is there.
    void delete(Path file) throws IOException;

    /// Makes names that changed in a folder last.
    void forceFolder(Path folder) throws IOException;

    /// A file that is open.
    interface Output {
        long size() throws IOException;

        /// The last byte.
        int last() throws IOException;

        /// Writes some of the bytes at the end.
        void write(ByteBuffer bytes) throws IOException;

        /// Cuts the file.
        void truncate(long size) throws IOException;

        /// Makes what was written last.
        void force() throws IOException;

        void close() throws IOException;
    }

    /// The machine's file system.
    final class Real implements Disk {
        @Override
        public Output open(Path file) throws IOException {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            FileChannel channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            channel.position(channel.size());
            return new RealOutput(channel);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public List<String> names(Path folder) throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.map(Path::getFileName).map(Path::toString).toList();
            }
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
        }

        @Override
        public void forceFolder(Path folder) throws IOException {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /// A file of the machine's.
    record RealOutput(FileChannel channel) implements Output {
        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public int last() throws IOException {
            ByteBuffer one = ByteBuffer.allocate(1);
            return channel.read(one, channel.size() - 1) == 1 ? one.get(0) : -1;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
            channel.position(size);
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
