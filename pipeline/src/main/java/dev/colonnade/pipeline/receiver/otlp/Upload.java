package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RequestContext;
import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.pipeline.wire.Sink;
import dev.colonnade.pipeline.wire.Skim;
import dev.colonnade.storage.Ack;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.OffHeap;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// One request on its way from the socket into the stores, whatever protocol brings it.
///
/// ```
/// begin -> reserve -> append / advance ... -> complete -> onAccepted | onRefused -> end
///             |            |
///             |            +-> refused: growth, malformed
///             +-> onRoom | onRefused, when it waits
/// ```
///
/// It owns the body's extent until the stores have it, and releases it whatever happens: [#end] may
/// be called at any time, also when the sender has gone away. Reusable; taken from and given back
/// to its [ReceiverLoop].
final class Upload implements Admission.Waiter, Ack {
    /// What the sender is told when an exporter's queue has no room.
    static final String QUEUE_IS_FULL = "sending queue is full: queue_size is reached";

    /// What the sender is told when what its head brought cannot be kept.
    static final String METADATA_IS_FULL =
            "too many combinations of request metadata are held: metadata_cardinality_limit";

    /// The transport's side. After [#onAccepted] and [#onRefused] it answers and ends the upload.
    interface Sender {
        /// The room that the upload waited for is there.
        void onRoom(Upload upload);

        /// The request is held, or delivered, as its pipelines want.
        void onAccepted(Upload upload);

        /// The request is not taken; nothing of it is held.
        ///
        /// @param message what to tell the sender
        /// @param retryDelayNanos when to come back; 0 where it makes no sense
        void onRefused(Upload upload, Refusal refusal, String message, long retryDelayNanos);
    }

    /// A compressed original is kept from this ratio on: below it, inflating costs the exporter
    /// more than the memory is worth.
    private static final int KEEP_RATIO_NUMERATOR = 3;

    private static final int KEEP_RATIO_DENOMINATOR = 2;

    /// And from this size on: smaller ones are worth merging before they are sent.
    private static final int KEEP_BYTES_MIN = 1024;

    /// Where bodies of unknown length begin; they double from there.
    private static final int UNKNOWN_BYTES = 8 << 10;

    private final ReceiverLoop loop;
    private final Admission.Seat seat = new Admission.Seat(this);
    private final Skim skim = new Skim();
    private final Sink sink = skim::feed;
    private RowBatch batch = new RowBatch();
    private RowBatch spare = new RowBatch();
    private Codec codec = Codec.IDENTITY;
    private boolean isJson;
    private Signal signal = Signal.LOGS;
    private @Nullable Sender sender;
    private RequestContext context = RequestContext.NONE;
    private @Nullable RouteShard route;
    private @Nullable Meter meter;
    private OtlpReceiverConfig.Body limits = OtlpReceiverConfig.Body.DEFAULT;
    private long announcedBytes;
    private long receivedNanos;
    private int acksLeft;
    private boolean offering;
    private boolean live;
    private @Nullable DropReason dropped;

    Upload(ReceiverLoop loop) {
        this.loop = loop;
    }

    /// Starts over with a new request.
    ///
    /// @param context what is known of the sender; its own until the upload ends
    /// @param encoding [ContentType#JSON] is made protobuf when the body is there; all else is that
    void begin(
            Sender sender,
            RequestContext context,
            RouteShard route,
            Meter meter,
            OtlpReceiverConfig.Body limits,
            ContentType encoding,
            Codec codec) {
        this.sender = sender;
        this.context = context;
        this.route = route;
        this.meter = meter;
        this.limits = limits;
        this.codec = codec;
        isJson = encoding == ContentType.JSON;
        signal = route.route().signal();
        announcedBytes = 0;
        acksLeft = 0;
        dropped = null;
        live = true;
        skim.begin(signal);
    }

    /// Reserves room for a body of `bytes`, waiting up to `waitNanos`. The caller has compared the
    /// size with the limit. [Admission.Answer#FULL] and [Admission.Answer#QUEUE_FULL] have not told
    /// the sender anything yet.
    Admission.Answer reserve(int bytes, long waitNanos) {
        // Only plain bodies are known to need that much of a queue.
        return reserve(bytes, codec == Codec.IDENTITY && !isJson ? bytes : 1, waitNanos);
    }

    private Admission.Answer reserve(int bytes, int wireBytesMin, long waitNanos) {
        announcedBytes = bytes;
        if (bytes == 0) {
            return Admission.Answer.RESERVED;
        }
        if (route().isQueueFullFor(wireBytesMin)) {
            return Admission.Answer.QUEUE_FULL;
        }
        long wait = Math.min(waitNanos, loop.waitNanosMax());
        return loop.admission().reserve(seat, route(), batch.payload(), bytes, wait);
    }

    /// Reserves the first room of a body of unknown length.
    Admission.Answer reserveUnknown(long waitNanos) {
        Admission.Answer answer =
                reserve(Math.min(UNKNOWN_BYTES, limits.messageBytesMax()), 1, waitNanos);
        announcedBytes = 0;
        return answer;
    }

    /// Whether it waits for room.
    boolean isWaiting() {
        return seat.isWaiting();
    }

    /// Where the body goes.
    Extent body() {
        return batch.payload();
    }

    /// What it is a request of.
    Signal signal() {
        return signal;
    }

    /// Where it goes.
    RouteShard route() {
        RouteShard present = route;
        if (present == null) {
            throw new IllegalStateException("upload has not begun");
        }
        return present;
    }

    /// When its last byte was read.
    long receivedNanos() {
        return receivedNanos;
    }

    /// Copies the next `count` bytes of a body whose room is reserved; false when what came so far
    /// is malformed, see [#refuseMalformed].
    boolean append(ByteBuf source, int count) {
        meter().copied(count);
        body().append(source, count);
        return skimmed(count);
    }

    /// Copies the next `length` bytes at `address`, as the other.
    boolean append(long address, int length) {
        meter().copied(length);
        body().append(address, length);
        return skimmed(length);
    }

    /// Takes `count` bytes that were read into their place; false as for [#append].
    boolean advance(int count) {
        body().advance(count);
        return skimmed(count);
    }

    /// Makes room for `count` more bytes of a body of unknown length; null when there is, or why
    /// not.
    @Nullable Refusal makeRoom(int count) {
        Extent body = body();
        long wanted = (long) body.length() + count;
        if (wanted > limits.messageBytesMax()) {
            return Refusal.TOO_LARGE;
        }
        if (wanted <= body.capacity()) {
            return null;
        }
        long doubled = Math.max(wanted, 2L * body.capacity());
        int capacity = (int) Math.min(doubled, limits.messageBytesMax());
        long before = body.address();
        if (!route().grow(body, capacity)) {
            return Refusal.MEMORY;
        }
        if (body.address() != before) {
            meter().copied(body.length());
        }
        return null;
    }

    /// The body is there: checks it and offers it to the stores. The sender is told, perhaps before
    /// this returns.
    void complete() {
        receivedNanos = loop.nanos();
        if (isJson) {
            completeJson();
            return;
        }
        if (codec != Codec.IDENTITY && !inflated(sink)) {
            return;
        }
        if (!skim.finish()) {
            refuseMalformed();
            return;
        }
        int records = skim.records();
        if (records == 0) {
            release();
            accepted();
            return;
        }
        int wireBytes = (int) skim.bytes();
        @Nullable Codec held = kept(wireBytes);
        if (held == null) {
            refuseCounted(
                    Refusal.MEMORY, "out of memory for telemetry: no room to inflate", records);
            return;
        }
        Extent body = body();
        if (body.capacity() > body.length()) {
            route().trim(body);
        }
        batch.describe(held, wireBytes, records, 0, receivedNanos);
        offer(records);
    }

    /// Refuses what was found malformed by [#append], [#advance] or the end of the body.
    void refuseMalformed() {
        refuse(Refusal.MALFORMED, skim.error());
    }

    /// Refuses a body that is announced to have `bytes`.
    void refuseTooLarge(long bytes) {
        announcedBytes = bytes;
        refuse(
                Refusal.TOO_LARGE,
                "request is too large: bytes=" + bytes + ", max=" + limits.messageBytesMax());
    }

    /// Gives the body up and tells the sender.
    void refuse(Refusal refusal, String message) {
        loop.admission().cancel(seat);
        meter().refused(refusal, Math.max(announcedBytes, receivedBytes()));
        release();
        long delay = refusal.hasRetryDelay() ? loop.retryDelayNanos(route()) : 0;
        Sender present = sender;
        if (present != null) {
            present.onRefused(this, refusal, message, delay);
        }
    }

    /// Ends it because its sender has gone away before its body was there.
    void cancel() {
        meter().refused(Refusal.CANCELLED, Math.max(announcedBytes, receivedBytes()));
        end();
    }

    /// Ends it: after its answer, or because nobody is left to be answered. What it holds and the
    /// stores do not is released.
    void end() {
        sender = null;
        context = RequestContext.NONE;
        loop.admission().cancel(seat);
        release();
        if (acksLeft == 0 && !offering) {
            recycle();
        }
    }

    @Override
    public void onRoom() {
        Sender present = sender;
        if (present != null) {
            present.onRoom(this);
        }
    }

    @Override
    public void onNoRoom() {
        refuse(Refusal.MEMORY, "out of memory for telemetry: waited for room in vain");
    }

    @Override
    public void settled(@Nullable DropReason reason) {
        if (reason != null && (dropped == null || reason.compareTo(dropped) > 0)) {
            dropped = reason;
        }
        acksLeft--;
        if (acksLeft == 0 && !offering) {
            delivered();
        }
    }

    /// Counts the time to the answer, which is written now.
    void answered() {
        meter().answered(loop.nanos() - receivedNanos);
    }

    private int receivedBytes() {
        return body().isOpen() ? body().length() : 0;
    }

    private boolean skimmed(int count) {
        meter().received(count);
        Extent body = body();
        return isJson
                || codec != Codec.IDENTITY
                || skim.feed(body.address() + body.length() - count, count);
    }

    /// As [#complete], for a body of JSON: what is held is the protobuf that it becomes.
    private void completeJson() {
        Extent body = body();
        Extent plain = spare.payload();
        JsonTranscoder json = loop.json(limits.inflatedBytesMax());
        if (!json.begin(route(), meter(), plain, codec, receivedBytes())) {
            refuse(Refusal.MEMORY, "out of memory for telemetry: no room for OTLP/JSON");
            return;
        }
        if (codec != Codec.IDENTITY) {
            if (!inflated(json.sink())) {
                json.close();
                return;
            }
        } else if (body.isOpen()) {
            json.sink().accept(body.address(), body.length());
        }
        if (!json.finish()) {
            refuseJson(json);
            return;
        }
        int records = json.records();
        if (records == 0) {
            release();
            accepted();
            return;
        }
        if (plain.capacity() > plain.length()) {
            route().trim(plain);
        }
        keepSpare();
        batch.describe(Codec.IDENTITY, plain.length(), records, 0, receivedNanos);
        offer(records);
    }

    private void refuseJson(JsonTranscoder json) {
        refuse(json.refusal(), json.error());
    }

    /// Inflates the body into the skim or the transcoder; false when it was refused.
    private boolean inflated(Sink into) {
        Extent body = body();
        if (!body.isOpen()) {
            refuse(Refusal.MALFORMED, "malformed " + codec.label() + " body: bytes=0");
            return false;
        }
        long inflated =
                loop.decompressor()
                        .inflate(
                                codec,
                                body.address(),
                                body.length(),
                                limits.inflatedBytesMax(),
                                limits.ratioMax(),
                                into);
        if (inflated >= 0) {
            return true;
        }
        int length = body.length();
        if (inflated == Decompressor.REFUSED && isJson) {
            refuseJson(loop.json(limits.inflatedBytesMax()));
        } else if (inflated == Decompressor.REFUSED) {
            refuseMalformed();
        } else if (inflated == Decompressor.TOO_LARGE) {
            refuse(
                    Refusal.TOO_LARGE,
                    "request is too large: decompressed bytes over " + limits.inflatedBytesMax());
        } else if (inflated == Decompressor.RATIO) {
            refuse(
                    Refusal.TOO_LARGE,
                    "request is too large: decompressed by more than "
                            + limits.ratioMax()
                            + " times, compressed="
                            + length);
        } else if (inflated == Decompressor.WINDOW) {
            refuse(
                    Refusal.MALFORMED,
                    "zstd window is too large: max=" + Decompressor.ZSTD_WINDOW_BYTES_MAX);
        } else {
            refuse(Refusal.MALFORMED, "malformed " + codec.label() + " body: bytes=" + length);
        }
        return false;
    }

    /// Decides whether the compressed original is held or its inflated bytes, and makes those; when
    /// there is no room for them the original is good enough, except where a processor must look
    /// inside: null then.
    private @Nullable Codec kept(int wireBytes) {
        Extent body = body();
        int length = body.length();
        if (codec == Codec.IDENTITY) {
            return Codec.IDENTITY;
        }
        boolean isWorthIt =
                length >= KEEP_BYTES_MIN
                        && (long) length * KEEP_RATIO_NUMERATOR
                                <= (long) wireBytes * KEEP_RATIO_DENOMINATOR;
        boolean isEdited = route().route().isEdited();
        if (isWorthIt && !isEdited && isStandard(body)) {
            return codec;
        }
        Extent plain = spare.payload();
        if (!route().reserve(plain, wireBytes)) {
            return isEdited ? null : codec;
        }
        int inflated =
                loop.decompressor()
                        .inflateInto(codec, body.address(), length, plain.address(), wireBytes);
        if (inflated != wireBytes) {
            throw new IllegalStateException(
                    "body inflates differently: first=" + wireBytes + ", then=" + inflated);
        }
        plain.advance(inflated);
        keepSpare();
        return Codec.IDENTITY;
    }

    /// Gives up the body as it arrived for what was made of it.
    private void keepSpare() {
        if (body().isOpen()) {
            route().release(body());
        }
        RowBatch arrived = batch;
        batch = spare;
        spare = arrived;
    }

    /// Whether others will read it as its codec says: what is called deflate may lack its zlib
    /// header (RFC 1950, 2.2), which is understood here and not everywhere.
    private boolean isStandard(Extent body) {
        if (codec != Codec.DEFLATE) {
            return true;
        }
        int method = OffHeap.getByte(body.address()) & 0xff;
        int flags = OffHeap.getByte(body.address() + 1) & 0xff;
        return (method & 15) == 8 && ((method << 8) | flags) % 31 == 0;
    }

    private void offer(int records) {
        int waits = loop.waitsForDelivery(signal);
        acksLeft = waits;
        offering = true;
        StoreShard.Admission admission = route().offer(batch, context, waits > 0 ? this : null);
        offering = false;
        switch (admission) {
            case ADMITTED -> {
                meter().accepted(signal, records);
                if (waits == 0) {
                    accepted();
                } else if (acksLeft == 0) {
                    delivered();
                }
            }
            case MEMORY_FULL ->
                    refuseCounted(
                            Refusal.MEMORY,
                            "out of memory for telemetry: the store is full",
                            records);
            case QUEUE_FULL -> refuseCounted(Refusal.QUEUE, QUEUE_IS_FULL, records);
            case METADATA_FULL -> refuseCounted(Refusal.METADATA, METADATA_IS_FULL, records);
            case TOO_LARGE ->
                    refuseCounted(
                            Refusal.TOO_LARGE,
                            "request is larger than the whole queue_size",
                            records);
            case MALFORMED ->
                    refuseCounted(
                            Refusal.MALFORMED,
                            "malformed OTLP " + signal.label() + ": damaged inside a record",
                            records);
        }
    }

    private void refuseCounted(Refusal refusal, String message, int records) {
        acksLeft = 0;
        meter().refused(signal, records);
        refuse(refusal, message);
    }

    private void delivered() {
        DropReason reason = dropped;
        if (sender == null) {
            recycle();
        } else if (reason == null) {
            accepted();
        } else if (reason == DropReason.REJECTED) {
            refuse(Refusal.REJECTED, "the backend refused the records for good");
        } else {
            refuse(Refusal.DROPPED, "the records were dropped: reason=" + reason.label());
        }
    }

    private void accepted() {
        Sender present = sender;
        if (present != null) {
            present.onAccepted(this);
        }
    }

    private void release() {
        if (route != null) {
            release(batch.payload());
            release(spare.payload());
        }
    }

    private void release(Extent extent) {
        if (extent.isOpen()) {
            route().release(extent);
        }
    }

    private void recycle() {
        if (live) {
            live = false;
            route = null;
            loop.recycle(this);
        }
    }

    private Meter meter() {
        Meter present = meter;
        if (present == null) {
            throw new IllegalStateException("upload has not begun");
        }
        return present;
    }
}
