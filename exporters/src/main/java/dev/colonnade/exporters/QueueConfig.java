package dev.colonnade.exporters;

import dev.colonnade.storage.QueueLimit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `sending_queue`: how much waits for an exporter and how many requests it has in flight.
///
/// What waits is held by the pipeline's store; `wait_for_result`, `block_on_overflow` and
/// `queue_size` are for whoever builds the store.
///
/// @param enabled when not, senders are answered after delivery
/// @param numConsumers requests in flight at once, over all loops
/// @param waitForResult senders are answered after delivery
/// @param blockOnOverflow senders wait for room rather than being refused
/// @param sizer what `queueSize` counts
/// @param queueSize the written limit; null when only the memory budget limits
/// @param batch how requests are made larger; null when they are sent at once
public record QueueConfig(
        boolean enabled,
        int numConsumers,
        boolean waitForResult,
        boolean blockOnOverflow,
        QueueLimit.Sizer sizer,
        @Nullable Long queueSize,
        @Nullable BatchConfig batch) {
    /// Requests in flight at once where the queue is off and so nobody wrote how many.
    private static final int CONSUMERS_WITHOUT_QUEUE = 128;

    /// What holds where nothing is written.
    public static final QueueConfig DEFAULT =
            new QueueConfig(true, 10, false, false, QueueLimit.Sizer.BYTES, null, null);

    /// `enabled: false`.
    public static final QueueConfig DISABLED =
            new QueueConfig(false, 10, false, false, QueueLimit.Sizer.BYTES, null, null);

    /// The same with another number of requests in flight.
    public QueueConfig withNumConsumers(int consumers) {
        return new QueueConfig(
                enabled, consumers, waitForResult, blockOnOverflow, sizer, queueSize, batch);
    }

    /// The same with batches.
    public QueueConfig withBatch(BatchConfig batches) {
        return new QueueConfig(
                enabled, numConsumers, waitForResult, blockOnOverflow, sizer, queueSize, batches);
    }

    /// How many requests may be in flight at once.
    public int requestsInFlightMax() {
        return enabled ? numConsumers : CONSUMERS_WITHOUT_QUEUE;
    }

    /// What is wrong, paths relative to `sending_queue`; nothing is checked when it is off.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (!enabled) {
            return problems;
        }
        if (numConsumers <= 0) {
            problems.add(new ConfigProblem("num_consumers", "`num_consumers` must be positive"));
        }
        if (queueSize != null && queueSize <= 0) {
            problems.add(new ConfigProblem("queue_size", "`queue_size` must be positive"));
        }
        if (batch != null) {
            ConfigProblem.addBelow("batch", batch.problems(), problems);
            if (queueSize != null && countsTheSame(batch) && batch.minSize() > queueSize) {
                problems.add(
                        new ConfigProblem(
                                "batch.min_size",
                                "`min_size` must be less than or equal to `queue_size`"));
            }
        }
        return problems;
    }

    private boolean countsTheSame(BatchConfig sizes) {
        return switch (sizes.sizer()) {
            case ITEMS -> sizer == QueueLimit.Sizer.ITEMS;
            case BYTES -> sizer == QueueLimit.Sizer.BYTES;
        };
    }
}
