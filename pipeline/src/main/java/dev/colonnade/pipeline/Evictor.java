package dev.colonnade.pipeline;

import dev.colonnade.storage.HybridStore;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// Makes room by dropping the backlog of exporters whose `on_full` is `drop_oldest`, on whichever
/// loop it is.
///
/// On the caller's own loop at once; on others by a message, of which each loop has one outstanding
/// at most, while the caller's request waits or is refused.
public final class Evictor {
    private final Loops loops;
    private final List<HybridStore> stores;
    private final AtomicBoolean[] asked;

    /// An evictor over those `stores` that have such an exporter; it may be empty.
    public Evictor(Loops loops, List<HybridStore> stores) {
        this.loops = loops;
        this.stores = List.copyOf(stores);
        asked = new AtomicBoolean[loops.count()];
        for (int loop = 0; loop < asked.length; loop++) {
            asked[loop] = new AtomicBoolean();
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
        for (int other = 0; other < asked.length; other++) {
            int target = other;
            if (target != loop && asked[target].compareAndSet(false, true)) {
                loops.loop(target)
                        .execute(() -> {
                            asked[target].set(false);
                            evictHere(target, bytes);
                        });
            }
        }
    }
}
