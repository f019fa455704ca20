package dev.colonnade.exporters;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// `retry_on_failure`: how long an exporter waits between attempts, and for how long it tries.
///
/// @param enabled whether failed requests are tried again; when not, they are dropped as expired
/// @param initialInterval the first wait
/// @param randomizationFactor how much of each wait is random, 0 to 1
/// @param multiplier by how much the wait grows with each failure
/// @param maxInterval the longest wait
/// @param maxElapsedTime after how long a request is given up and dropped as expired, from its
///   first attempt; zero means never
public record RetryConfig(
        boolean enabled,
        Duration initialInterval,
        double randomizationFactor,
        double multiplier,
        Duration maxInterval,
        Duration maxElapsedTime) {
    /// What holds where nothing is written: the Collector's values, but nothing is ever given up.
    public static final RetryConfig DEFAULT =
            new RetryConfig(
                    true, Duration.ofSeconds(5), 0.5, 1.5, Duration.ofSeconds(30), Duration.ZERO);

    /// Without retries.
    public static final RetryConfig DISABLED =
            new RetryConfig(
                    false,
                    DEFAULT.initialInterval,
                    DEFAULT.randomizationFactor,
                    DEFAULT.multiplier,
                    DEFAULT.maxInterval,
                    DEFAULT.maxElapsedTime);

    /// The same with another first and longest wait.
    public RetryConfig withIntervals(Duration initial, Duration max) {
        return new RetryConfig(
                enabled, initial, randomizationFactor, multiplier, max, maxElapsedTime);
    }

    /// The same with another end to trying.
    public RetryConfig withMaxElapsedTime(Duration elapsed) {
        return new RetryConfig(
                enabled, initialInterval, randomizationFactor, multiplier, maxInterval, elapsed);
    }

    /// The same with another part of chance.
    public RetryConfig withRandomizationFactor(double factor) {
        return new RetryConfig(
                enabled, initialInterval, factor, multiplier, maxInterval, maxElapsedTime);
    }

    /// The same with another growth of waits.
    public RetryConfig withMultiplier(double factor) {
        return new RetryConfig(
                enabled, initialInterval, randomizationFactor, factor, maxInterval, maxElapsedTime);
    }

    /// What is wrong, paths relative to `retry_on_failure`; nothing is checked when it is off.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (!enabled) {
            return problems;
        }
        if (initialInterval.isNegative()) {
            problems.add(new ConfigProblem("initial_interval", "must be non-negative"));
        }
        if (!(randomizationFactor >= 0 && randomizationFactor <= 1)) {
            problems.add(new ConfigProblem("randomization_factor", "must be within [0, 1]"));
        }
        if (!(multiplier >= 0)) {
            problems.add(new ConfigProblem("multiplier", "must be non-negative"));
        }
        if (maxInterval.isNegative()) {
            problems.add(new ConfigProblem("max_interval", "must be non-negative"));
        }
        if (maxElapsedTime.isNegative()) {
            problems.add(new ConfigProblem("max_elapsed_time", "must be non-negative"));
        } else if (!maxElapsedTime.isZero()) {
            if (maxElapsedTime.compareTo(initialInterval) < 0) {
                problems.add(
                        new ConfigProblem(
                                "max_elapsed_time", "must not be less than `initial_interval`"));
            }
            if (maxElapsedTime.compareTo(maxInterval) < 0) {
                problems.add(
                        new ConfigProblem(
                                "max_elapsed_time", "must not be less than `max_interval`"));
            }
        }
        return problems;
    }
}
