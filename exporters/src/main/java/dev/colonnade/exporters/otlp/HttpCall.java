package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.exporters.delivery.Outcome;
import dev.colonnade.exporters.delivery.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import org.jspecify.annotations.Nullable;

/// One request over HTTP/1.1.
final class HttpCall implements Transport.Call, ChannelFutureListener {
    private final HttpPool pool;
    private final HttpRequestHeads heads;
    private final Frame frame;
    private Transport.@Nullable Answer answer;

    /// Where it is under way; null while it waits for a connection, and when it has ended.
    @Nullable HttpConnection connection;

    /// Whether a kept connection broke under it before, so that it gets a fresh one.
    boolean needsFresh;

    HttpCall(HttpPool pool, HttpRequestHeads heads, Frame frame, Transport.Answer answer) {
        this.pool = pool;
        this.heads = heads;
        this.frame = frame;
        this.answer = answer;
    }

    Frame frame() {
        return frame;
    }

    byte[] head() {
        return heads.of(frame.encoding(), frame.codec());
    }

    /// What follows the length in this request's head.
    byte[] moreHead() {
        return heads.of(frame);
    }

    /// Whether somebody still waits for it.
    boolean isOpen() {
        return answer != null;
    }

    @Override
    public void cancel() {
        answer = null;
        HttpConnection on = connection;
        connection = null;
        if (on != null) {
            on.close("given up");
        } else {
            pool.forget(this);
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
}
