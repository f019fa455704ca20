package dev.colonnade.pipeline.receiver.otlp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Netty's decoder for heads and chunks; bodies with a length go past it.
///
/// To Netty such a request has no body, so that it is ready for the next head at once; the bytes in
/// between are taken here, from what was read together with the head, or from the buffer that the
/// socket was read into directly ([BodyAllocator]), which never reaches Netty's decoder.
final class HttpDecoder extends HttpRequestDecoder {
    /// What a connection that has to wait may bring in excess before it is cut: the transport stops
    /// reading, except to look what is left of a peer that has gone.
    private static final int BLOCKED_BYTES_MAX = 256 << 10;

    private final HttpConnection connection;
    private @Nullable ChannelHandlerContext context;

    HttpDecoder(HttpConnection connection, int headerBytesMax) {
        super(
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(headerBytesMax)
                        .setMaxHeaderSize(headerBytesMax)
                        .setMaxChunkSize(Integer.MAX_VALUE));
        this.connection = connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object input) throws Exception {
        if (connection.isTarget(input)) {
            connection.onTargetRead();
            return;
        }
        if (connection.isBlocked()
                && input instanceof ByteBuf bytes
                && actualReadableBytes() + bytes.readableBytes() > BLOCKED_BYTES_MAX) {
            bytes.release();
            connection.cut();
            return;
        }
        super.channelRead(ctx, input);
    }

    /// Goes on with what was read before the connection had to wait.
    void resume() throws Exception {
        ChannelHandlerContext present = context;
        if (present != null) {
            super.channelRead(present, Unpooled.EMPTY_BUFFER);
            present.fireChannelReadComplete();
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
            throws Exception {
        if (connection.isBlocked()) {
            return;
        }
        if (connection.takesBytes()) {
            connection.onBytes(in);
            return;
        }
        connection.onHeadBytes();
        super.decode(ctx, in, out);
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        return !message.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
                && HttpUtil.getContentLength(message, 0L) > 0;
    }
}
