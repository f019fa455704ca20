package dev.colonnade.pipeline.receiver.jsonfile;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// How far a file was read, in bytes of its plain text.
///
/// A file that is compressed (zstd, known by its first bytes) is inflated from its beginning
/// whenever it has grown: frames do not say where they are in the text.
final class Tail {
    private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};

    /// Where the first line begins that was not read.
    long offset;

    /// How large the file was when it was last read to its end; -1 when it never was.
    long sizeRead = -1;

    Tail(long offset) {
        this.offset = offset;
    }

    /// Opens the file's text at `offset`.
    InputStream open(Path file) throws IOException {
        InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        try {
            raw.mark(ZSTD.length);
            byte[] begin = raw.readNBytes(ZSTD.length);
            raw.reset();
            InputStream text =
                    Arrays.equals(begin, ZSTD)
                            ? new ZstdInputStreamNoFinalizer(raw).setContinuous(true)
                            : raw;
            text.skipNBytes(offset);
            return text;
        } catch (EOFException shorter) {
            // It was cut and written anew: what is there now is new.
            raw.close();
            if (offset == 0) {
                throw shorter;
            }
            offset = 0;
            return open(file);
        } catch (IOException failure) {
            raw.close();
            throw failure;
        }
    }
}
