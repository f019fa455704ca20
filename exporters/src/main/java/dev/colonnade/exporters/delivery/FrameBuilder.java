package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.Encoding;
import dev.colonnade.pipeline.wire.Compressor;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.pipeline.wire.OtlpSlice;
import dev.colonnade.pipeline.wire.Sink;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// Makes the frames of one loop, in the memory that is kept for sending.
///
/// Bytes that need no change stay where they are held. Everything else is written into slabs of the
/// floor: compressed, inflated through a window, cut, written as JSON, or, where many small pieces
/// would cost more than their copy, put together.
final class FrameBuilder {
    /// What became of a wish for a frame.
    enum Result {
        MADE,
        /// The floor has no room now; frames in flight hold some of it.
        LATER,
        /// The floor is too small for it.
        NEVER,
        /// The bytes are not what their entry says.
        DAMAGED
    }

    /// Pieces below this are copied together, those above are written from where they are: a
    /// vectored write costs about as much per piece as copying this.
    private static final int PIECE_BYTES_MIN = 2048;

    /// Room beyond what the last ratio predicts, so that few guesses are too small.
    private static final double GUESS_MARGIN = 1.3;

    private static final int GUESS_BYTES_MORE = 512;
    private static final int RATIO_WEIGHT = 8;
    private static final int DAMAGED = -2;
    private static final int NO_WINDOW = -3;

    private final DeliveryConfig config;
    private final ShardMemory memory;
    private final BudgetShare floor;
    private final ShardMetrics metrics;
    private final Compressor compressor = new Compressor();
    private final OtlpSlice slice = new OtlpSlice();
    private final Sink intoCompressor = this::compress;
    private @Nullable Decompressor decompressor;
    private @Nullable Slab window;
    private final @Nullable JsonFrames json;
    private @Nullable Slab staging;

    /// Compressed bytes per plain byte, lately.
    private double ratio = 0.25;

    /// Slabs of the floor that frames and shipments hold.
    private int slabsOut;

    FrameBuilder(
            DeliveryConfig config, ShardMemory memory, MemoryBudget floor, ShardMetrics metrics) {
        this.config = config;
        this.memory = memory;
        this.floor = BudgetShare.of(floor);
        this.metrics = metrics;
        json = config.encoding() == Encoding.JSON ? new JsonFrames(this, config, compressor) : null;
    }

    /// Makes the frame of whole entries. A single entry, or plain ones, leave as they came where
    /// they cannot be encoded.
    Result build(Frame frame, Signal signal, Lease lease, int first, int entries) {
        boolean isPlain = isPlain(lease, first, entries);
        JsonFrames documents = json;
        if (documents != null) {
            return buildJson(documents, frame, signal, lease, first, entries);
        }
        Codec codec = config.codec();
        if (entries == 1 && lease.codec(first) == codec) {
            frame.ofEntries(signal, lease, first, 1);
            (isPlain ? metrics.framesPlain : metrics.framesPassedThrough).add(1);
            return Result.MADE;
        }
        long plainBytes = plainBytes(lease, first, entries);
        if (codec == Codec.IDENTITY && isPlain && plainBytes / entries >= PIECE_BYTES_MIN) {
            frame.ofEntries(signal, lease, first, entries);
            metrics.framesPlain.add(1);
            return Result.MADE;
        }
        Result result = encode(frame, signal, lease, first, entries, plainBytes);
        boolean isHopeless = result == Result.NEVER || result == Result.DAMAGED;
        if (isHopeless && (entries == 1 || isPlain)) {
            frame.ofEntries(signal, lease, first, entries);
            metrics.framesPlain.add(1);
            return Result.MADE;
        }
        return result;
    }

    /// Makes the frame of a run of records, cut out of the plain request at `source`.
    ///
    /// @param own slabs that the caller holds itself, so that it does not wait for its own
    Result buildSlice(
            Frame frame, Signal signal, long source, int length, int from, int to, int own) {
        int size = slice.size(signal, source, length, from, to);
        if (size < 0) {
            return Result.DAMAGED;
        }
        @Nullable Slab plain = take(size);
        if (plain == null) {
            return noRoom(own);
        }
        int written =
                slice.write(signal, source, length, from, to, plain.address(), plain.capacity());
        JsonFrames documents = json;
        if (documents != null) {
            long at = plain.address();
            Runnable add = () -> documents.add(at, written);
            Result result = writeJson(documents, frame, signal, written, own + 1, add);
            release(plain);
            return result;
        }
        metrics.framesEncoded.add(1);
        if (config.codec() == Codec.IDENTITY) {
            frame.ofSlab(signal, Codec.IDENTITY, plain, written);
            return Result.MADE;
        }
        int bound = Compressor.bound(config.codec(), written);
        @Nullable Slab compressed = take(bound);
        if (compressed == null) {
            frame.ofSlab(signal, Codec.IDENTITY, plain, written);
            return Result.MADE;
        }
        compressor.begin(
                config.codec(), config.level(), compressed.address(), compressed.capacity());
        compressor.add(plain.address(), written);
        int packed = compressor.finish();
        release(plain);
        frame.ofSlab(signal, config.codec(), compressed, packed);
        return Result.MADE;
    }

    /// Where the slice that begins at record `from` ends, by the limits of one request; negative
    /// when the source is damaged.
    int fit(Signal signal, long source, int length, int from, int bytesMax, int recordsMax) {
        return slice.fit(signal, source, length, from, bytesMax, recordsMax);
    }

    /// An entry inflated, in a slab that is the caller's; null when the floor has no room for it or
    /// the entry is damaged, which [#noRoom] does not tell apart.
    @Nullable Slab inflate(Lease lease, int entry) {
        int plainBytes = lease.wireBytes(entry);
        @Nullable Decompressor inflater = decompressor();
        @Nullable Slab plain = inflater == null ? null : take(plainBytes);
        if (inflater == null || plain == null) {
            return null;
        }
        int inflated =
                inflater.inflateInto(
                        lease.codec(entry),
                        lease.address(entry),
                        lease.length(entry),
                        plain.address(),
                        plain.capacity());
        if (inflated != plainBytes) {
            release(plain);
            return null;
        }
        return plain;
    }

    /// Drops what a frame holds.
    void drop(Frame frame) {
        @Nullable Slab own = frame.clear();
        if (own != null) {
            release(own);
        }
    }

    /// Gives back a slab of [#inflate].
    void release(Slab slab) {
        slabsOut--;
        memory.release(slab.slot());
    }

    /// Slabs that frames and shipments hold.
    int slabsOut() {
        return slabsOut;
    }

    /// Why there was no room: because others have it, or for good. `own` slabs are the asker's.
    Result noRoom(int own) {
        return slabsOut > own ? Result.LATER : Result.NEVER;
    }

    /// Frees the codecs' memory; frames must have been dropped.
    void close() {
        compressor.close();
        if (decompressor != null) {
            decompressor.close();
            decompressor = null;
        }
        if (window != null) {
            memory.release(window.slot());
            window = null;
        }
        if (staging != null) {
            memory.release(staging.slot());
            staging = null;
        }
    }

    /// Makes one document of whole entries. A single one leaves as it came where it can neither be
    /// made JSON nor be cut: protobuf is what every peer has to understand as well.
    private Result buildJson(
            JsonFrames documents, Frame frame, Signal signal, Lease lease, int first, int entries) {
        Result result = writeJson(documents, frame, signal, lease, first, entries);
        boolean isUncuttable = lease.codec(first) != Codec.IDENTITY || lease.records(first) == 1;
        if (result == Result.NEVER && entries == 1 && isUncuttable) {
            frame.ofEntries(signal, lease, first, 1);
            metrics.framesPlain.add(1);
            return Result.MADE;
        }
        return result;
    }

    private Result writeJson(
            JsonFrames documents, Frame frame, Signal signal, Lease lease, int first, int entries) {
        long compressedBytes = 0;
        for (int entry = first; entry < first + entries; entry++) {
            compressedBytes += lease.codec(entry) == Codec.IDENTITY ? 0 : lease.wireBytes(entry);
        }
        long plainBytes = plainBytes(lease, first, entries);
        if (compressedBytes == 0) {
            Runnable add = () -> add(documents, lease, first, entries, 0);
            return writeJson(documents, frame, signal, plainBytes, 0, add);
        }
        @Nullable Decompressor inflater = decompressor();
        @Nullable Slab plain = inflater == null ? null : take(Math.toIntExact(compressedBytes));
        if (inflater == null || plain == null) {
            return noRoom(0);
        }
        Result result = Result.DAMAGED;
        if (isInflated(inflater, lease, first, entries, plain)) {
            long at = plain.address();
            Runnable add = () -> add(documents, lease, first, entries, at);
            result = writeJson(documents, frame, signal, plainBytes, 1, add);
        }
        release(plain);
        return result;
    }

    private Result writeJson(
            JsonFrames documents,
            Frame frame,
            Signal signal,
            long plainBytes,
            int own,
            Runnable add) {
        if (staging == null) {
            staging = memory.take(JsonFrames.STAGING_BYTES, floor);
        }
        Slab room = staging;
        if (room == null) {
            return noRoom(own);
        }
        documents.begin();
        add.run();
        Result result = documents.write(frame, signal, plainBytes, room.address(), own, add);
        if (result == Result.MADE) {
            metrics.framesEncoded.add(1);
        }
        return result;
    }

    /// Adds entries to a document; those that are compressed stand inflated at `inflated`, one
    /// after the other.
    private static void add(
            JsonFrames documents, Lease lease, int first, int entries, long inflated) {
        long next = inflated;
        for (int entry = first; entry < first + entries; entry++) {
            if (lease.codec(entry) == Codec.IDENTITY) {
                documents.add(lease.address(entry), lease.length(entry));
            } else {
                documents.add(next, lease.wireBytes(entry));
                next += lease.wireBytes(entry);
            }
        }
    }

    private static boolean isInflated(
            Decompressor inflater, Lease lease, int first, int entries, Slab target) {
        int at = 0;
        for (int entry = first; entry < first + entries; entry++) {
            Codec codec = lease.codec(entry);
            if (codec == Codec.IDENTITY) {
                continue;
            }
            int inflated =
                    inflater.inflateInto(
                            codec,
                            lease.address(entry),
                            lease.length(entry),
                            target.address() + at,
                            target.capacity() - at);
            if (inflated != lease.wireBytes(entry)) {
                return false;
            }
            at += inflated;
        }
        return true;
    }

    private Result encode(
            Frame frame, Signal signal, Lease lease, int first, int entries, long plainBytes) {
        Codec codec = config.codec();
        int bound = Compressor.bound(codec, Math.toIntExact(plainBytes));
        int guess =
                codec == Codec.IDENTITY
                        ? bound
                        : (int) (plainBytes * ratio * GUESS_MARGIN) + GUESS_BYTES_MORE;
        int capacity = Math.min(guess, bound);
        while (true) {
            @Nullable Slab target = take(capacity);
            if (target == null) {
                return noRoom(0);
            }
            int length = encodeInto(target, lease, first, entries);
            if (length >= 0) {
                noteRatio(length, plainBytes);
                frame.ofSlab(signal, codec, target, length);
                metrics.framesEncoded.add(1);
                return Result.MADE;
            }
            boolean wasWhole = target.capacity() >= bound;
            release(target);
            if (length == NO_WINDOW) {
                return noRoom(0);
            }
            if (length == DAMAGED || wasWhole) {
                return Result.DAMAGED;
            }
            capacity = bound;
        }
    }

    /// The encoded length, -1 when the target is too small, [#DAMAGED] when an entry is, or
    /// [#NO_WINDOW].
    private int encodeInto(Slab target, Lease lease, int first, int entries) {
        compressor.begin(config.codec(), config.level(), target.address(), target.capacity());
        for (int entry = first; entry < first + entries; entry++) {
            Codec codec = lease.codec(entry);
            if (codec == Codec.IDENTITY) {
                compressor.add(lease.address(entry), lease.length(entry));
                continue;
            }
            @Nullable Decompressor inflater = decompressor();
            if (inflater == null) {
                return NO_WINDOW;
            }
            long inflated =
                    inflater.inflate(
                            codec,
                            lease.address(entry),
                            lease.length(entry),
                            lease.wireBytes(entry),
                            Integer.MAX_VALUE,
                            intoCompressor);
            if (inflated == Decompressor.REFUSED) {
                return compressor.finish();
            }
            if (inflated != lease.wireBytes(entry)) {
                return DAMAGED;
            }
        }
        return compressor.finish();
    }

    /// Takes a windowful. The compressor would keep it until the next call, when the window has
    /// other bytes: adding nothing makes it look at once.
    private boolean compress(long address, int length) {
        return compressor.add(address, length) && compressor.add(address, 0);
    }

    private void noteRatio(int length, long plainBytes) {
        if (plainBytes > 0) {
            double now = (double) length / plainBytes;
            ratio = now > ratio ? now : ratio + (now - ratio) / RATIO_WEIGHT;
        }
    }

    /// A slab of the floor, to be given back by [#release] or with its frame; null when there is no
    /// room.
    @Nullable Slab take(int bytes) {
        @Nullable Slab slab = memory.take(bytes, floor);
        if (slab != null) {
            slabsOut++;
        }
        return slab;
    }

    private @Nullable Decompressor decompressor() {
        if (decompressor == null) {
            @Nullable Slab room =
                    memory.take(SlabPool.capacityFor(Decompressor.WINDOW_BYTES), floor);
            if (room != null) {
                window = room;
                decompressor = new Decompressor(room.address(), Decompressor.WINDOW_BYTES);
            }
        }
        return decompressor;
    }

    private static boolean isPlain(Lease lease, int first, int entries) {
        for (int entry = first; entry < first + entries; entry++) {
            if (lease.codec(entry) != Codec.IDENTITY) {
                return false;
            }
        }
        return true;
    }

    private static long plainBytes(Lease lease, int first, int entries) {
        long bytes = 0;
        for (int entry = first; entry < first + entries; entry++) {
            bytes += lease.wireBytes(entry);
        }
        return bytes;
    }
}
