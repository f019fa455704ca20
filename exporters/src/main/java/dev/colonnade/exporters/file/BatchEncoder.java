package dev.colonnade.exporters.file;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.colonnade.pipeline.json.OtlpJsonWriter;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoredBlock;
import dev.colonnade.storage.columnar.ArrowStreams;
import dev.colonnade.storage.memory.OffHeap;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Writes batches into a file in its format.
///
/// ```
///   json          a line: OTLP/JSON, '\n'
///   proto         length, 4 bytes, big endian | OTLP request
///   arrow         an IPC stream of Arrow, or several: schema, dictionaries, a record batch, end
///   with zstd     a zstd frame for each of these
/// ```
///
/// Without compression that is what the Collector writes; with it, what the Collector writes with
/// its feature gate for native compression and rotation: `zstdcat` of the file is the file without
/// compression. Used by one thread at a time.
final class BatchEncoder {
    private static final byte[] END_OF_LINE = {'\n'};

    private final RotatedFile file;
    private final boolean isJson;
    private @Nullable ArrowStreams arrow;
    private final boolean isCompressed;
    private final OtlpJsonWriter writer = new OtlpJsonWriter();
    private @Nullable IOException failure;

    BatchEncoder(RotatedFile file, boolean isJson, boolean isCompressed) {
        this.file = file;
        this.isJson = isJson;
        this.isCompressed = isCompressed;
    }

    /// Has `streams` write the batches, which stay the caller's.
    void writeArrow(ArrowStreams streams) {
        arrow = streams;
    }

    /// Writes the parts of a job that are not refused as one batch; parts that are damaged below
    /// what was checked at the door are refused now.
    ///
    /// @throws IOException when the file system refused; nothing of the batch is in the file then,
    ///   or will be when the next one is written
    void write(Job job) throws IOException {
        if (job.block() != null) {
            if (!tryWrite(job)) {
                job.wantRows();
            }
            return;
        }
        if (job.partsLeft() > 0 && !tryWrite(job)) {
            refuseDamaged(job);
            if (job.partsLeft() > 0 && !tryWrite(job)) {
                throw new IOException("parts that are whole make no whole: " + writer.error());
            }
        }
    }

    /// Writes a batch; false, and nothing is written, when it cannot be said in the format.
    private boolean tryWrite(Job job) throws IOException {
        file.begin();
        try {
            boolean isWhole;
            if (isCompressed) {
                try (OutputStream frame = new ZstdOutputStreamNoFinalizer(new FileStream())) {
                    isWhole = encode(job, frame);
                }
            } else {
                isWhole = encode(job, new FileStream());
            }
            if (!isWhole) {
                file.undo();
                return false;
            }
        } catch (IOException broken) {
            undo(broken);
            throw broken;
        }
        file.commit();
        return true;
    }

    /// The file says no more than it did before; if that fails too, the next batch tries again.
    private void undo(IOException cause) {
        try {
            file.undo();
        } catch (IOException again) {
            cause.addSuppressed(again);
        }
    }

    /// Tries each part by itself, where they do not go together.
    private void refuseDamaged(Job job) {
        for (int part = 0; part < job.parts(); part++) {
            if (!job.isRefused(part)
                    && writer.write(
                                    job.signal(),
                                    job.address(part),
                                    job.length(part),
                                    (_, _) -> true)
                            == OtlpJsonWriter.Result.MALFORMED) {
                job.refuse(part, writer.error());
            }
        }
    }

    private boolean encode(Job job, OutputStream out) throws IOException {
        if (isJson) {
            return json(job.signal(), job, out);
        }
        if (arrow != null) {
            StoredBlock block = job.block();
            if (block != null) {
                return arrow.write(block, job.blockIndex(), job.blockEntries(), out);
            }
            arrow.write(job.signal(), new Whole(job), out);
            return true;
        }
        int length = 0;
        for (int part = 0; part < job.parts(); part++) {
            length += job.isRefused(part) ? 0 : job.length(part);
        }
        out.write(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
        byte[] chunk = new byte[Math.min(length, 64 << 10)];
        for (int part = 0; part < job.parts(); part++) {
            int at = job.isRefused(part) ? job.length(part) : 0;
            while (at < job.length(part)) {
                int count = Math.min(chunk.length, job.length(part) - at);
                OffHeap.copy(job.address(part) + at, chunk, 0, count);
                out.write(chunk, 0, count);
                at += count;
            }
        }
        return true;
    }

    private boolean json(Signal signal, Job job, OutputStream out) throws IOException {
        writer.begin();
        for (int part = 0; part < job.parts(); part++) {
            if (!job.isRefused(part)) {
                writer.add(job.address(part), job.length(part));
            }
        }
        failure = null;
        OtlpJsonWriter.Result result =
                writer.write(
                        signal,
                        (chunk, length) -> {
                            try {
                                out.write(chunk, 0, length);
                                return true;
                            } catch (IOException broken) {
                                failure = broken;
                                return false;
                            }
                        });
        IOException broken = failure;
        if (broken != null) {
            throw broken;
        }
        out.write(END_OF_LINE);
        return result == OtlpJsonWriter.Result.WRITTEN;
    }

    /// The parts of a job that are not refused.
    private static final class Whole implements ArrowStreams.Requests {
        private final Job job;
        private final int[] parts;

        Whole(Job job) {
            this.job = job;
            parts = IntStream.range(0, job.parts()).filter(part -> !job.isRefused(part)).toArray();
        }

        @Override
        public int count() {
            return parts.length;
        }

        @Override
        public long address(int index) {
            return job.address(parts[index]);
        }

        @Override
        public int length(int index) {
            return job.length(parts[index]);
        }

        @Override
        public int records(int index) {
            return job.records(parts[index]);
        }
    }

    /// The file as a stream.
    private final class FileStream extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            file.write(ByteBuffer.wrap(bytes, offset, length));
        }
    }
}
