package dev.colonnade.pipeline.receiver.otlp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// Where a connection's socket is read to: into the place of the body that is being read, where
/// there is one, and into a small buffer otherwise.
///
/// Netty reads as long as a read fills its buffer, so that a head and the body behind it cost two
/// reads whatever the size.
final class BodyAllocator extends DefaultMaxMessagesRecvByteBufAllocator {
    /// Heads, and small bodies whole: large enough for both, small enough that the beginning of a
    /// large body, which has to be copied, is a hundredth of it.
    static final int HEAD_BYTES = 4 << 10;

    /// What is read to be thrown away.
    private static final int DISCARD_BYTES = 64 << 10;

    private final HttpConnection connection;

    BodyAllocator(HttpConnection connection) {
        this.connection = connection;
    }

    @Override
    @SuppressWarnings("deprecation")
    public RecvByteBufAllocator.Handle newHandle() {
        return new BodyHandle();
    }

    private final class BodyHandle extends MaxMessageHandle {
        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            @Nullable ByteBuf target = connection.target();
            return target == null ? allocator.ioBuffer(guess()) : target.retain();
        }

        @Override
        public int guess() {
            return connection.isDiscarding() ? DISCARD_BYTES : HEAD_BYTES;
        }
    }
}
