package dev.colonnade.pipeline.receiver.otlp;

/// A sender's connection as its loop's [ReceiverLoop] sees it; used on that loop.
interface Connection {
    /// Looks whether a time limit has passed, at `nowNanos` of the receiver's clock.
    void sweep(long nowNanos);

    /// Takes no new request, and closes when those under way are answered.
    void drain();

    /// Closes now, whatever is under way.
    void cut();

    /// Its place in the loop's roster.
    int rosterIndex();

    /// Sets its place in the loop's roster.
    void rosterIndex(int index);
}
