package dev.colonnade.benchmarks.load;

import io.netty.buffer.ByteBuf;

/// A connection to the target that comes back after it was lost. Used by the event loop only.
interface Connection {
    /// Whether one more request may be sent now.
    boolean hasRoom();

    /// Sends a request; `bytes` belongs to the connection from here on. Needs [#hasRoom()] and a
    /// later [#flush()].
    void send(Call call, ByteBuf bytes);

    /// Pushes out what was sent.
    void flush();

    /// Gives up requests sent before `beforeNanos`.
    void expire(long beforeNanos);

    /// Requests in flight.
    int inFlight();

    /// Closes for good.
    void close();

    /// Who hears of answers.
    interface Listener {
        /// The connection is up for the first time or again.
        void connected();

        /// A request has its answer, or never will.
        void answered(Call call, Answer answer);
    }
}
