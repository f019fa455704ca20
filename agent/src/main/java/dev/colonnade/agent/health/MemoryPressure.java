package dev.colonnade.agent.health;

import dev.colonnade.storage.memory.MemoryBudget;
import java.util.Locale;
import java.util.function.LongSupplier;

/// How full the telemetry's memory is, as one of three levels.
///
/// A level is left only when it is undershot by a twentieth of the budget, so that it does not
/// flicker. Ticked by one thread, read by any.
final class MemoryPressure {
    /// The levels, in the order of the gauge's values.
    enum Level {
        /// There is room.
        NORMAL,
        /// Three quarters are in use: what is held is packed harder.
        HIGH,
        /// Nineteen twentieths are in use, or requests were refused since the last look: senders
        /// are told when to come back.
        CRITICAL;

        /// The word for it.
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final double HIGH_PART = 0.75;
    private static final double CRITICAL_PART = 0.95;
    private static final double HYSTERESIS_PART = 0.05;

    private final MemoryBudget root;
    private final LongSupplier refusals;
    private long refusedBefore;
    private volatile Level level = Level.NORMAL;

    /// The pressure on the tree below `root`.
    ///
    /// @param refusals requests refused so far because memory was full
    MemoryPressure(MemoryBudget root, LongSupplier refusals) {
        this.root = root;
        this.refusals = refusals;
    }

    /// Looks again.
    void tick() {
        long refused = refusals.getAsLong();
        level = refused > refusedBefore ? Level.CRITICAL : next(root.usedPart());
        refusedBefore = refused;
    }

    private Level next(double part) {
        double slack = part + HYSTERESIS_PART;
        return switch (level) {
            case NORMAL -> of(part);
            case HIGH -> slack < HIGH_PART ? Level.NORMAL : atLeastHigh(part);
            case CRITICAL -> slack < CRITICAL_PART ? of(part) : Level.CRITICAL;
        };
    }

    private static Level of(double part) {
        if (part >= CRITICAL_PART) {
            return Level.CRITICAL;
        }
        return part >= HIGH_PART ? Level.HIGH : Level.NORMAL;
    }

    private static Level atLeastHigh(double part) {
        return part >= CRITICAL_PART ? Level.CRITICAL : Level.HIGH;
    }

    /// The level at the last look.
    Level level() {
        return level;
    }

    /// The part of the memory in use now, from 0 to 1.
    double usedPart() {
        return root.usedPart();
    }

    /// The most that may be in use, in bytes.
    long limitBytes() {
        return root.limit();
    }
}
