package dev.colonnade.exporters.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.testkit.Rig;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what other threads bring about and nobody tells.
final class Until {
    private static final long LOOK_NANOS = 100_000;

    private Until() {}

    static void holds(BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(Rig.SECONDS_MAX);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - until).isNegative();
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
