package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.data.Signal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One HTTP/1.1 connection to the sink: OTLP requests, and the sink's own pages.
///
/// Understands what OTLP clients and nginx send: a head of at most 16 KiB and a body with
/// `Content-Length`. While an answer is held back the connection is not read, so answers keep their
/// order.
// What a write or a close comes to shows as a closed channel.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpEndpoint extends ChannelInboundHandlerAdapter {
    private static final int HEAD_MAX = 16 * 1024;
    private static final int BODY_MAX = 256 * 1024 * 1024;
    private static final ByteBuf OK = ascii(head("200 OK", "application/x-protobuf", false, 0));

    private final Intake intake;
    private final Pages pages;
    private byte[] head = new byte[1024];
    private int headLength;
    private byte[] body = new byte[64 * 1024];
    private int bodyLength;
    private int bodyWanted = -1;
    private String method = "";
    private String target = "";
    private String codec = "identity";
    private boolean close;

    HttpEndpoint(Intake intake, Pages pages) {
        this.intake = intake;
        this.pages = pages;
    }

    private static ByteBuf ascii(String text) {
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(text.length())
                        .writeBytes(text.getBytes(StandardCharsets.ISO_8859_1))
                        .asReadOnly());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable() && context.channel().isActive()) {
                if (bodyWanted < 0 && !readHead(context, in)) {
                    break;
                }
                int take = Math.min(in.readableBytes(), bodyWanted - bodyLength);
                in.readBytes(body, bodyLength, take);
                bodyLength += take;
                if (bodyLength == bodyWanted) {
                    int length = bodyWanted;
                    headLength = 0;
                    bodyWanted = -1;
                    bodyLength = 0;
                    request(context, length);
                }
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    /// Moves bytes to the head until it is whole; false while it is not, or when it is bad.
    private boolean readHead(ChannelHandlerContext context, ByteBuf in) {
        while (in.isReadable()) {
            if (headLength == head.length) {
                if (headLength == HEAD_MAX) {
                    context.close();
                    return false;
                }
                head = Arrays.copyOf(head, headLength * 2);
            }
            byte b = in.readByte();
            head[headLength++] = b;
            if (b == '\n' && headLength >= 4 && head[headLength - 3] == '\n') {
                return parseHead(
                        context, new String(head, 0, headLength, StandardCharsets.ISO_8859_1));
            }
        }
        return false;
    }

    private boolean parseHead(ChannelHandlerContext context, String text) {
        String[] lines = text.split("\r\n", -1);
        String[] start = lines[0].split(" ", -1);
        long length = 0;
        codec = "identity";
        close = false;
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            String name = lines[i].substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT);
            String value = lines[i].substring(colon + 1).trim();
            switch (name) {
                case "content-length" -> length = Long.parseLong(value);
                case "content-encoding" -> codec = value.toLowerCase(Locale.ROOT);
                case "connection" -> close = value.equalsIgnoreCase("close");
                case "transfer-encoding" -> length = -1;
                default -> {}
            }
        }
        if (start.length < 3 || length < 0 || length > BODY_MAX) {
            close = true;
            respond(context, "411 Length Required", "text/plain", "", 0);
            return false;
        }
        method = start[0];
        target = start[1];
        bodyWanted = (int) length;
        if (body.length < bodyWanted) {
            body = new byte[bodyWanted];
        }
        return true;
    }

    private void request(ChannelHandlerContext context, int length) {
        Signal signal = signal(target);
        if (signal == null || !method.equals("POST")) {
            String page =
                    pages.answer(
                            method, target, new String(body, 0, length, StandardCharsets.UTF_8));
            respond(
                    context,
                    page == null ? "404 Not Found" : "200 OK",
                    "application/json",
                    page == null ? "" : page,
                    0);
            return;
        }
        Intake.Verdict verdict = intake.offer(body, 0, length, codec, signal);
        long delay = intake.delayNanos();
        switch (verdict) {
            case ACCEPT -> {
                if (delay == 0 && !close) {
                    context.write(OK.duplicate(), context.voidPromise());
                } else {
                    respond(context, "200 OK", "application/x-protobuf", "", delay);
                }
            }
            case REFUSE -> refuse(context, delay);
            case MALFORMED ->
                    respond(context, "400 Bad Request", "application/x-protobuf", "", delay);
            case HANG -> {}
            case CLOSE -> context.close();
        }
    }

    private void refuse(ChannelHandlerContext context, long delay) {
        Behaviour behaviour = intake.behaviour();
        String retry =
                behaviour.retryMillis() < 0
                        ? ""
                        : "\r\nRetry-After: " + Math.ceilDiv(behaviour.retryMillis(), 1000L);
        respond(
                context,
                behaviour.httpStatus() + " Refused" + retry,
                "application/x-protobuf",
                "",
                delay);
    }

    /// @param status the status code and text, and further header lines if any
    private void respond(
            ChannelHandlerContext context, String status, String type, String content, long delay) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        String text = head(status, type, close, bytes.length);
        ByteBuf answer = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1), bytes);
        boolean last = close;
        if (delay <= 0) {
            send(context, answer, last);
            return;
        }
        context.channel().config().setAutoRead(false);
        context.executor()
                .schedule(
                        () -> {
                            send(context, answer, last);
                            context.flush();
                            context.channel().config().setAutoRead(true);
                        },
                        delay,
                        TimeUnit.NANOSECONDS);
    }

    private static String head(String status, String type, boolean close, int length) {
        return "HTTP/1.1 "
                + status
                + "\r\nContent-Type: "
                + type
                + (close ? "\r\nConnection: close" : "")
                + "\r\nContent-Length: "
                + length
                + "\r\n\r\n";
    }

    private static void send(ChannelHandlerContext context, ByteBuf answer, boolean last) {
        if (last) {
            context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
        } else {
            context.write(answer, context.voidPromise());
        }
    }

    private static @Nullable Signal signal(String target) {
        for (Signal signal : Signal.values()) {
            if (signal.httpPath().equals(target)) {
                return signal;
            }
        }
        return null;
    }
}
