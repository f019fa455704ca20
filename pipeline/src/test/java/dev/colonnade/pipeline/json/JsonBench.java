package dev.colonnade.pipeline.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.json.OtlpJsonReader.Status;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.testkit.TestMemory;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// A reader and a writer on one piece of memory, which is whole again when this is closed.
final class JsonBench implements AutoCloseable {
    private final TestMemory memory;
    private final ExtentSpace space;
    private final Extent extent = new Extent();
    private final OtlpJsonReader reader;
    private final OtlpJsonWriter writer = new OtlpJsonWriter();
    private Status status = Status.OK;

    JsonBench() {
        this(JsonLimits.DEFAULTS, 64 << 20);
    }

    JsonBench(JsonLimits limits, long memoryBytes) {
        memory = TestMemory.of(memoryBytes);
        space = new ExtentSpace(memory.loop(), BudgetShare.of(memory.budget("pipeline")));
        reader = new OtlpJsonReader(limits);
    }

    OtlpJsonReader reader() {
        return reader;
    }

    OtlpJsonWriter writer() {
        return writer;
    }

    Status status() {
        return status;
    }

    /// The protobuf bytes of a document that must be accepted.
    byte[] read(Signal signal, String json) {
        byte[] bytes = tryRead(signal, json.getBytes(StandardCharsets.UTF_8), Integer.MAX_VALUE);
        assertThat(status).as(reader.error()).isEqualTo(Status.OK);
        return bytes;
    }

    /// The error of a document that must be refused.
    String refusal(Signal signal, byte[] json) {
        tryRead(signal, json, Integer.MAX_VALUE);
        assertThat(status).isEqualTo(Status.MALFORMED);
        return reader.error();
    }

    String refusal(Signal signal, String json) {
        return refusal(signal, json.getBytes(StandardCharsets.UTF_8));
    }

    /// The protobuf bytes of a document fed in pieces of `piece` bytes; nothing when it is refused.
    byte[] tryRead(Signal signal, byte[] json, int piece) {
        assertThat(space.reserve(extent, 16)).isTrue();
        byte[] bytes = new byte[0];
        try (OffHeapBytes input = OffHeapBytes.copyOf(json)) {
            reader.begin(signal, extent, space::grow);
            for (int at = 0; at < json.length; at += Math.min(piece, json.length - at)) {
                reader.feed(input.address() + at, Math.min(piece, json.length - at));
            }
            status = reader.finish();
            if (status == Status.OK) {
                bytes = new byte[extent.length()];
                OffHeap.copy(extent.address(), bytes, 0, bytes.length);
            }
        } finally {
            space.release(extent);
        }
        return bytes;
    }

    /// The document of bytes that must be intact.
    String write(Signal signal, byte[] otlp) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OffHeapBytes input = OffHeapBytes.copyOf(otlp)) {
            assertThat(writer.write(signal, input.address(), input.length(), into(out)))
                    .as(writer.error())
                    .isEqualTo(OtlpJsonWriter.Result.WRITTEN);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    static ByteSink into(ByteArrayOutputStream out) {
        return (chunk, length) -> {
            out.write(chunk, 0, length);
            return true;
        };
    }

    @Override
    public void close() {
        reader.close();
        space.close();
        memory.close();
    }
}
