package dev.colonnade.exporters.delivery;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/// Says what goes wrong with an exporter, each cause once and then not more than every 30 s, with
/// how often it happened meanwhile; and when it is over.
///
/// Shared by the exporter's loops; called only when something failed, or the first time after.
public final class FailureLog {
    /// What can go wrong; what is told apart when repeats are counted.
    public enum Kind {
        /// The peer cannot be reached or is not able.
        UNAVAILABLE,
        /// The peer asks to send less.
        THROTTLED,
        /// The peer does not answer.
        TIMEOUT,
        /// The peer refuses whatever is sent.
        CONFIGURATION,
        /// Records were dropped that the peer refuses.
        REJECTED,
        /// Records were dropped that could not be delivered in the time given.
        EXPIRED,
        /// The peer said something odd with a success.
        WARNING
    }

    private static final long REPEAT_NANOS = Duration.ofSeconds(30).toNanos();

    private final String exporter;
    private final System.Logger logger;
    private final Map<Kind, Repeat> repeats = new EnumMap<>(Kind.class);
    private long failures;
    private boolean isSaid;
    private long failingSinceNanos;
    private String lastFailure = "";

    /// A log for the exporter with that id.
    public FailureLog(String exporter, System.Logger logger) {
        this.exporter = exporter;
        this.logger = logger;
    }

    /// An attempt failed and will be repeated.
    synchronized void retrying(Outcome.Retry outcome, long nowNanos) {
        if (failures++ == 0) {
            failingSinceNanos = nowNanos;
        }
        lastFailure = outcome.message();
        Kind kind =
                switch (outcome.cause()) {
                    case UNAVAILABLE -> Kind.UNAVAILABLE;
                    case THROTTLED -> Kind.THROTTLED;
                    case TIMEOUT -> Kind.TIMEOUT;
                    case CONFIGURATION -> Kind.CONFIGURATION;
                };
        isSaid |=
                say(
                        System.Logger.Level.WARNING,
                        kind,
                        "cannot deliver, will try again",
                        1,
                        outcome.message(),
                        nowNanos);
    }

    /// Why the last attempt failed; empty when none has.
    public synchronized String lastFailure() {
        return lastFailure;
    }

    /// Records were dropped.
    synchronized void dropped(Kind kind, long records, String message, long nowNanos) {
        say(System.Logger.Level.ERROR, kind, "dropped records", records, message, nowNanos);
    }

    /// Something odd that did no harm.
    synchronized void warned(String message, long nowNanos) {
        say(
                System.Logger.Level.WARNING,
                Kind.WARNING,
                "delivered with a warning",
                1,
                message,
                nowNanos);
    }

    /// The exporter came up again; said only where the failure was.
    synchronized void recovered(long nowNanos) {
        if (!isSaid) {
            return;
        }
        logger.log(
                System.Logger.Level.INFO,
                "delivering again: exporter="
                        + exporter
                        + ", failures="
                        + failures
                        + ", seconds="
                        + Duration.ofNanos(nowNanos - failingSinceNanos).toSeconds());
        failures = 0;
        isSaid = false;
    }

    private boolean say(
            System.Logger.Level level,
            Kind kind,
            String what,
            long count,
            String message,
            long nowNanos) {
        Repeat repeat = repeats.get(kind);
        if (repeat != null && nowNanos - repeat.saidNanos < REPEAT_NANOS) {
            repeat.count += count;
            return false;
        }
        long total = count;
        if (repeat == null) {
            repeat = new Repeat();
            repeats.put(kind, repeat);
        } else {
            total += repeat.count;
        }
        repeat.count = 0;
        repeat.saidNanos = nowNanos;
        logger.log(
                level, what + ": exporter=" + exporter + ", count=" + total + ", cause=" + message);
        return true;
    }

    /// How often something was not said since it was said.
    private static final class Repeat {
        private long count;
        private long saidNanos;
    }
}
