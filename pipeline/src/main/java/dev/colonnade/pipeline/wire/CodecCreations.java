package dev.colonnade.pipeline.wire;

import java.util.concurrent.atomic.LongAdder;

/// How many native codecs this process has made. They are made when a loop first meets a codec and
/// kept; a number that rises under steady load is a fault.
public final class CodecCreations {
    private static final LongAdder COUNT = new LongAdder();

    private CodecCreations() {}

    /// Codecs made so far; for any thread.
    public static long count() {
        return COUNT.sum();
    }

    static void add() {
        COUNT.increment();
    }
}
