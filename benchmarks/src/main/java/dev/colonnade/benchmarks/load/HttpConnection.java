package dev.colonnade.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// OTLP/HTTP on one HTTP/1.1 connection, one request at a time.
///
/// Understands responses with `Content-Length` of at most 64 KiB; anything else drops the
/// connection, and the request counts as lost.
// What a write or a close comes to shows as a closed channel.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpConnection implements Connection {
    private static final int RESPONSE_MAX = 64 * 1024;

    private final Listener listener;
    private final Link link;
    private final byte[] response = new byte[RESPONSE_MAX];
    private int length;
    private @Nullable Call call;
    private boolean writing;
    private boolean ready;

    HttpConnection(EventLoop loop, Plan plan, Listener listener) {
        this.listener = listener;
        this.link = new Link(loop, plan, () -> new ChannelHandler[] {new Reader()}, this::lost);
        link.connect();
    }

    @Override
    public boolean hasRoom() {
        return ready && call == null && !writing;
    }

    @Override
    public void send(Call next, ByteBuf bytes) {
        Channel channel = link.channel();
        if (channel == null) {
            bytes.release();
            listener.answered(next, Answer.DISCONNECTED);
            return;
        }
        call = next;
        writing = true;
        length = 0;
        channel.write(bytes).addListener(_ -> written());
    }

    private void written() {
        writing = false;
        if (call == null && ready) {
            listener.connected();
        }
    }

    @Override
    public void flush() {
        Channel channel = link.channel();
        if (channel != null) {
            channel.flush();
        }
    }

    @Override
    public void expire(long beforeNanos) {
        Call waiting = call;
        if (waiting != null && waiting.sentNanos - beforeNanos < 0) {
            call = null;
            listener.answered(waiting, Answer.TIMEOUT);
            link.drop();
        }
    }

    @Override
    public int inFlight() {
        return call == null ? 0 : 1;
    }

    @Override
    public void close() {
        ready = false;
        link.close();
    }

    private void lost() {
        ready = false;
        writing = false;
        Call waiting = call;
        call = null;
        if (waiting != null) {
            listener.answered(waiting, Answer.DISCONNECTED);
        }
    }

    /// Gathers a response and hands it on.
    private final class Reader extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            ready = true;
            // After the link has noted its channel.
            context.executor().execute(listener::connected);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf in = (ByteBuf) message;
            try {
                int take = in.readableBytes();
                if (take > RESPONSE_MAX - length) {
                    context.close();
                    return;
                }
                in.readBytes(response, length, take);
                length += take;
            } finally {
                in.release();
            }
            parse(context);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }

        private void parse(ChannelHandlerContext context) {
            int bodyAt = endOfHead();
            if (bodyAt < 0) {
                return;
            }
            String head = new String(response, 0, bodyAt, StandardCharsets.ISO_8859_1);
            int bodyLength = 0;
            long delay = -1;
            boolean last = false;
            String[] lines = head.split("\r\n", -1);
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                String name = lines[i].substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT);
                String value = lines[i].substring(colon + 1).trim();
                switch (name) {
                    case "content-length" -> bodyLength = Integer.parseInt(value);
                    case "retry-after" -> delay = seconds(value);
                    case "connection" -> last = value.equalsIgnoreCase("close");
                    default -> {}
                }
            }
            if (length < bodyAt + bodyLength) {
                return;
            }
            answer(context, Answer.ofHttp(Integer.parseInt(head.substring(9, 12)), delay), last);
        }

        private void answer(ChannelHandlerContext context, Answer answer, boolean last) {
            Call answered = call;
            call = null;
            length = 0;
            if (last) {
                ready = false;
                context.close();
            }
            if (answered != null) {
                listener.answered(answered, answer);
            }
        }

        private int endOfHead() {
            for (int i = 3; i < length; i++) {
                if (response[i] == '\n' && response[i - 2] == '\n') {
                    return i + 1;
                }
            }
            return -1;
        }

        /// `Retry-After` in seconds; a date counts as no delay that a generator could wait for.
        private long seconds(String value) {
            try {
                return Long.parseLong(value) * 1_000_000_000L;
            } catch (NumberFormatException _) {
                return -1;
            }
        }
    }
}
