package dev.colonnade.storage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A number that one thread writes and any thread reads, for metrics.
///
/// Opaque access: readers see some recent value and never a torn one, the writer pays a plain move.
/// Two counters that change together may be read apart; laws between them hold at rest.
public final class Counter {
    private static final VarHandle VALUE;

    static {
        try {
            VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// Written by the owning thread only.
    private long value;

    /// Adds `amount`, which may be negative where the counter is a level.
    public void add(long amount) {
        VALUE.setOpaque(this, value + amount);
    }

    /// Replaces the value.
    public void set(long level) {
        VALUE.setOpaque(this, level);
    }

    /// A recent value.
    public long get() {
        return (long) VALUE.getOpaque(this);
    }
}
