package dev.colonnade.pipeline.receiver.otlp;

import java.util.concurrent.atomic.AtomicLong;

/// The part of the heap that open connections may take, all receivers together.
///
/// What serves a connection stands on the heap. That is small, and its exhaustion ends the process
/// with everything that it holds; so a connection for which there is no room is closed on arrival,
/// and the others go on. For all threads.
public final class ConnectionRoom {
    // A connection at rest, after a collection, took 7.7 KiB over gRPC and 2.4 over HTTP, and 4 to
    // 10 more with TLS; the rest is for requests on their way.
    static final int GRPC_BYTES = 12 << 10;
    static final int HTTP_BYTES = 4 << 10;
    static final int TLS_BYTES = 16 << 10;

    /// What the agent itself lives in.
    private static final long OWN_BYTES = 8L << 20;

    private static final long BYTES_MIN = 1L << 20;

    private final AtomicLong free;

    /// Room of so many bytes.
    ConnectionRoom(long bytes) {
        free = new AtomicLong(bytes);
    }

    /// Half of what a heap of at most `heapBytesMax` has beside the agent itself.
    public static ConnectionRoom ofHeap(long heapBytesMax) {
        return new ConnectionRoom(Math.max(BYTES_MIN, (heapBytesMax - OWN_BYTES) / 2));
    }

    /// Takes room; false when there is not enough.
    boolean take(int bytes) {
        if (free.addAndGet(-bytes) >= 0) {
            return true;
        }
        free.addAndGet(bytes);
        return false;
    }

    /// Gives back what was taken.
    void give(int bytes) {
        free.addAndGet(bytes);
    }
}
