package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.auth.Verdict;
import dev.colonnade.pipeline.wire.RpcStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One HTTP/1.1 connection: takes one request after the other, answers in order.
///
/// ```
/// IDLE -> HEAD -> [WAITING] -> BODY | CHUNKED -> ANSWERING -> IDLE
///                     |             |               |
///                     +-------------+---------------+--> DISCARDING -> IDLE   the rest is small
///                                                    +-> LINGERING -> closed  the rest is large
/// ```
///
/// While a request waits, for room or for delivery, nothing is read from the socket. A refused
/// request is answered at once; what is left of its body is thrown away unread where it is small,
/// and otherwise the connection is closed, but only after the sender had time to see the answer: a
/// socket that is closed with unread bytes in it takes the answer with it. A write or close that
/// fails ends in [#channelInactive]; its future says nothing more.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpConnection extends ChannelInboundHandlerAdapter
        implements Connection, Upload.Sender {
    private enum Phase {
        IDLE,
        HEAD,
        WAITING,
        BODY,
        CHUNKED,
        ANSWERING,
        DISCARDING,
        LINGERING,
        CLOSED
    }

    /// The rest of a refused body that is read to keep its connection.
    private static final int DISCARD_BYTES_MAX = 64 << 10;

    /// How long a closing connection may be read, and how much: a sender that reads no answer
    /// before it has sent its whole body still gets to see it.
    private static final long LINGER_NANOS = 1_000_000_000L;

    private final ReceiverLoop loop;
    private final OtlpHttpConfig config;
    private final HttpVerdict verdict;
    private final Meter meter;
    private final Progress progress;
    private final HttpDecoder decoder;
    private final SenderContext sender;
    private final boolean isDirect;
    private final long idleNanos;
    private final long headerNanos;
    private @Nullable ChannelHandlerContext context;
    private Phase phase = Phase.IDLE;
    private long phaseNanos;
    private boolean inRead;
    private boolean unread;
    private boolean keepAlive;
    private boolean isHead;
    private boolean isChunked;
    private boolean expectsContinue;
    private boolean isDraining;
    private long bodyBytes;
    private long bodyRemaining;
    private @Nullable Upload upload;
    private @Nullable ByteBuf view;
    private int viewed;
    private int rosterIndex = -1;

    /// A connection of `loop`.
    ///
    /// @param isDirect whether the socket's bytes are the body's: no TLS in between
    HttpConnection(
            ReceiverLoop loop,
            OtlpHttpConfig config,
            HttpVerdict verdict,
            Meter meter,
            boolean isDirect) {
        this.loop = loop;
        this.config = config;
        this.verdict = verdict;
        idleNanos = config.idleTimeout().toNanos();
        headerNanos = config.readHeaderTimeout().toNanos();
        this.meter = meter;
        this.isDirect = isDirect;
        progress = new Progress(config.pace());
        decoder = new HttpDecoder(this, config.headerBytesMax());
        sender = new SenderContext(loop);
        phaseNanos = loop.nanos();
    }

    /// The handler in front of this one.
    HttpDecoder decoder() {
        return decoder;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        meter.connected();
        if (!loop.add(this)) {
            ctx.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        inRead = true;
        try {
            if (message instanceof HttpRequest request) {
                onHead(request);
            } else if (message instanceof HttpContent content) {
                onContent(content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        inRead = false;
        ctx.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            resume();
        } else if (!isDiscarding()) {
            pause();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        onClosed();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        onClosed();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        cut();
    }

    /// Where the socket is to be read to; null when it is not a body that comes next.
    @Nullable ByteBuf target() {
        if (!isDirect || phase != Phase.BODY || bodyRemaining == 0) {
            return null;
        }
        ByteBuf present = view;
        if (present == null) {
            present = upload().body().target();
            view = present;
            viewed = 0;
        }
        return present;
    }

    /// Whether `input` is what [#target] gave: that very buffer.
    @SuppressWarnings("ReferenceEquality")
    boolean isTarget(Object input) {
        return input == view;
    }

    /// Takes what was read into [#target], of which the transport's reference is released.
    void onTargetRead() {
        inRead = true;
        ByteBuf present = Objects.requireNonNull(view, "nothing is read in place");
        int count = present.writerIndex() - viewed;
        viewed += count;
        present.release();
        bodyRemaining -= count;
        if (bodyRemaining == 0) {
            dropView();
        }
        afterBytes(upload().advance(count));
    }

    /// Whether what follows has to wait until the present request is answered.
    boolean isBlocked() {
        return phase == Phase.WAITING
                || phase == Phase.ANSWERING
                || (!isDiscarding() && !context().channel().isWritable());
    }

    /// Whether bytes go to [#onBytes] and not to the decoder of heads and chunks.
    boolean takesBytes() {
        return phase == Phase.BODY || isDiscarding();
    }

    /// Whether what comes is thrown away.
    boolean isDiscarding() {
        return phase == Phase.DISCARDING || phase == Phase.LINGERING || phase == Phase.CLOSED;
    }

    /// A head begins, or goes on.
    void onHeadBytes() {
        if (phase == Phase.IDLE) {
            enter(Phase.HEAD);
        }
    }

    /// Takes bytes of a body with a length, or throws them away.
    void onBytes(ByteBuf in) {
        inRead = true;
        if (phase == Phase.BODY) {
            int count = (int) Math.min(in.readableBytes(), bodyRemaining);
            bodyRemaining -= count;
            afterBytes(upload().append(in, count));
        } else if (phase == Phase.DISCARDING) {
            int count = (int) Math.min(in.readableBytes(), bodyRemaining);
            bodyRemaining -= count;
            in.skipBytes(count);
            if (bodyRemaining == 0 && isDraining) {
                cut();
            } else if (bodyRemaining == 0) {
                enter(Phase.IDLE);
            }
        } else {
            bodyRemaining -= in.readableBytes();
            in.skipBytes(in.readableBytes());
            if (bodyRemaining < 0) {
                cut();
            }
        }
    }

    @Override
    public void onRoom(Upload reserved) {
        startBody();
        resume();
    }

    @Override
    public void onAccepted(Upload accepted) {
        accepted.answered();
        write(verdict.accepted(context().alloc(), keepAlive));
        endUpload();
        afterAnswer();
    }

    @Override
    public void onRefused(Upload refused, Refusal refusal, String message, long retryDelayNanos) {
        if (phase == Phase.ANSWERING) {
            refused.answered();
        }
        endUpload();
        planRest();
        RpcStatus status =
                refusal.hasRetryDelay()
                        ? RpcStatus.retryAfter(refusal.grpcStatus(), message, retryDelayNanos)
                        : RpcStatus.of(refusal.grpcStatus(), message);
        write(verdict.status(context().alloc(), refusal.httpStatus(), status, keepAlive));
        afterAnswer();
    }

    @Override
    public void sweep(long now) {
        switch (phase) {
            case IDLE -> cutAfter(idleNanos, now);
            case HEAD -> cutAfter(headerNanos, now);
            case BODY, CHUNKED -> {
                if (progress.isTooSlow(now, bodyBytesRead())) {
                    keepAlive = false;
                    upload().refuse(Refusal.TIMEOUT, "body comes in too slowly");
                    cut();
                }
            }
            case DISCARDING, LINGERING -> cutAfter(LINGER_NANOS, now);
            case WAITING, ANSWERING, CLOSED -> {} // bounded by the wait, or open until delivery
        }
    }

    @Override
    public void drain() {
        isDraining = true;
        keepAlive = false;
        if (phase == Phase.IDLE) {
            cut();
        }
    }

    @Override
    public void cut() {
        onClosed();
        context().close();
    }

    @Override
    public int rosterIndex() {
        return rosterIndex;
    }

    @Override
    public void rosterIndex(int index) {
        rosterIndex = index;
    }

    private void onHead(HttpRequest request) {
        if (!context().channel().isActive() || isDiscarding()) {
            return;
        }
        isHead = request.method().equals(HttpMethod.HEAD);
        isChunked = false;
        expectsContinue = false;
        bodyRemaining = 0;
        bodyBytes = 0;
        keepAlive =
                !isDraining
                        && request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                        && HttpUtil.isKeepAlive(request);
        verdict.judge(request, loop, context().channel().remoteAddress());
        if (request.decoderResult().isSuccess()) {
            isChunked = HttpUtil.isTransferEncodingChunked(request);
            bodyRemaining = isChunked ? 0 : HttpUtil.getContentLength(request, 0L);
            bodyBytes = bodyRemaining;
        } else {
            keepAlive = false;
        }
        Verdict.Pending pending = verdict.pending();
        if (pending == null) {
            afterVerdict(request);
            return;
        }
        enter(Phase.WAITING);
        pause();
        pending.verdict()
                .thenAcceptAsync(
                        found -> {
                            if (phase == Phase.WAITING) {
                                verdict.goOn(found, request, loop);
                                afterVerdict(request);
                                resume();
                            }
                        },
                        context().executor());
    }

    private void afterVerdict(HttpRequest request) {
        expectsContinue = verdict.expectsContinue();
        RouteShard route = verdict.route();
        if (route == null) {
            answerHead();
        } else {
            admit(route, request.headers());
        }
    }

    private void admit(RouteShard route, HttpHeaders headers) {
        Upload started = loop.upload();
        upload = started;
        started.begin(
                this, sender, route, meter, config.body(), verdict.encoding(), verdict.codec());
        enter(Phase.WAITING);
        List<String> names =
                config.access().includeMetadata() ? route.route().metadataNames() : List.of();
        if (!sender.read(context().channel(), headers, names)) {
            started.refuse(Refusal.METADATA, Upload.METADATA_IS_FULL);
            return;
        }
        if (bodyRemaining > config.body().messageBytesMax()) {
            started.refuseTooLarge(bodyRemaining);
            return;
        }
        Admission.Answer answer =
                isChunked
                        ? started.reserveUnknown(loop.waitNanosMax())
                        : started.reserve((int) bodyRemaining, loop.waitNanosMax());
        switch (answer) {
            case RESERVED -> startBody();
            case WAITING -> pause();
            case FULL -> started.refuse(Refusal.MEMORY, "out of memory for telemetry");
            case QUEUE_FULL -> started.refuse(Refusal.QUEUE, Upload.QUEUE_IS_FULL);
        }
    }

    private void startBody() {
        enter(isChunked ? Phase.CHUNKED : Phase.BODY);
        progress.start(phaseNanos);
        if (expectsContinue && (isChunked || bodyRemaining > 0)) {
            expectsContinue = false;
            write(HttpAnswers.proceed(context().alloc()));
            flushUnlessReading();
        }
        if (!isChunked && bodyRemaining == 0) {
            complete();
        }
    }

    private void afterBytes(boolean isIntact) {
        if (!isIntact) {
            upload().refuseMalformed();
        } else if (bodyRemaining == 0) {
            complete();
        }
    }

    private void onContent(HttpContent content) {
        if (!isChunked || phase != Phase.CHUNKED) {
            return;
        }
        if (content.decoderResult().isFailure()) {
            keepAlive = false;
            upload().refuse(Refusal.MALFORMED, "malformed chunk");
            return;
        }
        ByteBuf bytes = content.content();
        int count = bytes.readableBytes();
        bodyBytes += count;
        @Nullable Refusal refusal = upload().makeRoom(count);
        if (refusal != null) {
            if (refusal == Refusal.TOO_LARGE) {
                upload().refuseTooLarge(bodyBytes);
            } else {
                upload().refuse(refusal, "out of memory for telemetry");
            }
            return;
        }
        boolean isIntact = count == 0 || upload().append(bytes, count);
        boolean isLast = content instanceof LastHttpContent;
        if (isLast) {
            isChunked = false;
        }
        if (!isIntact) {
            upload().refuseMalformed();
        } else if (isLast) {
            complete();
        }
    }

    private void complete() {
        enter(Phase.ANSWERING);
        upload().complete();
        if (phase == Phase.ANSWERING) {
            pause();
        }
    }

    /// Answers a request of which not even the body is looked at.
    private void answerHead() {
        @Nullable Refusal refusal = verdict.refusal();
        if (refusal != null) {
            meter.refused(refusal, Math.max(0, bodyRemaining));
        }
        planRest();
        write(verdict.answer(context().alloc(), keepAlive, isHead));
        afterAnswer();
    }

    /// Decides whether the connection can be kept for the rest of a refused request.
    private void planRest() {
        dropView();
        keepAlive &=
                !isChunked
                        && (bodyRemaining == 0
                                || (!expectsContinue && bodyRemaining <= DISCARD_BYTES_MAX));
    }

    private void afterAnswer() {
        boolean wasPaused = unread;
        if (keepAlive && bodyRemaining == 0) {
            enter(Phase.IDLE);
        } else if (keepAlive) {
            enter(Phase.DISCARDING);
        } else {
            hangUp();
        }
        flushUnlessReading();
        if (wasPaused) {
            resume();
        }
    }

    private void hangUp() {
        Channel channel = context().channel();
        boolean isSent = bodyRemaining == 0 && !isChunked;
        enter(Phase.LINGERING);
        if (isSent || !(channel instanceof DuplexChannel duplex)) {
            context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        bodyRemaining = config.body().messageBytesMax();
        context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> duplex.shutdownOutput());
    }

    private void pause() {
        if (!unread) {
            unread = true;
            context().channel().config().setAutoRead(false);
        }
    }

    private void resume() {
        if (phase == Phase.CLOSED || isBlocked()) {
            return;
        }
        if (unread) {
            unread = false;
            context().channel().config().setAutoRead(true);
        }
        try {
            decoder.resume();
        } catch (Exception _) {
            cut();
        }
    }

    private void cutAfter(long nanos, long now) {
        if (nanos > 0 && now - phaseNanos >= nanos) {
            cut();
        }
    }

    private long bodyBytesRead() {
        return isChunked ? bodyBytes : bodyBytes - bodyRemaining;
    }

    private void enter(Phase next) {
        phase = next;
        phaseNanos = loop.nanos();
    }

    private void write(ByteBuf answer) {
        context().write(answer, context().voidPromise());
    }

    private void flushUnlessReading() {
        if (!inRead) {
            context().flush();
        }
    }

    private void endUpload() {
        Upload ended = upload;
        upload = null;
        sender.clear();
        if (ended != null) {
            ended.end();
        }
    }

    private void dropView() {
        ByteBuf present = view;
        if (present != null) {
            view = null;
            present.release();
        }
    }

    private void onClosed() {
        if (phase == Phase.CLOSED) {
            return;
        }
        boolean isCancelled =
                phase == Phase.WAITING || phase == Phase.BODY || phase == Phase.CHUNKED;
        phase = Phase.CLOSED;
        dropView();
        sender.clear();
        Upload ended = upload;
        upload = null;
        if (ended != null && isCancelled) {
            ended.cancel();
        } else if (ended != null) {
            ended.end();
        }
        meter.disconnected();
        loop.remove(this);
    }

    private Upload upload() {
        return Objects.requireNonNull(upload, "no request is under way");
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context, "connection is not in a pipeline");
    }
}
