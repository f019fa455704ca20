package dev.colonnade.storage.memory;

import java.util.OptionalLong;

/// How a process divides the memory it may use: the fixed reserve of the runtime, and the rest,
/// which is the telemetry's budget.
///
/// @param limitBytes what the container allows; where nothing limits it, reserve and budget
///   together
/// @param reserveBytes what the runtime needs beside telemetry: heap, metaspace, code, stacks,
///   sockets
/// @param budgetBytes the root of the budget tree
public record MemoryPlan(long limitBytes, long reserveBytes, long budgetBytes) {
    /// The smallest budget that can receive, hold and send at once.
    public static final long BUDGET_BYTES_MIN = 8L << 20;

    /// Where nothing limits the process and nothing was configured, telemetry gets a quarter of the
    /// machine, and no more than this.
    public static final long UNLIMITED_BUDGET_BYTES_MAX = 1L << 30;

    private static final long MACHINE_BYTES_ASSUMED = 4L << 30;

    /// Plans for what the container allows.
    ///
    /// @param configuredBytes `storage.memory`, where it was written
    /// @throws IllegalArgumentException when there is too little memory, or more is configured than
    ///   the limit leaves; the message names the minimum
    public static MemoryPlan of(
            ContainerMemory container, long reserveBytes, OptionalLong configuredBytes) {
        OptionalLong limit = container.limitBytes();
        if (limit.isEmpty()) {
            long machine = container.machineBytes().orElse(MACHINE_BYTES_ASSUMED);
            if (configuredBytes.isPresent() && container.machineBytes().isPresent()) {
                checkLeft(configuredBytes.getAsLong(), "machine", machine, reserveBytes);
            }
            long budget = configuredBytes.orElse(Math.min(machine / 4, UNLIMITED_BUDGET_BYTES_MAX));
            return checked(budget + reserveBytes, reserveBytes, budget);
        }
        long left = limit.getAsLong() - reserveBytes;
        long budget = configuredBytes.orElse(left);
        checkLeft(budget, "container", limit.getAsLong(), reserveBytes);
        return checked(limit.getAsLong(), reserveBytes, Math.min(budget, left));
    }

    /// The budget that keeps the process below its limit when the runtime was measured to use
    /// `runtimeBytes`: the planned one while the reserve holds, less where it is overrun.
    public long correctedBudgetBytes(long runtimeBytes) {
        long overrun = Math.max(0, runtimeBytes - reserveBytes);
        return Math.max(BUDGET_BYTES_MIN / 2, budgetBytes - overrun);
    }

    /// Where less than the minimum is left, the message about that is the better one.
    private static void checkLeft(long budget, String owner, long limit, long reserve) {
        long left = limit - reserve;
        if (budget > left && left >= BUDGET_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "storage.memory is more than the "
                            + owner
                            + " leaves: storage.memory="
                            + budget
                            + ", limit="
                            + limit
                            + ", runtime="
                            + reserve
                            + ", left="
                            + left);
        }
    }

    private static MemoryPlan checked(long limit, long reserve, long budget) {
        if (budget < BUDGET_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "not enough memory for telemetry: budget="
                            + budget
                            + ", needed="
                            + BUDGET_BYTES_MIN
                            + ", limit="
                            + limit
                            + ", runtime="
                            + reserve
                            + "; give the container at least "
                            + (reserve + BUDGET_BYTES_MIN)
                            + " bytes");
        }
        return new MemoryPlan(limit, reserve, budget);
    }
}
