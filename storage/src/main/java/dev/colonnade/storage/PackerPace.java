package dev.colonnade.storage;

/// How much of one processor the packer may take, and how long it rests for it.
///
/// The packer works in slices of about [#SLICE_NANOS] and rests after each, so that a loop that
/// shares its processor never waits longer than for a slice. Its share grows with the need: with
/// how far bytes per record are above the target, and with how full the budget is. Where the
/// process may use less than two processors the packer leaves half of that to the data path,
/// however great the need.
final class PackerPace {
    /// Long enough to be worth a switch of threads (a few microseconds), short beside the latencies
    /// that users notice.
    static final long SLICE_NANOS = 1_000_000;

    /// Nothing presses: a tenth of a processor packs 100,000 records a second.
    static final double SHARE_MIN = 0.1;

    /// The target is missed by a factor of four or more, and there is room still.
    private static final double SHARE_MISSED = 0.5;

    private static final double MISSED_FACTOR = 4;

    private static final double USED_LOW = 0.5;
    private static final double USED_HIGH = 0.9;

    private PackerPace() {}

    /// The part of one processor that the packer may have.
    ///
    /// @param missed held bytes per record as a multiple of the target
    /// @param budgetUsed 0 to 1
    /// @param processors how much of the machine the process may use
    static double share(double missed, double budgetUsed, double processors) {
        double byTarget = between(missed, 1, MISSED_FACTOR, SHARE_MISSED);
        double byBudget = between(budgetUsed, USED_LOW, USED_HIGH, 1);
        return Math.max(byTarget, byBudget) * Math.min(1, processors / 2);
    }

    /// How long to rest after a slice of `workedNanos` to keep to `share`.
    static long restNanos(long workedNanos, double share) {
        return share >= 1 ? 0 : (long) (workedNanos * (1 - share) / share);
    }

    private static double between(double value, double low, double high, double top) {
        double part = Math.clamp((value - low) / (high - low), 0.0, 1.0);
        return SHARE_MIN + part * (top - SHARE_MIN);
    }
}
