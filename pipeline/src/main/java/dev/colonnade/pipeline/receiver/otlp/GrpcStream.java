package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.auth.Verdict;
import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.GrpcMessage;
import dev.colonnade.pipeline.wire.RpcStatus;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.memory.Extent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One gRPC call on its connection; reusable.
///
/// ```
/// PREFIX -> [WAITING] -> BODY -> ANSWERING -> ANSWERED
///    |          |          |         |           ^
///    +----------+----------+---------+-----------+ refused
/// ```
///
/// The length of the message is known from its first five bytes. Room is reserved for it then, and
/// the stream's window is opened for exactly as much. Until then the peer may send what the initial
/// window allows; of a stream that waits for room this is kept in memory that was set aside for it,
/// of which each waiting stream takes its part or is refused.
final class GrpcStream implements Upload.Sender {
    private enum Phase {
        PREFIX,
        WAITING,
        BODY,
        ANSWERING,
        ANSWERED
    }

    /// When to come again where nothing else says when.
    private static final long RETRY_NANOS = 1_000_000_000L;

    private final GrpcConnection connection;
    private final ReceiverLoop loop;
    private final OtlpGrpcConfig config;
    private final Meter meter;
    private final GrpcMessage message = new GrpcMessage();
    private final Extent waitingBytes = new Extent();
    private final Progress progress;
    private final SenderContext context;
    private Phase phase = Phase.ANSWERED;
    private @Nullable Http2Stream stream;
    private @Nullable Upload upload;
    private @Nullable RouteShard route;
    private Codec codec = Codec.IDENTITY;
    private long waitNanos;
    private boolean hasEnded;

    /// Counts calls, so that who was heard late knows whether it is the same still.
    private int calls;

    /// Whether it is not known yet if the sender may send.
    private boolean isUnknown;

    GrpcStream(GrpcConnection connection, ReceiverLoop loop, OtlpGrpcConfig config, Meter meter) {
        this.connection = connection;
        this.loop = loop;
        this.config = config;
        this.meter = meter;
        progress = new Progress(config.pace());
        context = new SenderContext(loop);
    }

    /// Starts over with a new call.
    ///
    /// @param named how its message is compressed, where it says that it is
    /// @param patienceNanos how long it may wait for room
    /// @param endOfStream whether its headers are all there is
    void begin(
            Http2Stream opened,
            @Nullable RouteShard target,
            Codec named,
            long patienceNanos,
            boolean endOfStream) {
        stream = opened;
        route = target;
        codec = named;
        waitNanos = patienceNanos;
        hasEnded = endOfStream;
        calls++;
        isUnknown = false;
        phase = Phase.PREFIX;
        message.reset();
        progress.start(loop.nanos());
    }

    /// Keeps of its headers what is asked for behind `target`; false where there is no room.
    boolean keep(Channel channel, Http2Headers headers, RouteShard target) {
        List<String> names =
                config.access().includeMetadata() ? target.route().metadataNames() : List.of();
        return context.read(channel, headers, names);
    }

    /// Goes on, or not, as `verdict` says; until it is known the message waits as for room.
    void check(Gate gate, Verdict verdict, Channel channel) {
        isUnknown = false;
        switch (verdict) {
            case Verdict.Granted _ -> {
                if (phase == Phase.WAITING) {
                    start();
                }
            }
            case Verdict.Denied denied -> {
                gate.denied(channel.remoteAddress(), denied.message());
                refuse(Refusal.UNAUTHENTICATED, denied.message());
            }
            case Verdict.Busy _ ->
                    refuse(Refusal.CREDENTIALS, "too many credentials are being checked");
            case Verdict.Pending pending -> {
                isUnknown = true;
                int asked = calls;
                CompletionStage<Void> _ =
                        pending.verdict()
                                .thenAcceptAsync(
                                        found -> {
                                            if (asked == calls && isUnknown) {
                                                check(gate, found, channel);
                                            }
                                        },
                                        channel.eventLoop());
            }
        }
    }

    /// The stream it is on.
    Http2Stream stream() {
        Http2Stream present = stream;
        if (present == null) {
            throw new IllegalStateException("call has not begun");
        }
        return present;
    }

    /// Whether its answer was given: what comes on the stream is of no interest any more.
    boolean isAnswered() {
        return phase == Phase.ANSWERED;
    }

    /// Whether its sender has finished.
    boolean hasEnded() {
        return hasEnded;
    }

    /// Whether the sender can end within the window that it has, so that nobody has to stop it.
    boolean endsWithinWindow() {
        return message.isStarted()
                && GrpcMessage.PREFIX_BYTES + message.length()
                        <= config.streams().initialWindowBytes();
    }

    /// Takes the readable bytes of `data`; [#onEnd] follows when they are the last.
    void onData(ByteBuf data, boolean endOfStream) {
        hasEnded |= endOfStream;
        if (phase == Phase.ANSWERED || phase == Phase.ANSWERING) {
            return;
        }
        int used = connection.accept(message, data);
        if (used == GrpcMessage.BAD_FLAG) {
            refuse(Refusal.MALFORMED, "malformed gRPC message: flag is neither 0 nor 1");
        } else if (used == GrpcMessage.SECOND_MESSAGE) {
            refuse(Refusal.MALFORMED, "malformed gRPC request: more than one message");
        } else {
            data.skipBytes(used);
            if (phase == Phase.PREFIX && message.isStarted()) {
                admit();
            }
            if (data.isReadable()) {
                take(data);
            }
        }
    }

    /// The sender has finished.
    void onEnd() {
        hasEnded = true;
        if (phase == Phase.PREFIX || (phase != Phase.ANSWERED && !message.isComplete())) {
            refuse(Refusal.MALFORMED, "malformed gRPC request: it ends before its message does");
        } else if (phase == Phase.BODY) {
            complete();
        }
    }

    /// The stream is closed; nothing can be answered any more.
    void onClosed() {
        releaseWaiting();
        context.clear();
        Upload ended = upload;
        upload = null;
        if (phase != Phase.ANSWERED && phase != Phase.ANSWERING) {
            if (ended == null) {
                meter.refused(Refusal.CANCELLED, 0);
            } else {
                ended.cancel();
            }
        } else if (ended != null) {
            ended.end();
        }
        phase = Phase.ANSWERED;
        isUnknown = false;
        stream = null;
        route = null;
    }

    /// Looks whether the message comes in fast enough.
    void sweep(long now) {
        boolean isReading = phase == Phase.PREFIX || (phase == Phase.BODY && !hasEnded);
        if (isReading && progress.isTooSlow(now, message.received())) {
            refuse(Refusal.TIMEOUT, "message comes in too slowly");
        }
    }

    @Override
    public void onRoom(Upload reserved) {
        phase = Phase.BODY;
        progress.start(loop.nanos());
        boolean isIntact = true;
        if (waitingBytes.isOpen()) {
            if (waitingBytes.length() > 0) {
                isIntact = reserved.append(waitingBytes.address(), waitingBytes.length());
            }
            releaseWaiting();
        }
        if (!isIntact) {
            reserved.refuseMalformed();
        } else if (hasEnded) {
            complete();
        } else {
            grantWindow();
        }
        connection.flushUnlessReading();
    }

    @Override
    public void onAccepted(Upload accepted) {
        accepted.answered();
        phase = Phase.ANSWERED;
        endUpload();
        connection.answerAccepted(this);
    }

    @Override
    public void onRefused(Upload refused, Refusal refusal, String text, long retryDelayNanos) {
        if (phase == Phase.ANSWERING) {
            refused.answered();
        }
        phase = Phase.ANSWERED;
        endUpload();
        releaseWaiting();
        connection.answerRefused(
                this,
                refusal.hasRetryDelay()
                        ? RpcStatus.retryAfter(refusal.grpcStatus(), text, retryDelayNanos)
                        : RpcStatus.of(refusal.grpcStatus(), text));
    }

    /// Refuses the call, whatever was done for it.
    void refuse(Refusal refusal, String text) {
        Upload present = upload;
        if (present != null) {
            present.refuse(refusal, text);
            return;
        }
        meter.refused(refusal, message.isStarted() ? message.length() : 0);
        phase = Phase.ANSWERED;
        isUnknown = false;
        releaseWaiting();
        connection.answerRefused(
                this,
                refusal.hasRetryDelay()
                        ? RpcStatus.retryAfter(refusal.grpcStatus(), text, RETRY_NANOS)
                        : RpcStatus.of(refusal.grpcStatus(), text));
    }

    /// Its answer was given by its connection.
    void answered() {
        phase = Phase.ANSWERED;
    }

    /// The length is known: goes on as soon as it is known that it may.
    private void admit() {
        if (isUnknown) {
            awaitRoom();
        } else {
            start();
        }
    }

    /// Reserves room, or waits for it, or refuses.
    private void start() {
        RouteShard target = route;
        if (target == null) {
            throw new IllegalStateException("call has no route");
        }
        Upload started = loop.upload();
        upload = started;
        Codec used = message.isCompressed() ? codec : Codec.IDENTITY;
        started.begin(this, context, target, meter, config.body(), ContentType.GRPC, used);
        if (message.isCompressed() && codec == Codec.IDENTITY) {
            refuse(
                    Refusal.MALFORMED,
                    "malformed gRPC message: compressed, but grpc-encoding names no codec");
            return;
        }
        if (message.length() > config.body().messageBytesMax()) {
            started.refuseTooLarge(message.length());
            return;
        }
        switch (started.reserve((int) message.length(), waitNanos)) {
            case RESERVED -> {
                if (phase == Phase.WAITING) {
                    onRoom(started);
                } else {
                    phase = Phase.BODY;
                    grantWindow();
                }
            }
            case WAITING -> {
                if (phase != Phase.WAITING) {
                    awaitRoom();
                }
            }
            case FULL -> refuse(Refusal.MEMORY, "out of memory for telemetry");
            case QUEUE_FULL -> refuse(Refusal.QUEUE, Upload.QUEUE_IS_FULL);
        }
    }

    private void awaitRoom() {
        phase = Phase.WAITING;
        long early = (long) config.streams().initialWindowBytes() - GrpcMessage.PREFIX_BYTES;
        if (!loop.reserveWaiting(waitingBytes, (int) Math.min(message.length(), early))) {
            refuse(Refusal.MEMORY, "out of memory for telemetry: too many requests wait");
        }
    }

    private void grantWindow() {
        long bytes = GrpcMessage.PREFIX_BYTES + message.length();
        long more = bytes - config.streams().initialWindowBytes();
        if (more > 0 && !hasEnded) {
            connection.grantWindow(stream(), (int) more);
        }
    }

    private void take(ByteBuf data) {
        int count = data.readableBytes();
        if (phase == Phase.BODY) {
            Upload present = upload;
            if (present != null && !present.append(data, count)) {
                present.refuseMalformed();
            }
        } else if (phase == Phase.WAITING) {
            if (count > waitingBytes.remaining()) {
                refuse(Refusal.MALFORMED, "more than the window allows");
                return;
            }
            meter.copied(count);
            waitingBytes.append(data, count);
        }
    }

    private void complete() {
        phase = Phase.ANSWERING;
        Upload present = upload;
        if (present != null) {
            present.complete();
        }
    }

    private void endUpload() {
        Upload ended = upload;
        upload = null;
        if (ended != null) {
            ended.end();
        }
    }

    private void releaseWaiting() {
        if (waitingBytes.isOpen()) {
            loop.releaseWaiting(waitingBytes);
        }
    }
}
