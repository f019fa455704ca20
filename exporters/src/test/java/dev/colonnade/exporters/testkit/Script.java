package dev.colonnade.exporters.testkit;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/// Decides what a backend does, and remembers what it got. Thread-safe.
public final class Script {
    private final ConcurrentLinkedQueue<Received> received = new ConcurrentLinkedQueue<>();
    private volatile Function<Received, Reply> replies;

    /// A backend that does what `replies` says.
    public Script(Function<Received, Reply> replies) {
        this.replies = replies;
    }

    /// A backend that takes everything.
    public static Script ok() {
        return new Script(_ -> Reply.OK);
    }

    /// A backend that does these in order and takes everything after.
    public static Script first(Reply... first) {
        return new Script(
                request -> request.number() < first.length ? first[request.number()] : Reply.OK);
    }

    /// Changes its mind.
    public void become(Function<Received, Reply> other) {
        replies = other;
    }

    /// What it got so far, in order.
    public java.util.List<Received> received() {
        return java.util.List.copyOf(received);
    }

    Reply reply(Received request) {
        received.add(request);
        return replies.apply(request);
    }
}
