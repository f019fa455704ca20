package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.exporters.delivery.Outcome;
import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.ExportResponse;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One HTTP/1.1 connection, with one request under way at most. Runs on its loop.
final class HttpConnection extends ChannelInboundHandlerAdapter {
    /// A peer's answer beyond this is not read: the connection ends instead.
    private static final int BODY_BYTES_MAX = ExportResponse.BYTES_MAX;

    private static final int LINE_BYTES_MAX = 8 << 10;
    private static final int HEADERS_BYTES_MAX = 64 << 10;
    private static final int CHUNK_BYTES_MAX = 8 << 10;
    private static final byte[] NOTHING = {};

    /// CR LF.
    private static final int LINE_END = 0x0d0a;

    private final HttpPool pool;
    private final Channel channel;
    private @Nullable HttpCall call;
    private @Nullable ChannelPromise lastWrite;
    private long served;
    private boolean isEnded;
    private String ending = "connection closed by the peer";

    // The answer that is being read.
    private @Nullable HttpResponse response;
    private byte[] body = NOTHING;
    private int bodyLength;
    private boolean isAnswered;

    /// When it became idle.
    long idleSinceNanos;

    /// Begins to speak HTTP/1.1 on a connected channel.
    HttpConnection(HttpPool pool, Channel channel) {
        this.pool = pool;
        this.channel = channel;
        channel.pipeline()
                .addLast(
                        new HttpResponseDecoder(LINE_BYTES_MAX, HEADERS_BYTES_MAX, CHUNK_BYTES_MAX),
                        this);
    }

    /// Sends a request.
    void start(HttpCall next) {
        call = next;
        next.connection = this;
        response = null;
        bodyLength = 0;
        isAnswered = false;
        Frame frame = next.frame();
        byte[] head = next.head();
        byte[] more = next.moreHead();
        ByteBuf first = channel.alloc().buffer(head.length + more.length + 16);
        first.writeBytes(head);
        writeNumber(first, frame.length());
        first.writeShort(LINE_END).writeBytes(more).writeShort(LINE_END);
        ChannelFuture _ = channel.write(first);
        int last = frame.views() - 1;
        for (int view = 0; view < last; view++) {
            ChannelFuture _ = channel.write(frame.view(view));
        }
        ChannelPromise written = channel.newPromise();
        written.addListener(next);
        lastWrite = written;
        ChannelFuture _ = channel.writeAndFlush(frame.view(last), written);
    }

    /// Ends the connection.
    void close(String why) {
        ending = why;
        ChannelFuture _ = channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof HttpObject object) {
                read(object);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        close("connection failed: " + Texts.printable(String.valueOf(cause)));
    }

    private void read(HttpObject object) {
        if (call == null) {
            close("the peer sent something that nobody asked for");
            return;
        }
        isAnswered = true;
        if (object.decoderResult().isFailure()) {
            finish(
                    unavailable(
                            "not an HTTP answer: "
                                    + Texts.printable(
                                            String.valueOf(object.decoderResult().cause()))),
                    false);
            return;
        }
        if (object instanceof HttpResponse head) {
            response = head;
            bodyLength = 0;
        }
        if (object instanceof HttpContent content) {
            readBody(content.content(), content instanceof LastHttpContent);
        }
    }

    private void readBody(ByteBuf data, boolean isLast) {
        HttpResponse head = response;
        if (head == null) {
            return;
        }
        if (head.status().code() < 200) {
            // Only says that the answer comes later.
            response = null;
            return;
        }
        int count = Math.min(data.readableBytes(), BODY_BYTES_MAX - bodyLength);
        boolean isTooLong = count < data.readableBytes();
        if (bodyLength + count > body.length) {
            body = Arrays.copyOf(body, Math.max(256, bodyLength + count));
        }
        data.getBytes(data.readerIndex(), body, bodyLength, count);
        bodyLength += count;
        if (isLast || isTooLong) {
            ChannelPromise written = lastWrite;
            boolean isAllWritten = written != null && written.isDone();
            finish(outcome(head), isLast && isAllWritten && HttpUtil.isKeepAlive(head));
        }
    }

    private Outcome outcome(HttpResponse head) {
        int status = head.status().code();
        String contentType = head.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (status >= 200 && status < 300) {
            return switch (ContentType.of(contentType)) {
                case PROTOBUF -> Answers.ofSuccess(body, 0, bodyLength);
                case JSON -> Answers.ofSuccess(ExportResponse.parseJson(body, 0, bodyLength));
                // What such a body means is not known; the peer has the records anyway.
                case GRPC, OTHER -> Outcome.DELIVERED;
            };
        }
        return Answers.ofHttp(
                status,
                head.headers().get(HttpHeaderNames.RETRY_AFTER),
                Answers.text(body, bodyLength, contentType),
                pool.clock());
    }

    private void finish(Outcome outcome, boolean isKept) {
        HttpCall done = call;
        call = null;
        response = null;
        lastWrite = null;
        served++;
        if (isKept) {
            pool.idle(this);
        } else {
            close("not kept");
        }
        if (done != null) {
            done.finish(outcome);
        }
    }

    private void end() {
        if (isEnded) {
            return;
        }
        isEnded = true;
        HttpCall open = call;
        call = null;
        pool.closed(this);
        if (open != null && open.isOpen()) {
            // A kept connection that ends before a byte of an answer had been idle for too long.
            if (served > 0 && !isAnswered && !open.needsFresh) {
                pool.sendFresh(open);
            } else {
                open.finish(unavailable(ending));
            }
        }
    }

    private static Outcome unavailable(String message) {
        return new Outcome.Retry(Outcome.Cause.UNAVAILABLE, message, 0);
    }

    private static void writeNumber(ByteBuf target, int number) {
        int digits = 1;
        for (int rest = number; rest >= 10; rest /= 10) {
            digits++;
        }
        int start = target.writerIndex();
        target.writeZero(digits);
        int rest = number;
        for (int index = digits - 1; index >= 0; index--) {
            target.setByte(start + index, '0' + rest % 10);
            rest /= 10;
        }
    }
}
