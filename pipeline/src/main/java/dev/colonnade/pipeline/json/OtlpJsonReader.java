package dev.colonnade.pipeline.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.OffHeap;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Turns OTLP/JSON into the same request as protobuf bytes, while it arrives.
///
/// The document is fed in pieces of any size, in order, and written into an extent that the caller
/// owns before, during and after; what an extent holds of a document that failed is of no use. The
/// tolerance is the Collector's: names in `lowerCamelCase` or `snake_case`, unknown ones skipped,
/// null means absent, 64-bit integers as text or number, enumerations as name or number, ids in hex
/// of either case. Of a field given twice protobuf's readers see the last value, of a list all
/// elements. Half a surrogate pair, as JavaScript makes by cutting a text, becomes U+FFFD.
///
/// Reusable, for one thread. Nothing it is fed makes it throw.
public final class OtlpJsonReader implements AutoCloseable {
    /// How a document fares.
    public enum Status {
        /// Well so far.
        OK,
        /// It is no JSON, no OTLP, or beyond a limit of [JsonLimits]; see [#error].
        MALFORMED,
        /// It would become more bytes than it may.
        TOO_LARGE,
        /// The extent could not grow.
        MEMORY_FULL
    }

    /// As much as Jackson's own readers take at a time.
    private static final int CHUNK_BYTES = 8 << 10;

    private static final int BYTE_ORDER_MARK = 0xef;

    private final JsonLimits limits;
    private final JsonFactory factory;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private final ProtoTarget target = new ProtoTarget();
    private final JsonToProto machine;
    private @Nullable JsonParser parser;
    private @Nullable ByteArrayFeeder feeder;
    private long fed;
    private Status status = Status.OK;
    private String error = "";

    /// A reader of documents within `limits`.
    public OtlpJsonReader(JsonLimits limits) {
        this.limits = limits;
        machine = new JsonToProto(limits, target);
        factory =
                JsonFactory.builder()
                        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                        .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxNestingDepth(limits.depthMax() + 1)
                                        .maxStringLength(limits.stringCharsMax())
                                        .maxNumberLength(limits.numberCharsMax())
                                        .maxNameLength(limits.nameCharsMax())
                                        .build())
                        .build();
    }

    /// Starts over with a new document.
    ///
    /// @param extent open; what it holds stays in front of what is written
    /// @param growth how it gets more room
    public void begin(Signal signal, Extent extent, Growth growth) {
        close();
        status = Status.OK;
        error = "";
        fed = 0;
        target.begin(extent, growth, limits.outputBytesMax());
        try {
            JsonParser next = factory.createNonBlockingByteArrayParser();
            machine.begin(OtlpSchema.request(signal), next);
            parser = next;
            feeder = (ByteArrayFeeder) next.getNonBlockingInputFeeder();
        } catch (IOException failure) {
            throw new IllegalStateException("parser cannot be made", failure);
        }
    }

    /// Takes the next `length` bytes of the document, from `address` on.
    public Status feed(long address, int length) {
        if (fed == 0 && length > 0 && (OffHeap.getByte(address) & 0xff) == BYTE_ORDER_MARK) {
            machine.refuse("byte order mark");
            return malformed("malformed", machine.cause());
        }
        int done = 0;
        while (status == Status.OK && done < length) {
            int count = Math.min(length - done, CHUNK_BYTES);
            OffHeap.copy(address + done, chunk, 0, count);
            take(count);
            done += count;
        }
        fed += length;
        return status;
    }

    /// Takes the next `length` bytes of the document, from `offset` of an array on.
    public Status feed(byte[] bytes, int offset, int length) {
        if (fed == 0 && length > 0 && (bytes[offset] & 0xff) == BYTE_ORDER_MARK) {
            machine.refuse("byte order mark");
            return malformed("malformed", machine.cause());
        }
        int done = 0;
        while (status == Status.OK && done < length) {
            int count = Math.min(length - done, CHUNK_BYTES);
            System.arraycopy(bytes, offset + done, chunk, 0, count);
            take(count);
            done += count;
        }
        fed += length;
        return status;
    }

    /// Ends the document.
    public Status finish() {
        ByteArrayFeeder ending = feeder;
        if (status == Status.OK && ending != null) {
            ending.endOfInput();
            read("truncated");
            if (status == Status.OK && !machine.isDone()) {
                malformed("truncated", "document ends too early");
            }
            if (status == Status.OK) {
                target.end();
            }
        }
        close();
        return status;
    }

    /// Reads a document that is there as a whole.
    public Status read(Signal signal, long address, int length, Extent extent, Growth growth) {
        begin(signal, extent, growth);
        feed(address, length);
        return finish();
    }

    /// Log records, spans or data points written so far.
    public int records() {
        return machine.records();
    }

    /// What is wrong and where, `malformed OTLP/JSON: line=..., column=..., byte=..., field=...,
    /// cause=...`, or `truncated ...`; empty while nothing is. It holds names of OTLP's fields and
    /// at most one token of the document.
    public String error() {
        return error;
    }

    /// Lets go of a document that has not ended; the reader can be used again.
    @Override
    public void close() {
        closeParser();
        target.abandon();
    }

    private void closeParser() {
        JsonParser open = parser;
        parser = null;
        feeder = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException failure) {
                throw new IllegalStateException("parser of bytes cannot fail to close", failure);
            }
        }
    }

    private void take(int count) {
        ByteArrayFeeder feeding = feeder;
        if (feeding == null) {
            throw new IllegalStateException("no document was begun");
        }
        try {
            feeding.feedInput(chunk, 0, count);
        } catch (IOException failure) {
            malformed("malformed", tidy(failure));
            return;
        }
        read("malformed");
    }

    /// Reads what tokens there are.
    ///
    /// @param family what a document is that Jackson refuses now: once all bytes were taken, only
    ///   their end can be wrong
    private void read(String family) {
        JsonParser reading = parser;
        if (reading == null) {
            return;
        }
        try {
            JsonToken token = reading.nextToken();
            while (token != null && token != JsonToken.NOT_AVAILABLE) {
                if (!machine.accept(token)) {
                    refused();
                    return;
                }
                token = reading.nextToken();
            }
        } catch (IOException | RuntimeException failure) {
            // Jackson refuses by exceptions; what else it throws is about the same bytes.
            malformed(family, tidy(failure));
        }
    }

    private void refused() {
        if (!machine.cause().isEmpty()) {
            malformed("malformed", machine.cause());
        } else if (target.isTooLarge()) {
            status = Status.TOO_LARGE;
            error = "OTLP/JSON becomes too large: bytesMax=" + limits.outputBytesMax();
        } else {
            status = Status.MEMORY_FULL;
            error = "no memory for OTLP/JSON: bytes=" + target.position();
        }
    }

    private Status malformed(String family, String cause) {
        if (status == Status.OK) {
            status = Status.MALFORMED;
            error = family + " OTLP/JSON: " + where() + ", cause=" + cause;
        }
        return status;
    }

    private String where() {
        JsonParser reading = parser;
        if (reading == null) {
            return "byte=" + fed;
        }
        JsonLocation location =
                machine.cause().isEmpty()
                        ? reading.currentLocation()
                        : reading.currentTokenLocation();
        return "line="
                + Math.max(1, location.getLineNr())
                + ", column="
                + Math.max(1, location.getColumnNr())
                + ", byte="
                + Math.max(0, location.getByteOffset())
                + ", field="
                + machine.path();
    }

    /// The first line of a failure's own message, without the location that Jackson adds.
    private static String tidy(Exception failure) {
        @Nullable String message =
                failure instanceof JsonProcessingException refused
                        ? refused.getOriginalMessage()
                        : failure.getMessage();
        if (message == null) {
            return failure.getClass().getSimpleName();
        }
        StringBuilder line = new StringBuilder();
        for (int index = 0; index < Math.min(message.length(), 160); index++) {
            char next = message.charAt(index);
            if (next == '\n') {
                break;
            }
            line.append(next < ' ' ? '?' : next);
        }
        return line.toString();
    }
}
