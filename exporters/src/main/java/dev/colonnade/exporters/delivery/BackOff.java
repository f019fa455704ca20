package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.RetryConfig;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/// Whether an exporter's peer is up, and when to try again while it is not; shared by all loops of
/// the exporter.
///
/// ```
///            a request failed
///     up  ------------------------->  down, wait  <------+
///     ^                                   |              | the probe failed:
///     |      the probe succeeded          | time passed  | a longer wait
///     +-----------------------------  probe under way ---+
/// ```
///
/// A request that was under way when another failed, and succeeds, also brings the exporter up,
/// unless the peer asked it to wait: a peer that fails now and then shall not stop everything. Who
/// failed waits for its own time then.
///
/// Thread-safe. While the peer is up, nothing here is written.
final class BackOff {
    /// A peer's wish beyond this is taken as this.
    private static final long DELAY_NANOS_MAX = Duration.ofDays(1).toNanos();

    /// An interval of zero is no reason to spin.
    private static final long WAIT_NANOS_MIN = Duration.ofMillis(1).toNanos();

    /// What a request is that is no probe.
    static final long NO_PROBE = 0;

    private final RetryConfig config;
    private final RandomGenerator random;
    private final Runnable onChange;

    private volatile boolean isDown;

    /// The probe under way; [#NO_PROBE] when there is none.
    private volatile long probe;

    private volatile long nextProbeNanos;
    private volatile long recoveries;
    private final AtomicInteger held = new AtomicInteger();

    private long lastProbe = NO_PROBE;
    private boolean isThrottled;
    private double intervalNanos;

    /// @param onChange told, on the thread of whoever brought news, after the exporter came up or
    ///   the next probe was put off
    BackOff(RetryConfig config, RandomGenerator random, Runnable onChange) {
        this.config = config;
        this.random = random;
        this.onChange = onChange;
    }

    boolean isUp() {
        return !isDown;
    }

    /// Whether nobody probes and it is time to; of meaning while down.
    boolean isProbeDue(long nowNanos) {
        return probe == NO_PROBE && nowNanos - nextProbeNanos >= 0;
    }

    /// Whether a probe is under way.
    boolean isProbing() {
        return probe != NO_PROBE;
    }

    /// Whether that is the number of the probe under way.
    boolean isProbe(long number) {
        return number != NO_PROBE && number == probe;
    }

    /// When the next probe is due.
    long nextProbeNanos() {
        return nextProbeNanos;
    }

    /// How often a probe has succeeded.
    long recoveries() {
        return recoveries;
    }

    /// Counts requests that failed and wait to be sent again, on all loops: these are the ones to
    /// probe with.
    void hold(int count) {
        if (held.addAndGet(count) == 0 && isDown) {
            // Others may probe with something fresh now.
            onChange.run();
        }
    }

    /// Whether a request that failed waits to be sent again.
    boolean isHolding() {
        return held.get() > 0;
    }

    /// Makes the caller the one who probes.
    ///
    /// @return the probe's number, which goes with its outcome; [#NO_PROBE] when somebody else was
    ///   faster
    synchronized long claimProbe(long nowNanos) {
        if (!isDown || !isProbeDue(nowNanos)) {
            return NO_PROBE;
        }
        probe = ++lastProbe;
        return probe;
    }

    /// A probe ended without an answer: somebody else may go on at once.
    void abandonProbe(long number) {
        synchronized (this) {
            if (number != probe) {
                return;
            }
            probe = NO_PROBE;
        }
        onChange.run();
    }

    /// A request was answered by a peer that is able to.
    ///
    /// @param number the probe's, if it was one
    /// @return whether it was the probe and brought the exporter up
    boolean succeeded(long number) {
        if (!isDown) {
            return false;
        }
        boolean isProbe;
        synchronized (this) {
            isProbe = isProbe(number);
            if (!isDown || (isThrottled && !isProbe)) {
                return false;
            }
            isDown = false;
            isThrottled = false;
            // One that is still under way is a request like others from now on.
            probe = NO_PROBE;
            if (isProbe) {
                recoveries++;
            }
        }
        onChange.run();
        return isProbe;
    }

    /// A request failed and is to be repeated.
    ///
    /// @param number the probe's, if it was one
    /// @param wishedNanos how long the peer asks to wait; 0 when it does not say
    /// @return how long this request should wait by itself, were it the only one
    long failed(long number, int attempts, long wishedNanos, long nowNanos) {
        long delayNanos = Math.min(wishedNanos, DELAY_NANOS_MAX);
        long own;
        synchronized (this) {
            own = Math.max(jittered(intervalAfter(attempts)), delayNanos);
            if (!isDown) {
                isDown = true;
                isThrottled = delayNanos > 0;
                intervalNanos = config.initialInterval().toNanos();
                putOff(delayNanos, nowNanos);
            } else if (isProbe(number)) {
                isThrottled = delayNanos > 0;
                probe = NO_PROBE;
                putOff(delayNanos, nowNanos);
            } else if (delayNanos > 0) {
                isThrottled = true;
                long until = nowNanos + delayNanos;
                nextProbeNanos = until - nextProbeNanos > 0 ? until : nextProbeNanos;
            }
        }
        onChange.run();
        return own;
    }

    private void putOff(long delayNanos, long nowNanos) {
        nextProbeNanos = nowNanos + Math.max(jittered(intervalNanos), delayNanos);
        intervalNanos = Math.min(intervalNanos * config.multiplier(), maxNanos());
    }

    private double intervalAfter(int attempts) {
        double interval =
                config.initialInterval().toNanos()
                        * Math.pow(config.multiplier(), Math.max(0, attempts - 1));
        return Math.min(interval, maxNanos());
    }

    private long jittered(double interval) {
        double factor = config.randomizationFactor();
        double spread = factor == 0 ? 1 : 1 - factor + 2 * factor * random.nextDouble();
        return Math.max(WAIT_NANOS_MIN, (long) (interval * spread));
    }

    private double maxNanos() {
        return config.maxInterval().toNanos();
    }
}
