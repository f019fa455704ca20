package dev.colonnade.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What becomes of a request on ways with processors.
final class RouteEditorTest {
    private static final byte[] BODY = {1, 2, 3, 4};

    @Test
    void eachWayHoldsWhatItsProcessorsMadeOfTheRequest() {
        run(
                List.of(
                        List.of(),
                        List.of(append(7), append(8)),
                        List.of(end(Processor.Outcome.UNCHANGED))),
                (shard, stores) -> {
                    RowBatch batch = batch(shard);
                    assertThat(shard.offer(batch, null)).isEqualTo(Admission.ADMITTED);
                    assertThat(batch.payload().isOpen()).isFalse();
                    assertThat(delivered(stores.get(0))).containsExactly(1, 2, 3, 4);
                    assertThat(delivered(stores.get(1))).containsExactly(1, 2, 3, 4, 7, 8);
                    assertThat(delivered(stores.get(2))).containsExactly(1, 2, 3, 4);
                });
    }

    @Test
    void originalIsGivenUpWhereEveryWayChangedIt() {
        run(
                List.of(List.of(append(9))),
                (shard, stores) -> {
                    assertThat(shard.offer(batch(shard), null)).isEqualTo(Admission.ADMITTED);
                    assertThat(delivered(stores.getFirst())).containsExactly(1, 2, 3, 4, 9);
                });
    }

    @Test
    void nothingIsStoredAnywhereWhenAProcessorFindsDamageOrNoMemory() {
        for (Processor.Outcome failure :
                List.of(Processor.Outcome.MALFORMED, Processor.Outcome.REFUSED_MEMORY)) {
            run(
                    List.of(List.of(), List.of(append(7), end(failure))),
                    (shard, stores) -> {
                        RowBatch batch = batch(shard);
                        assertThat(shard.offer(batch, null))
                                .isEqualTo(
                                        failure == Processor.Outcome.MALFORMED
                                                ? Admission.MALFORMED
                                                : Admission.MEMORY_FULL);
                        assertThat(batch.payload().isOpen()).isTrue();
                        assertThat(stores).allMatch(store -> store.stored() == 0);
                        shard.release(batch.payload());
                    });
        }
    }

    private interface Body {
        void run(RouteShard shard, List<HybridStore> stores);
    }

    private static void run(List<List<Supplier<Processor>>> chains, Body body) {
        Loops loops = new Loops(1, Executors.defaultThreadFactory());
        ManualClock clock = new ManualClock();
        try (TestMemory memory = TestMemory.of(1 << 20)) {
            List<HybridStore> stores =
                    chains.stream().map(_ -> store(memory, clock, chains.size())).toList();
            List<Way> ways = new ArrayList<>();
            for (int index = 0; index < chains.size(); index++) {
                ways.add(new Way(stores.get(index), chains.get(index)));
            }
            Route route =
                    Route.along(ways, Signal.LOGS, memory.loops(), new Evictor(loops, List.of()));
            assertThat(route.isEdited()).isTrue();
            body.run(route.shard(0), stores);
            for (HybridStore store : stores) {
                store.shard(0).abandon();
                store.shard(0).close();
            }
            route.shard(0).close();
        } finally {
            loops.close().syncUninterruptibly();
        }
    }

    private static HybridStore store(TestMemory memory, ManualClock clock, int number) {
        MemoryBudget budget = memory.budget("logs/" + number);
        return new HybridStore(
                new StoreConfig(
                        "logs",
                        Signal.LOGS,
                        budget,
                        Durability.MEMORY,
                        List.of(new CursorConfig("out", OnFull.REFUSE, null))),
                memory.loops(),
                clock);
    }

    private static RowBatch batch(RouteShard shard) {
        RowBatch batch = new RowBatch();
        assertThat(shard.reserve(batch.payload(), BODY.length)).isTrue();
        Batches.fill(batch.payload(), BODY);
        batch.describe(Codec.IDENTITY, BODY.length, 2, 0, 0);
        return batch;
    }

    private static byte[] delivered(HybridStore store) {
        @Nullable Lease lease =
                store.shard(0).cursor(0).take(Long.MAX_VALUE, Integer.MAX_VALUE, true);
        if (lease == null) {
            throw new AssertionError("nothing was stored");
        }
        assertThat(lease.records()).isEqualTo(2);
        byte[] bytes = new byte[lease.length(0)];
        OffHeap.copy(lease.address(0), bytes, 0, bytes.length);
        lease.ack();
        return bytes;
    }

    private static Supplier<Processor> append(int value) {
        return () ->
                (_, address, length, _, target, grower) -> {
                    assertThat(grower.grow(target, 2)).isTrue();
                    assertThat(grower.grow(target, length + 1)).isTrue();
                    target.append(address, length);
                    write(target, value);
                    return Processor.Outcome.CHANGED;
                };
    }

    private static void write(Extent target, int value) {
        OffHeap.putByte(target.address() + target.length(), (byte) value);
        target.advance(1);
    }

    private static Supplier<Processor> end(Processor.Outcome outcome) {
        return () -> (_, _, _, _, _, _) -> outcome;
    }
}
