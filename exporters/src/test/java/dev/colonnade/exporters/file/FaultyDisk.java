package dev.colonnade.exporters.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// The machine's disk with a limit on what is written to it, beyond which it is full; the write
/// that passes the limit leaves its beginning behind, as disks do. It can also refuse to truncate.
final class FaultyDisk implements Disk {
    private final AtomicLong room = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong failures = new AtomicLong();
    private volatile boolean refusesTruncate;
    private volatile boolean isMended;

    /// Leaves room for `bytes` more.
    void fillAfter(long bytes) {
        room.set(bytes);
    }

    void refuseTruncate() {
        refusesTruncate = true;
    }

    /// Has everything work again after so many failures.
    void mendAfter(int count) {
        failures.set(count);
    }

    private void fail() throws IOException {
        if (failures.decrementAndGet() == 0) {
            room.set(Long.MAX_VALUE);
            refusesTruncate = false;
            isMended = true;
        }
        throw new IOException("No space left on device");
    }

    boolean isMended() {
        return isMended;
    }

    @Override
    public Output open(Path file) throws IOException {
        return new LimitedOutput(REAL.open(file));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        REAL.rename(from, to);
    }

    @Override
    public List<String> names(Path folder) throws IOException {
        return REAL.names(folder);
    }

    @Override
    public void delete(Path file) throws IOException {
        REAL.delete(file);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
        REAL.forceFolder(folder);
    }

    private final class LimitedOutput implements Output {
        private final Output real;

        LimitedOutput(Output real) {
            this.real = real;
        }

        @Override
        public long size() throws IOException {
            return real.size();
        }

        @Override
        public int last() throws IOException {
            return real.last();
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            int wanted = bytes.remaining();
            if (room.get() >= wanted) {
                room.addAndGet(-wanted);
                real.write(bytes);
                return;
            }
            real.write(bytes.slice(bytes.position(), (int) room.getAndSet(0)));
            fail();
        }

        @Override
        public void truncate(long size) throws IOException {
            if (refusesTruncate) {
                fail();
            }
            real.truncate(size);
        }

        @Override
        public void force() throws IOException {
            real.force();
        }

        @Override
        public void close() throws IOException {
            real.close();
        }
    }
}
