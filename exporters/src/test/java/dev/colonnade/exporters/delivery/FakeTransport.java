package dev.colonnade.exporters.delivery;

import dev.colonnade.storage.Codec;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A protocol whose peer is the test.
final class FakeTransport implements Transport {
    /// A request that waits for the test's answer.
    final class Sent implements Call {
        private final Answer answer;
        final Frame frame;
        final byte[] bytes;
        final Codec codec;
        boolean isOpen = true;
        boolean wasCancelled;

        private Sent(Frame frame, Answer answer) {
            this.frame = frame;
            this.answer = answer;
            this.bytes = read(frame);
            codec = frame.codec();
        }

        void answer(Outcome outcome) {
            if (!isOpen) {
                throw new IllegalStateException("answered before");
            }
            isOpen = false;
            open.remove(this);
            answer.written();
            answer.done(outcome);
        }

        @Override
        public void cancel() {
            isOpen = false;
            wasCancelled = true;
            open.remove(this);
        }
    }

    /// Everything sent so far.
    final List<Sent> all = new ArrayList<>();

    /// What has no answer yet.
    final List<Sent> open = new ArrayList<>();

    boolean isClosed;

    @Override
    public Call send(Frame frame, Answer answer) {
        Sent sent = new Sent(frame, answer);
        all.add(sent);
        open.add(sent);
        return sent;
    }

    @Override
    public CompletionStage<?> close() {
        isClosed = true;
        return CompletableFuture.completedFuture(true);
    }

    private static byte[] read(Frame frame) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int index = 0; index < frame.views(); index++) {
            ByteBuf view = frame.view(index);
            byte[] bytes = new byte[view.readableBytes()];
            view.readBytes(bytes);
            view.release();
            all.writeBytes(bytes);
        }
        if (all.size() != frame.length()) {
            throw new IllegalStateException("frame length is wrong: " + frame.length());
        }
        return all.toByteArray();
    }
}
