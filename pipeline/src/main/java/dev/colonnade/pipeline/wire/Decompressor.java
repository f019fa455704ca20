package dev.colonnade.pipeline.wire;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.memory.OffHeap;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// Inflates bodies through a window of fixed size, so that a body never needs room for its inflated
/// form: each windowful goes to a [Sink].
///
/// - gzip (RFC 1952): several members in a row, all header fields; CRC and length are checked.
/// - deflate: zlib streams (RFC 1950), and bare deflate (RFC 1951), which some clients send by that
///   name.
/// - zstd (RFC 8878): several frames in a row, skippable frames; windows up to
///   [#ZSTD_WINDOW_BYTES_MAX].
///
/// Bytes behind the end are refused. Nothing a peer can send throws. One body costs about 110 bytes
/// of heap, for the codec's view of it, and no copy.
///
/// One per event loop, reusable, not thread-safe. The window belongs to the caller, who keeps it
/// until this is closed or gets another one; native codec state belongs to this: about 40 KiB for
/// each deflate format in use, and for zstd its window, at most [#ZSTD_WINDOW_BYTES_MAX], of which
/// libzstd gives back what 128 frames in a row had no use for.
public final class Decompressor implements AutoCloseable {
    /// A good size for the window: the codecs work in pieces of up to 128 KiB, and this stays in
    /// the second-level cache together with the codec's own 32 KiB.
    public static final int WINDOW_BYTES = 64 * 1024;

    /// The body is not what its codec's format says, or is cut off, or goes on behind its end.
    public static final int MALFORMED = -1;

    /// The body inflates to more than the caller allows.
    public static final int TOO_LARGE = -2;

    /// The body inflates to more times its length than the caller allows.
    public static final int RATIO = -3;

    /// The sink said no.
    public static final int REFUSED = -4;

    /// A zstd frame wants a larger window than [#ZSTD_WINDOW_BYTES_MAX].
    public static final int WINDOW = -5;

    /// Below this inflated size no ratio is refused: a small body may be all zeros.
    public static final int RATIO_BYTES_MIN = 1 << 20;

    /// What RFC 8878 (3.1.1.1.2) recommends every decoder to support, and no more.
    public static final int ZSTD_WINDOW_BYTES_MAX = 8 << 20;

    /// Members or frames in one body: each costs native calls however short it is. `bgzip` makes
    /// one for every 64 KiB.
    public static final int MEMBERS_MAX = 1024;

    private final CRC32 crc = new CRC32();
    private final Inflater bare = counted(new Inflater(true));
    private final Inflater zlib = counted(new Inflater());
    private final ZstdDecompressCtx zstd = counted(new ZstdDecompressCtx());
    private long window;
    private ByteBuffer windowView;

    private long address;
    private int length;
    private long inflatedBytesMax;
    private long inflatedBytesByRatio;
    private long inflated;
    private @Nullable Sink sink;
    private boolean closed;

    /// Inflates through the `windowBytes` at `window`.
    public Decompressor(long window, int windowBytes) {
        this.window = window;
        windowView = OffHeap.segment(window, windowBytes).asByteBuffer();
    }

    /// Goes on through another window.
    public void window(long address, int windowBytes) {
        window = address;
        windowView = OffHeap.segment(address, windowBytes).asByteBuffer();
    }

    /// Inflates the body of `length` bytes at `address` and hands it to `sink` in order.
    ///
    /// An [Codec#IDENTITY] body goes to the sink at once and as it is.
    ///
    /// @param inflatedBytesMax a longer body is [#TOO_LARGE]; the sink sees no more than this
    /// @param ratioMax inflated bytes per byte of the body, above [#RATIO_BYTES_MIN]
    /// @return the inflated length, or a negative code; then the sink may have seen some of it
    public long inflate(
            Codec codec, long address, int length, long inflatedBytesMax, int ratioMax, Sink sink) {
        this.address = address;
        this.length = length;
        this.inflatedBytesMax = inflatedBytesMax;
        inflatedBytesByRatio = Math.max(RATIO_BYTES_MIN, (long) ratioMax * length);
        inflated = 0;
        this.sink = sink;
        long code =
                switch (codec) {
                    case IDENTITY -> handOver(address, length, Long.MAX_VALUE);
                    case GZIP -> gzip();
                    case DEFLATE -> deflate();
                    case ZSTD -> zstd();
                };
        this.sink = null;
        return code < 0 ? code : inflated;
    }

    private static <T> T counted(T codec) {
        CodecCreations.add();
        return codec;
    }

    /// Inflates the body of `length` bytes at `address` into the `capacity` bytes at `target`.
    ///
    /// @return the inflated length, or a negative code, [#TOO_LARGE] when it does not fit
    public int inflateInto(Codec codec, long address, int length, long target, int capacity) {
        Sink copy =
                (source, count) -> {
                    OffHeap.copy(source, target + inflated, count);
                    return true;
                };
        return (int) inflate(codec, address, length, capacity, Integer.MAX_VALUE, copy);
    }

    /// Frees the codecs' native state. Idempotent.
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            bare.end();
            zlib.end();
            zstd.close();
        }
    }

    private long handOver(long from, int count, long byRatio) {
        if (count > inflatedBytesMax - inflated) {
            return TOO_LARGE;
        }
        if (count > byRatio - inflated) {
            return RATIO;
        }
        Sink taker = sink;
        if (count > 0 && (taker == null || !taker.accept(from, count))) {
            return REFUSED;
        }
        inflated += count;
        return 0;
    }

    private long gzip() {
        ByteBuffer source = source(0);
        int at = 0;
        int members = 0;
        do {
            int header = GzipHeader.read(address + at, length - at);
            if (header < 0 || ++members > MEMBERS_MAX) {
                return MALFORMED;
            }
            long before = inflated;
            crc.reset();
            source.position(at + header);
            long code = inflate(bare, source, true);
            if (code < 0) {
                return code;
            }
            at = source.position();
            if (length - at < GzipHeader.TRAILER_BYTES
                    || OffHeap.getInt(address + at) != (int) crc.getValue()
                    || OffHeap.getInt(address + at + 4) != (int) (inflated - before)) {
                return MALFORMED;
            }
            at += GzipHeader.TRAILER_BYTES;
        } while (at < length);
        return 0;
    }

    private long deflate() {
        ByteBuffer source = source(0);
        long code = inflate(isZlib() ? zlib : bare, source, false);
        return code == 0 && source.hasRemaining() ? MALFORMED : code;
    }

    /// Whether the body begins as RFC 1950 (2.2) says; no deflate encoder begins like that.
    private boolean isZlib() {
        if (length < 2) {
            return false;
        }
        int method = OffHeap.getByte(address) & 0xff;
        int flags = OffHeap.getByte(address + 1) & 0xff;
        return (method & 15) == 8 && ((method << 8) | flags) % 31 == 0;
    }

    private long inflate(Inflater inflater, ByteBuffer source, boolean checked) {
        inflater.reset();
        inflater.setInput(source);
        try {
            while (!inflater.finished()) {
                windowView.clear();
                int count = inflater.inflate(windowView);
                if (count == 0) {
                    return inflater.finished() ? 0 : MALFORMED;
                }
                if (checked) {
                    crc.update(windowView.flip());
                }
                long code = handOver(window, count, inflatedBytesByRatio);
                if (code < 0) {
                    return code;
                }
            }
        } catch (DataFormatException _) {
            return MALFORMED;
        }
        return 0;
    }

    private long zstd() {
        if (length == 0) {
            return MALFORMED;
        }
        ByteBuffer source = source(0);
        long code = 0;
        int frames = 0;
        while (code == 0 && source.hasRemaining()) {
            int at = source.position();
            long frame = ZstdFrame.read(address + at, length - at);
            if (frame < 0 || ++frames > MEMBERS_MAX) {
                code = MALFORMED;
            } else if (ZstdFrame.isSkippable(address + at)) {
                source.position(at + (int) frame);
            } else if (frame > ZSTD_WINDOW_BYTES_MAX) {
                code = WINDOW;
            } else {
                code = zstdFrame(source);
            }
        }
        return code;
    }

    private long zstdFrame(ByteBuffer source) {
        try {
            zstd.reset();
            boolean done = false;
            while (!done) {
                windowView.clear();
                done = zstd.decompressDirectByteBufferStream(windowView, source);
                if (!done && windowView.hasRemaining()) {
                    return MALFORMED;
                }
                long code = handOver(window, windowView.position(), inflatedBytesByRatio);
                if (code < 0) {
                    return code;
                }
            }
        } catch (ZstdException _) {
            return MALFORMED;
        }
        return 0;
    }

    private ByteBuffer source(int from) {
        return OffHeap.segment(address, length).asByteBuffer().position(from);
    }
}
