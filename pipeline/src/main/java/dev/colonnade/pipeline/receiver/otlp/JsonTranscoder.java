package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.json.Growth;
import dev.colonnade.pipeline.json.JsonLimits;
import dev.colonnade.pipeline.json.OtlpJsonReader;
import dev.colonnade.pipeline.json.OtlpJsonReader.Status;
import dev.colonnade.pipeline.wire.Sink;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.memory.Extent;
import org.jspecify.annotations.Nullable;

/// Turns whole bodies of OTLP/JSON into protobuf, one after the other; one per loop, so that what a
/// JSON parser keeps on the heap does not grow with the number of connections.
///
/// Of a body both forms are held for the time of the call, each in memory that was reserved.
final class JsonTranscoder implements AutoCloseable {
    /// Protobuf is half of its JSON or less: names and the digits of times and ids make the rest.
    private static final int PLAIN_PER_OUTPUT = 2;

    /// What JSON usually deflates by is about ten.
    private static final int OUTPUT_PER_COMPRESSED = 5;

    private static final int OUTPUT_BYTES_MIN = 512;

    private final int outputBytesMax;
    private final OtlpJsonReader reader;
    private final Sink sink = this::feed;
    private final Growth growth = this::grow;
    private Status status = Status.OK;
    private @Nullable RouteShard route;
    private @Nullable Meter meter;

    /// A transcoder whose documents become `outputBytesMax` bytes at most.
    JsonTranscoder(int outputBytesMax) {
        this.outputBytesMax = outputBytesMax;
        reader = new OtlpJsonReader(JsonLimits.DEFAULTS.withOutputBytesMax(outputBytesMax));
    }

    /// Starts with a body of `bytes` that arrived compressed with `codec`; false when there is no
    /// room in the route's memory. The extent is the caller's, open or closed, before and after.
    boolean begin(RouteShard into, Meter counting, Extent extent, Codec codec, int bytes) {
        long guess =
                codec == Codec.IDENTITY
                        ? bytes / PLAIN_PER_OUTPUT
                        : (long) bytes * OUTPUT_PER_COMPRESSED;
        int capacity = (int) Math.min(Math.max(guess, OUTPUT_BYTES_MIN), outputBytesMax);
        if (!into.reserve(extent, capacity)) {
            return false;
        }
        route = into;
        meter = counting;
        status = Status.OK;
        reader.begin(into.route().signal(), extent, growth);
        return true;
    }

    /// Takes the document's bytes in order.
    Sink sink() {
        return sink;
    }

    /// Ends the document; whether the extent holds a request now.
    boolean finish() {
        if (status == Status.OK) {
            status = reader.finish();
        }
        close();
        return status == Status.OK;
    }

    /// Why the document is not taken.
    Refusal refusal() {
        return switch (status) {
            case OK, MALFORMED -> Refusal.MALFORMED;
            case TOO_LARGE -> Refusal.TOO_LARGE;
            case MEMORY_FULL -> Refusal.MEMORY;
        };
    }

    /// What is wrong with the document, and where.
    String error() {
        return reader.error();
    }

    /// Records of the document.
    int records() {
        return reader.records();
    }

    /// Lets go of a document that is not read to its end.
    @Override
    public void close() {
        reader.close();
        route = null;
        meter = null;
    }

    private boolean feed(long address, int length) {
        status = reader.feed(address, length);
        return status == Status.OK;
    }

    private boolean grow(Extent extent, int capacity) {
        RouteShard growing = route;
        Meter counting = meter;
        if (growing == null || counting == null) {
            throw new IllegalStateException("no document was begun");
        }
        long before = extent.address();
        if (!growing.grow(extent, capacity)) {
            return false;
        }
        if (extent.address() != before) {
            counting.copied(extent.length());
        }
        return true;
    }
}
