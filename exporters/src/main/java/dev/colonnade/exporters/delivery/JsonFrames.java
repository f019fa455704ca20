package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.delivery.FrameBuilder.Result;
import dev.colonnade.pipeline.json.OtlpJsonWriter;
import dev.colonnade.pipeline.wire.Compressor;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import org.jspecify.annotations.Nullable;

/// Makes frames of OTLP/JSON for [FrameBuilder]: the requests of a lease as one document, written
/// through a small piece of memory into the compressor, so that the document itself stands nowhere.
final class JsonFrames {
    /// Where the writer's chunks are put down for the compressor.
    static final int STAGING_BYTES = 8 << 10;

    /// What a frame may take; a request that needs more is cut.
    private static final int FRAME_BYTES_MAX = 256 << 20;

    /// Room beyond what the last ratio predicts, so that few guesses are too small.
    private static final double GUESS_MARGIN = 1.3;

    private static final int GUESS_BYTES_MORE = 1024;
    private static final int RATIO_WEIGHT = 8;

    private final FrameBuilder builder;
    private final DeliveryConfig config;
    private final Compressor compressor;
    private final OtlpJsonWriter writer = new OtlpJsonWriter();
    private long staging;

    /// Bytes of a frame per byte of plain OTLP, lately.
    private double ratio;

    JsonFrames(FrameBuilder builder, DeliveryConfig config, Compressor compressor) {
        this.builder = builder;
        this.config = config;
        this.compressor = compressor;
        ratio = config.codec() == Codec.IDENTITY ? 2.5 : 0.3;
    }

    /// Begins a document; its plain requests follow with [#add].
    void begin() {
        writer.begin();
    }

    /// Adds a request.
    void add(long address, int length) {
        writer.add(address, length);
    }

    /// Writes the document of what was added, which is added anew by `again` where the first guess
    /// of its size was too small.
    ///
    /// @param stagingAddress [#STAGING_BYTES] that are ours for the call
    /// @param own slabs that the caller holds itself, so that it does not wait for its own
    Result write(
            Frame frame,
            Signal signal,
            long plainBytes,
            long stagingAddress,
            int own,
            Runnable again) {
        staging = stagingAddress;
        long capacity = (long) (plainBytes * ratio * GUESS_MARGIN) + GUESS_BYTES_MORE;
        while (capacity <= FRAME_BYTES_MAX) {
            @Nullable Slab target = builder.take((int) capacity);
            if (target == null) {
                return builder.noRoom(own);
            }
            compressor.begin(config.codec(), config.level(), target.address(), target.capacity());
            OtlpJsonWriter.Result result = writer.write(signal, this::stage);
            int length = compressor.finish();
            if (result == OtlpJsonWriter.Result.WRITTEN && length >= 0) {
                noteRatio(length, plainBytes);
                frame.ofSlab(signal, config.codec(), target, length);
                frame.markJson();
                return Result.MADE;
            }
            long tried = target.capacity();
            builder.release(target);
            if (result == OtlpJsonWriter.Result.MALFORMED) {
                return Result.DAMAGED;
            }
            capacity = 2 * tried;
            again.run();
        }
        return Result.NEVER;
    }

    /// Takes a chunk. The compressor would keep it until the next call, when its place has other
    /// bytes: adding nothing makes it look at once.
    private boolean stage(byte[] chunk, int length) {
        OffHeap.copy(chunk, 0, staging, length);
        return compressor.add(staging, length) && compressor.add(staging, 0);
    }

    private void noteRatio(int length, long plainBytes) {
        if (plainBytes > 0) {
            double now = (double) length / plainBytes;
            ratio = now > ratio ? now : ratio + (now - ratio) / RATIO_WEIGHT;
        }
    }
}
