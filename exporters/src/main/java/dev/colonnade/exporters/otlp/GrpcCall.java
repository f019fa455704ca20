package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.exporters.delivery.Outcome;
import dev.colonnade.exporters.delivery.Transport;
import dev.colonnade.pipeline.wire.ExportResponse;
import dev.colonnade.pipeline.wire.GrpcMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One request over gRPC: on its way to a connection, then a stream of one.
final class GrpcCall implements Transport.Call, ChannelFutureListener {
    private static final int BODY_BYTES_MAX = ExportResponse.BYTES_MAX + GrpcMessage.PREFIX_BYTES;
    private static final byte[] NOTHING = {};

    private final GrpcTransport transport;
    private final Frame frame;
    private Transport.@Nullable Answer answer;

    /// Where it is under way; null while it waits for a connection, and when it has ended.
    @Nullable GrpcConnection connection;

    int streamId;

    /// Whether it was moved to another connection before: that happens once.
    boolean wasMoved;

    /// Whether the peer has begun to answer.
    boolean isAnswered;

    int httpStatus;
    boolean isGrpc;
    String contentType = "";
    private byte[] body = NOTHING;
    private int bodyLength;

    GrpcCall(GrpcTransport transport, Frame frame, Transport.Answer answer) {
        this.transport = transport;
        this.frame = frame;
        this.answer = answer;
    }

    Frame frame() {
        return frame;
    }

    /// Whether somebody still waits for it.
    boolean isOpen() {
        return answer != null;
    }

    @Override
    public void cancel() {
        answer = null;
        GrpcConnection on = connection;
        if (on != null) {
            on.abandon(this);
        } else {
            transport.forget(this);
        }
    }

    /// Tells the outcome, once.
    void finish(Outcome outcome) {
        Transport.Answer told = answer;
        answer = null;
        connection = null;
        if (told != null) {
            told.done(outcome);
        }
    }

    /// The last byte was written, or could not be.
    @Override
    public void operationComplete(ChannelFuture future) {
        Transport.Answer told = answer;
        if (told != null && future.isSuccess()) {
            told.written();
        }
    }

    /// Keeps what the peer answers, up to a limit.
    void addBody(ByteBuf data) {
        int count = Math.min(data.readableBytes(), BODY_BYTES_MAX - bodyLength);
        if (bodyLength + count > body.length) {
            body = Arrays.copyOf(body, bodyLength + count);
        }
        data.getBytes(data.readerIndex(), body, bodyLength, count);
        bodyLength += count;
    }

    /// What the answer to a success says.
    Outcome success() {
        int prefix = GrpcMessage.PREFIX_BYTES;
        if (bodyLength < prefix || body[0] != 0) {
            return new Outcome.Delivered(0, "the peer's answer cannot be read");
        }
        return Answers.ofSuccess(body, prefix, bodyLength - prefix);
    }
}
