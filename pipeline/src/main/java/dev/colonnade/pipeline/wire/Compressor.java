package dev.colonnade.pipeline.wire;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.memory.OffHeap;
import java.nio.ByteBuffer;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Checksum;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/// Compresses pieces, one after the other, into one stream in one place: that is how merged
/// requests are sent.
///
/// [#begin], any number of [#add], [#finish]. A piece must stay where it is until the next call.
/// Levels are the codec's own: 0 to 9 for gzip and deflate, 1 to 19 for zstd, whose window is at
/// most [#ZSTD_WINDOW_LOG], so that its native state is bounded and every decoder can read it.
/// [Codec#IDENTITY] copies.
///
/// A piece costs about 110 bytes of heap, for the codec's view of it. One per event loop, reusable,
/// not thread-safe. Native codec state is made when a codec is first used and freed by [#close()].
public final class Compressor implements AutoCloseable {
    /// 256 KiB: larger windows gained nothing on telemetry, cost time and take memory in every loop
    /// (RATIONALE.md, the wire).
    public static final int ZSTD_WINDOW_LOG = 18;

    private static final int ZSTD_LEVEL_MAX = 19;
    private static final int ZLIB_HEADER_BYTES = 2;
    private static final int ZLIB_TRAILER_BYTES = 4;

    private final CRC32 crc = new CRC32();
    private final Adler32 adler = new Adler32();
    private @Nullable Deflater deflater;
    private @Nullable ZstdCompressCtx zstd;

    private Codec codec = Codec.IDENTITY;
    private long target;
    private int capacity;
    private ByteBuffer targetView = ByteBuffer.allocate(0);
    private boolean isFull;
    private long added;

    /// The piece that was added last and not compressed yet: a stream of one piece is compressed in
    /// one go, which is faster and lets zstd write its size.
    private long heldAddress;

    private int heldLength;

    /// The largest compressed size that `length` bytes can have, however many pieces they come in.
    public static int bound(Codec codec, int length) {
        long bound =
                switch (codec) {
                    case IDENTITY -> length;
                    case GZIP, DEFLATE -> length + (length >>> 9) + 64L;
                    case ZSTD -> Zstd.compressBound(length) + 64;
                };
        return Math.toIntExact(bound);
    }

    /// Starts a stream that may take the `capacity` bytes at `target`.
    ///
    /// @throws IllegalArgumentException when the codec has no such level
    public void begin(Codec codec, int level, long target, int capacity) {
        checkLevel(codec, level);
        this.codec = codec;
        this.target = target;
        this.capacity = capacity;
        targetView = OffHeap.segment(target, capacity).asByteBuffer();
        isFull = false;
        added = 0;
        heldLength = 0;
        switch (codec) {
            case IDENTITY -> {}
            case GZIP, DEFLATE -> beginDeflate(codec, level);
            case ZSTD -> beginZstd(level);
        }
    }

    /// Appends `length` bytes at `address` to the stream.
    ///
    /// @return false when the target is full already: more need not be added
    public boolean add(long address, int length) {
        if (heldLength > 0 && !isFull) {
            flushHeld(false);
        }
        heldAddress = address;
        heldLength = length;
        return !isFull;
    }

    /// Ends the stream.
    ///
    /// @return its length, or -1 when the target is too small
    public int finish() {
        if (!isFull) {
            flushHeld(true);
        }
        heldLength = 0;
        targetView = targetView.limit(targetView.position());
        return isFull ? -1 : targetView.position();
    }

    /// Frees the codecs' native state. Idempotent.
    @Override
    public void close() {
        if (deflater != null) {
            deflater.end();
            deflater = null;
        }
        if (zstd != null) {
            zstd.close();
            zstd = null;
        }
    }

    private static void checkLevel(Codec codec, int level) {
        boolean exists =
                switch (codec) {
                    case IDENTITY -> true;
                    case GZIP, DEFLATE -> level >= 0 && level <= 9;
                    case ZSTD -> level >= 1 && level <= ZSTD_LEVEL_MAX;
                };
        if (!exists) {
            throw new IllegalArgumentException(
                    "no such compression level: codec=" + codec.label() + ", level=" + level);
        }
    }

    private void beginDeflate(Codec codec, int level) {
        Deflater current = deflater;
        if (current == null) {
            current = new Deflater(level, true);
            CodecCreations.add();
            deflater = current;
        }
        current.reset();
        current.setLevel(level);
        int header = codec == Codec.GZIP ? GzipHeader.BYTES : ZLIB_HEADER_BYTES;
        if (capacity < header) {
            isFull = true;
        } else if (codec == Codec.GZIP) {
            GzipHeader.write(target);
            targetView.position(header);
            crc.reset();
        } else {
            OffHeap.putByte(target, (byte) 0x78);
            OffHeap.putByte(target + 1, (byte) 0x9c);
            targetView.position(header);
            adler.reset();
        }
    }

    private void beginZstd(int level) {
        ZstdCompressCtx current = zstd;
        if (current == null) {
            current = new ZstdCompressCtx();
            CodecCreations.add();
            zstd = current;
        }
        current.reset();
        current.setLevel(level).setWindowLog(ZSTD_WINDOW_LOG);
    }

    private void flushHeld(boolean last) {
        added += heldLength;
        switch (codec) {
            case IDENTITY -> copyHeld();
            case GZIP -> deflateHeld(crc, last);
            case DEFLATE -> deflateHeld(adler, last);
            case ZSTD -> zstdHeld(last);
        }
    }

    private void copyHeld() {
        int at = targetView.position();
        if (heldLength > capacity - at) {
            isFull = true;
            return;
        }
        OffHeap.copy(heldAddress, target + at, heldLength);
        targetView.position(at + heldLength);
    }

    private void deflateHeld(Checksum checksum, boolean last) {
        Deflater current = deflater;
        if (current == null) {
            throw new IllegalStateException("compressor is closed");
        }
        ByteBuffer piece = held();
        checksum.update(piece);
        piece.rewind();
        current.setInput(piece);
        if (last) {
            current.finish();
        }
        while (last ? !current.finished() : !current.needsInput()) {
            if (current.deflate(targetView) == 0 && !targetView.hasRemaining()) {
                isFull = true;
                return;
            }
        }
        if (last) {
            writeTrailer(checksum);
        }
    }

    private void writeTrailer(Checksum checksum) {
        int at = targetView.position();
        int trailer = codec == Codec.GZIP ? GzipHeader.TRAILER_BYTES : ZLIB_TRAILER_BYTES;
        if (trailer > capacity - at) {
            isFull = true;
            return;
        }
        int check = (int) checksum.getValue();
        if (codec == Codec.GZIP) {
            OffHeap.putInt(target + at, check);
            OffHeap.putInt(target + at + 4, (int) added);
        } else {
            OffHeap.putInt(target + at, Integer.reverseBytes(check));
        }
        targetView.position(at + trailer);
    }

    private void zstdHeld(boolean last) {
        ZstdCompressCtx current = zstd;
        if (current == null) {
            throw new IllegalStateException("compressor is closed");
        }
        ByteBuffer piece = held();
        EndDirective directive = last ? EndDirective.END : EndDirective.CONTINUE;
        try {
            boolean done = false;
            while (!done && !isFull) {
                boolean flushed =
                        current.compressDirectByteBufferStream(targetView, piece, directive);
                done = last ? flushed : !piece.hasRemaining();
                isFull = !done && !targetView.hasRemaining();
            }
        } catch (ZstdException _) {
            isFull = true;
        }
    }

    private ByteBuffer held() {
        return OffHeap.segment(heldAddress, heldLength).asByteBuffer();
    }
}
