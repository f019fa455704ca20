package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Endpoint;
import dev.colonnade.pipeline.tls.Tls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Brings a new connection to where its protocol can begin: through the proxy's tunnel, through the
/// TLS handshake. Then it removes itself.
final class ConnectHandler extends ChannelInboundHandlerAdapter {
    private static final int SETUP_MILLIS_MAX = 10_000;
    private static final int PROXY_ANSWER_BYTES_MAX = 8192;

    /// The end of a head, CR LF CR LF, as a big-endian integer.
    private static final int HEAD_END = 0x0d0a_0d0a;

    private final Endpoint target;
    private final @Nullable HttpProxy proxy;
    private final @Nullable Tls tls;
    private final String serverName;
    private final SocketAddress address;
    private ClientConnector.@Nullable Connected waiter;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable ByteBuf proxyAnswer;

    /// @param proxy the proxy to ask for a tunnel; null for none
    ConnectHandler(
            Endpoint target,
            @Nullable HttpProxy proxy,
            @Nullable Tls tls,
            String serverName,
            SocketAddress address,
            ClientConnector.Connected waiter) {
        this.target = target;
        this.proxy = proxy;
        this.tls = tls;
        this.serverName = serverName;
        this.address = address;
        this.waiter = waiter;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        deadline =
                context.executor()
                        .schedule(
                                () -> fail(context.channel(), "not ready in time"),
                                SETUP_MILLIS_MAX,
                                TimeUnit.MILLISECONDS);
        if (proxy != null) {
            proxyAnswer = context.alloc().buffer(256);
            askForTunnel(context, proxy);
        } else {
            secure(context);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf answer = proxyAnswer;
        if (answer == null || !(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
            return;
        }
        try {
            int room = PROXY_ANSWER_BYTES_MAX - answer.readableBytes();
            answer.writeBytes(bytes, Math.min(room, bytes.readableBytes()));
        } finally {
            ReferenceCountUtil.release(bytes);
        }
        readProxyAnswer(context, answer);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                ready(context);
            } else {
                fail(context.channel(), "TLS handshake failed: " + handshake.cause());
            }
            return;
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(context.channel(), "closed by the peer before it was ready");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(context.channel(), String.valueOf(cause));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
    }

    /// Ends the connection and says why, once.
    void fail(Channel channel, String message) {
        ClientConnector.Connected told = waiter;
        waiter = null;
        end();
        ChannelFuture _ = channel.close();
        if (told != null) {
            told.failed("cannot connect to " + target.hostAndPort() + where() + ": " + message);
        }
    }

    private String where() {
        if (!(address instanceof InetSocketAddress at)) {
            return "";
        }
        String ip = at.getAddress() == null ? "" : at.getAddress().getHostAddress();
        return ip.equals(target.host()) ? "" : " at " + ip + ":" + at.getPort();
    }

    private void askForTunnel(ChannelHandlerContext context, HttpProxy asked) {
        StringBuilder head = new StringBuilder(128);
        head.append("CONNECT ").append(target.hostAndPort()).append(" HTTP/1.1\r\nHost: ");
        head.append(target.hostAndPort()).append("\r\n");
        if (asked.authorization() != null) {
            head.append("Proxy-Authorization: ").append(asked.authorization()).append("\r\n");
        }
        head.append("\r\n");
        ChannelFuture _ = context.writeAndFlush(ByteBufUtil.writeUtf8(context.alloc(), head));
    }

    private void readProxyAnswer(ChannelHandlerContext context, ByteBuf answer) {
        int end = endOfHead(answer);
        if (end < 0) {
            if (answer.readableBytes() >= PROXY_ANSWER_BYTES_MAX) {
                fail(context.channel(), "the proxy's answer is too long");
            }
            return;
        }
        String status = answer.toString(0, Math.min(end, 64), StandardCharsets.ISO_8859_1);
        int line = status.indexOf('\r');
        status = line < 0 ? status : status.substring(0, line);
        if (!status.startsWith("HTTP/1.") || !status.contains(" 200")) {
            fail(context.channel(), "the proxy refuses: " + Texts.printable(status));
            return;
        }
        answer.skipBytes(end + Integer.BYTES);
        if (tls != null && answer.isReadable()) {
            fail(context.channel(), "the proxy sent something into the tunnel");
            return;
        }
        proxyAnswer = null;
        secure(context);
        if (answer.isReadable()) {
            context.fireChannelRead(answer);
        } else {
            answer.release();
        }
    }

    private static int endOfHead(ByteBuf answer) {
        for (int at = 0; at + Integer.BYTES <= answer.writerIndex(); at++) {
            if (answer.getInt(at) == HEAD_END) {
                return at;
            }
        }
        return -1;
    }

    private void secure(ChannelHandlerContext context) {
        if (tls == null) {
            ready(context);
            return;
        }
        SslHandler handler = tls.newHandler(context.alloc(), serverName, target.port());
        handler.setHandshakeTimeoutMillis(SETUP_MILLIS_MAX);
        context.pipeline().addFirst(handler);
    }

    /// Whatever comes from now on is for the handlers that the waiter adds behind this one.
    private void ready(ChannelHandlerContext context) {
        ClientConnector.Connected told = waiter;
        waiter = null;
        end();
        if (told == null) {
            return;
        }
        told.connected(context.channel());
        context.pipeline().remove(this);
    }

    private void end() {
        ScheduledFuture<?> timer = deadline;
        if (timer != null) {
            timer.cancel(false);
            deadline = null;
        }
        ByteBuf answer = proxyAnswer;
        if (answer != null) {
            proxyAnswer = null;
            answer.release();
        }
    }
}
