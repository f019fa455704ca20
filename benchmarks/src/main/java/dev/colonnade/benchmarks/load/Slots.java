package dev.colonnade.benchmarks.load;

import com.github.luben.zstd.Zstd;
import dev.colonnade.benchmarks.data.Body;
import dev.colonnade.benchmarks.data.Descriptor;
import dev.colonnade.benchmarks.data.Identity;
import dev.colonnade.benchmarks.data.Ring;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/// The ring of bodies in off-heap memory, each behind the bytes its protocol wants in front of it.
///
/// ```
///  HTTP:  | request line and headers | body |        gRPC:  | flag, length | body |
/// ```
///
/// Plain bodies are patched where they lie before each sending. A slot may be patched or sent only
/// while nothing still reads it: it is taken with [#acquire] and given back with [#release], and
/// the buffers handed out hold a reference until they are written.
final class Slots implements AutoCloseable {
    private static final int GRPC_PREFIX = 5;

    /// Shared: filled by the main thread, read and patched by the event loop.
    private final Arena arena = Arena.ofShared();

    private final Descriptor descriptor;
    private final Ring ring;
    private final Identity identity;
    private final ByteBuf[] memory;
    private final MemorySegment[] bodies;
    private final boolean[] taken;
    private long bodyBytes;
    private long wireBytes;

    Slots(Plan plan, long timeNanos) {
        this.descriptor = plan.descriptor();
        this.ring = new Ring(descriptor);
        this.identity = new Identity(descriptor.generator());
        this.memory = new ByteBuf[ring.size()];
        this.bodies = new MemorySegment[ring.size()];
        this.taken = new boolean[ring.size()];
        for (int i = 0; i < ring.size(); i++) {
            Body body = ring.body(i);
            bodyBytes += body.length();
            byte[] content = new byte[body.length()];
            MemorySegment segment = MemorySegment.ofArray(content);
            body.copyTo(segment);
            if (plan.compressed()) {
                body.patch(segment, identity, i, timeNanos, timeNanos);
                content = compress(content, plan.codec(), plan.level());
            }
            wireBytes += content.length;
            byte[] prefix = prefix(plan, content.length);
            ByteBuffer direct = arena.allocate(prefix.length + content.length).asByteBuffer();
            direct.put(prefix).put(content).flip();
            memory[i] = Unpooled.wrappedBuffer(direct);
            bodies[i] = MemorySegment.ofBuffer(direct).asSlice(prefix.length);
        }
    }

    /// Frees the bodies; nothing may still send them.
    @Override
    public void close() {
        arena.close();
    }

    int size() {
        return memory.length;
    }

    /// Mean bytes of a body before compression.
    double meanBodyBytes() {
        return (double) bodyBytes / memory.length;
    }

    /// Mean bytes of a body as sent.
    double meanWireBytes() {
        return (double) wireBytes / memory.length;
    }

    /// Takes the slot of a request; false while an earlier request still uses it.
    boolean acquire(long request) {
        int slot = (int) (request % memory.length);
        if (taken[slot] || memory[slot].refCnt() > 1) {
            return false;
        }
        taken[slot] = true;
        return true;
    }

    /// Gives the slot of a request back.
    void release(long request) {
        taken[(int) (request % memory.length)] = false;
    }

    /// The bytes of a request, patched; whoever gets them releases them.
    ByteBuf bytes(long request, long timeNanos, long startNanos) {
        int slot = (int) (request % memory.length);
        if (!descriptor.repeating()) {
            ring.body(slot).patch(bodies[slot], identity, request, timeNanos, startNanos);
        }
        return memory[slot].retainedSlice();
    }

    private static byte[] prefix(Plan plan, int length) {
        if (plan.protocol() == Plan.Protocol.GRPC) {
            return ByteBuffer.allocate(GRPC_PREFIX)
                    .put((byte) (plan.compressed() ? 1 : 0))
                    .putInt(length)
                    .array();
        }
        String head =
                "POST "
                        + plan.dataSet().signal().httpPath()
                        + " HTTP/1.1\r\nHost: "
                        + plan.host()
                        + ":"
                        + plan.port()
                        + "\r\n"
                        + "User-Agent: colonnade-load\r\n"
                        + "Content-Type: application/x-protobuf\r\n"
                        + (plan.compressed() ? "Content-Encoding: " + plan.codec() + "\r\n" : "")
                        + "Content-Length: "
                        + length
                        + "\r\n\r\n";
        return head.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] compress(byte[] content, String codec, int level) {
        if (codec.equals("zstd")) {
            return Zstd.compress(content, level);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(content.length / 4);
        try (GZIPOutputStream gzip = new LevelledGzip(out, level)) {
            gzip.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to memory", e);
        }
        return out.toByteArray();
    }

    /// `GZIPOutputStream` with a level.
    private static final class LevelledGzip extends GZIPOutputStream {
        LevelledGzip(ByteArrayOutputStream out, int level) throws IOException {
            super(out);
            def.setLevel(level);
        }
    }
}
