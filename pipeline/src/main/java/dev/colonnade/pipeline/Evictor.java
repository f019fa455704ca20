package dev.colonnade.pipeline;

import dev.colonnade.storage.HybridStore;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/// Makes room by dropping the backlog of exporters whose `on_full` is `drop_oldest`, on whichever
/// loop it is.
///
/// On the caller's own loop at once; on others by a message, of which each loop has one outstanding
/// of each kind at most, while the caller's request waits or is refused.
public final class Evictor {
    private final Loops loops;
    private final List<HybridStore> stores;
    private final AtomicBoolean[] askedForMemory;
    private final AtomicBoolean[] askedForQueue;

    /// An evictor over those `stores` that have such an exporter; it may be empty.
    public Evictor(Loops loops, List<HybridStore> stores) {
        this.loops = loops;
        this.stores = List.copyOf(stores);
        askedForMemory = new AtomicBoolean[loops.count()];
        askedForQueue = new AtomicBoolean[loops.count()];
        for (int loop = 0; loop < loops.count(); loop++) {
            askedForMemory[loop] = new AtomicBoolean();
            askedForQueue[loop] = new AtomicBoolean();
        }
    }

    /// Whether anything could ever be evicted.
    boolean isEmpty() {
        return stores.isEmpty();
    }

    /// Drops at least `bytes` of what waits on `loop`, the caller's own, where there is as much.
    ///
    /// @return the bytes dropped
    long evictHere(int loop, long bytes) {
        long gone = 0;
        for (int index = 0; index < stores.size() && gone < bytes; index++) {
            gone += stores.get(index).shard(loop).evict(bytes - gone);
        }
        return gone;
    }

    /// Asks every loop but `loop` to drop `bytes`.
    void evictElsewhere(int loop, long bytes) {
        for (int other = 0; other < askedForMemory.length; other++) {
            int target = other;
            if (target != loop) {
                ask(target, askedForMemory[target], () -> evictHere(target, bytes));
            }
        }
    }

    /// Asks every loop but `loop` to make room in the queues of one store for such a request: a
    /// `queue_size` is one for all loops, and what fills it may wait on another.
    void evictQueuesElsewhere(int loop, HybridStore store, int records, int wireBytes) {
        if (!stores.contains(store)) {
            return;
        }
        for (int other = 0; other < askedForQueue.length; other++) {
            int target = other;
            if (target != loop) {
                ask(
                        target,
                        askedForQueue[target],
                        () -> store.shard(target).evictQueues(records, wireBytes));
            }
        }
    }

    private void ask(int loop, AtomicBoolean asked, Runnable eviction) {
        if (!asked.compareAndSet(false, true)) {
            return;
        }
        try {
            loops.loop(loop)
                    .execute(() -> {
                        asked.set(false);
                        eviction.run();
                    });
        } catch (RejectedExecutionException _) {
            // The loop is closed: nothing waits there any more.
            asked.set(false);
        }
    }
}
