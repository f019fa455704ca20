package dev.colonnade.pipeline.processor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The `memory_limiter` processor of the OpenTelemetry Collector, as settings.
///
/// There is nothing to watch here: memory is reserved before it is used, so that the limit holds by
/// itself. The processor's limit becomes a cap of the process's memory budget. The spike limits
/// leave room for what the Collector allocates between two looks, and the intervals say how often
/// it looks and collects garbage; they are checked as the Collector checks them and have no effect.
///
/// @param checkInterval how often the Collector measures; must be positive, as there
/// @param limitMib the limit in MiB; zero: by percentage
/// @param spikeLimitMib in MiB; zero: a fifth of the limit
/// @param limitPercentage the limit in percent of the container's or machine's memory; taken where
///   `limitMib` is zero
/// @param spikeLimitPercentage in percent of that memory
public record MemoryLimiterConfig(
        Duration checkInterval,
        long limitMib,
        long spikeLimitMib,
        long limitPercentage,
        long spikeLimitPercentage) {
    /// What the Collector takes for keys that are not written; not valid, as there.
    public static final MemoryLimiterConfig DEFAULT =
            new MemoryLimiterConfig(Duration.ZERO, 0, 0, 0, 0);

    /// The keys of garbage collection intervals that are accepted and mean nothing here.
    public static final List<String> KEYS_WITHOUT_EFFECT =
            List.of(
                    "min_gc_interval_when_soft_limited",
                    "min_gc_interval_when_hard_limited",
                    "max_gc_interval_when_soft_limited",
                    "max_gc_interval_when_hard_limited");

    private static final long MIB = 1L << 20;
    private static final long LIMIT_MIB_MAX = 0xffff_ffffL;

    /// Everything that is wrong; empty when nothing is.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (checkInterval.isNegative() || checkInterval.isZero()) {
            add(problems, "'check_interval' must be greater than zero");
        }
        if (limitMib == 0 && limitPercentage == 0) {
            add(problems, "'limit_mib' or 'limit_percentage' must be greater than zero");
        }
        if (isOutside(limitPercentage, 100) || isOutside(spikeLimitPercentage, 100)) {
            add(
                    problems,
                    "'limit_percentage' and 'spike_limit_percentage' must be greater than zero and"
                            + " less than or equal to hundred");
        }
        if (isOutside(limitMib, LIMIT_MIB_MAX) || isOutside(spikeLimitMib, LIMIT_MIB_MAX)) {
            add(problems, "'limit_mib' and 'spike_limit_mib' must be between 0 and 4294967295");
        }
        if (limitMib > 0 && limitMib <= spikeLimitMib) {
            add(problems, "'spike_limit_mib' must be smaller than 'limit_mib'");
        }
        if (limitMib == 0 && limitPercentage > 0 && limitPercentage <= spikeLimitPercentage) {
            add(problems, "'spike_limit_percentage' must be smaller than 'limit_percentage'");
        }
        return problems;
    }

    /// The cap that this puts on the process's memory, in bytes.
    ///
    /// @param memoryBytes what the container or machine has
    public long capBytes(long memoryBytes) {
        if (limitMib > 0) {
            return Math.min(limitMib * MIB, memoryBytes);
        }
        return memoryBytes / 100 * limitPercentage + memoryBytes % 100 * limitPercentage / 100;
    }

    private static boolean isOutside(long value, long max) {
        return value < 0 || value > max;
    }

    private static void add(List<ConfigProblem> problems, String message) {
        problems.add(new ConfigProblem("", message));
    }
}
