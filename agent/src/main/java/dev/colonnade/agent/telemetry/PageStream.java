package dev.colonnade.agent.telemetry;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// The answer to one request, written piece by piece; the last one on its connection.
///
/// A piece is 64 KiB and the next one waits for it, so that a client that reads slowly keeps no
/// more than that. A client that went away, or is not through when its time is over, is an
/// exception to whoever writes. Ends by [#answer], [#close] or [#abort], of which the first counts.
/// What writes may be any thread but the server's loop, one at a time.
@SuppressWarnings("FutureReturnValueIgnored") // of writes and closes whose end nobody waits for
public final class PageStream extends OutputStream {
    private static final int PIECE_BYTES = 64 << 10;

    private final Channel channel;
    private final HttpVersion version;
    private final Future<?> timer;
    private byte[] piece = {};
    private int length;
    private String contentType = "application/octet-stream";
    private boolean hasBegun;
    private boolean hasEnded;

    PageStream(ChannelHandlerContext context, HttpVersion version, Duration limit) {
        channel = context.channel();
        this.version = version;
        timer =
                context.executor()
                        .schedule(() -> channel.close(), limit.toNanos(), TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(_ -> timer.cancel(false));
    }

    /// Says what it will be, before the first byte.
    public PageStream as(String type) {
        contentType = type;
        return this;
    }

    /// Whether nothing was sent yet, so that something else can be answered.
    public boolean isUnsent() {
        return !hasBegun;
    }

    /// Whether there is somebody who reads.
    public boolean isOpen() {
        return channel.isActive() && !hasEnded;
    }

    /// Answers with a page in place of what was written, while [#isUnsent]; else as [#abort].
    public void answer(Page page) {
        if (hasBegun) {
            abort();
        }
        if (hasEnded) {
            return;
        }
        hasEnded = true;
        FullHttpResponse response = PageServer.Handler.response(page);
        HttpUtil.setContentLength(response, response.content().readableBytes());
        HttpUtil.setKeepAlive(response, false);
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        if (piece.length == 0) {
            piece = new byte[PIECE_BYTES];
        }
        int done = 0;
        while (done < count) {
            if (length == piece.length) {
                send();
            }
            int part = Math.min(count - done, piece.length - length);
            System.arraycopy(bytes, offset + done, piece, length, part);
            length += part;
            done += part;
        }
    }

    /// Sends the rest and says that this was all.
    @Override
    public void close() throws IOException {
        if (hasEnded) {
            return;
        }
        send();
        hasEnded = true;
        await(channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
        channel.close();
    }

    /// Closes the connection so that the client sees that something is missing.
    public void abort() {
        hasEnded = true;
        channel.close();
    }

    private void send() throws IOException {
        if (hasEnded) {
            throw new IOException("answer has ended");
        }
        if (!hasBegun) {
            hasBegun = true;
            channel.write(head());
        }
        int count = length;
        length = 0;
        await(
                channel.writeAndFlush(
                        new DefaultHttpContent(Unpooled.wrappedBuffer(piece, 0, count))));
    }

    private HttpResponse head() {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
        HttpUtil.setTransferEncodingChunked(head, version.compareTo(HttpVersion.HTTP_1_1) >= 0);
        HttpUtil.setKeepAlive(head, false);
        return head;
    }

    /// Waits until a piece is with the system; that ends when the connection does.
    private static void await(ChannelFuture written) throws IOException {
        written.awaitUninterruptibly();
        if (!written.isSuccess()) {
            throw new IOException("client does not read", written.cause());
        }
    }
}
