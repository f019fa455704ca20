package dev.colonnade.pipeline.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.Evictor;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.TestMemory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Waiting for room, by hand: the test is the loop, its timer and its clock.
final class AdmissionTest {
    private static final int SLAB = 1 << 20;
    private static final long SECOND = 1_000_000_000L;
    private static final int WAITERS_MAX = 3;

    private final TestMemory memory = TestMemory.of(8L * SLAB, 1, 0);
    private final MemoryBudget budget = memory.budget("logs", 2L * SLAB + (64 << 10));
    private final MemoryBudget other = memory.budget("traces", 2L * SLAB);
    private final ManualClock clock = new ManualClock();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Queue<Runnable> ticks = new ArrayDeque<>();
    private final Loops loops = new Loops(1, Thread.ofPlatform().daemon().factory());
    private final List<HybridStore> stores = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final RouteShard logs = route(Signal.LOGS, budget);
    private final RouteShard traces = route(Signal.TRACES, other);
    private final Admission admission =
            new Admission(WAITERS_MAX, clock, tasks::add, (_, task) -> ticks.add(task));

    /// A request that tells how its wait ended.
    private final class Request implements Admission.Waiter {
        private final String name;
        private final Admission.Seat seat = new Admission.Seat(this);
        private final Extent extent = new Extent();

        Request(String name) {
            this.name = name;
        }

        Admission.Answer reserve(RouteShard route, long waitNanos) {
            return admission.reserve(seat, route, extent, SLAB, waitNanos);
        }

        @Override
        public void onRoom() {
            told.add(name + " has room");
        }

        @Override
        public void onNoRoom() {
            told.add(name + " has none");
        }
    }

    private RouteShard route(Signal signal, MemoryBudget charged) {
        StoreConfig config =
                new StoreConfig(
                        signal.label(),
                        signal,
                        charged,
                        Durability.MEMORY,
                        List.of(new CursorConfig("out", OnFull.REFUSE, null)));
        HybridStore store = new HybridStore(config, memory.loops(), clock);
        stores.add(store);
        return new Route(signal, List.of(store), memory.loops(), new Evictor(loops, List.of()))
                .shard(0);
    }

    @BeforeEach
    void hearsOfReleases() {
        memory.root().onRelease(admission::wake);
    }

    @AfterEach
    void leaksNothing() {
        logs.close();
        traces.close();
        stores.forEach(store -> store.shard(0).close());
        loops.close().awaitUninterruptibly();
        memory.close();
    }

    private void release(Request... requests) {
        for (Request request : requests) {
            if (request.extent.isOpen()) {
                logs.release(request.extent);
            }
        }
    }

    private void run(Queue<Runnable> queue) {
        List<Runnable> due = new ArrayList<>(queue);
        queue.clear();
        due.forEach(Runnable::run);
    }

    @Test
    void reservesAtOnceWhileThereIsRoom() {
        Request first = new Request("first");
        assertThat(first.reserve(logs, SECOND)).isEqualTo(Admission.Answer.RESERVED);
        assertThat(first.extent.capacity()).isEqualTo(SLAB);
        assertThat(ticks).isEmpty();
        release(first);
    }

    @Test
    void wakesTheFirstInLineWhenSomethingIsReleased() {
        Request first = new Request("first");
        Request second = new Request("second");
        Request third = new Request("third");
        Request fourth = new Request("fourth");
        first.reserve(logs, SECOND);
        second.reserve(logs, SECOND);
        assertThat(third.reserve(logs, SECOND)).isEqualTo(Admission.Answer.WAITING);
        assertThat(fourth.reserve(logs, SECOND)).isEqualTo(Admission.Answer.WAITING);
        assertThat(third.extent.isOpen()).isFalse();
        assertThat(admission.waiters()).isEqualTo(2);
        release(first);
        assertThat(told).isEmpty();
        assertThat(tasks).hasSize(1);
        run(tasks);
        assertThat(told).containsExactly("third has room");
        assertThat(third.extent.isOpen()).isTrue();
        release(second);
        run(tasks);
        assertThat(told).containsExactly("third has room", "fourth has room");
        assertThat(admission.waiters()).isZero();
        release(third, fourth);
        assertThat(tasks).isEmpty();
    }

    @Test
    void nobodyOvertakesInALine() {
        Request first = new Request("first");
        Request second = new Request("second");
        Request third = new Request("third");
        Request small = new Request("small");
        first.reserve(logs, SECOND);
        second.reserve(logs, SECOND);
        third.reserve(logs, SECOND);
        assertThat(admission.reserve(small.seat, logs, small.extent, 100, SECOND))
                .isEqualTo(Admission.Answer.WAITING);
        release(second);
        run(tasks);
        assertThat(told).containsExactly("third has room", "small has room");
        release(first, third, small);
    }

    @Test
    void linesOfOtherSignalsGoOn() {
        Request first = new Request("first");
        Request second = new Request("second");
        Request third = new Request("third");
        Request trace = new Request("trace");
        first.reserve(logs, SECOND);
        second.reserve(logs, SECOND);
        third.reserve(logs, SECOND);
        assertThat(trace.reserve(traces, SECOND)).isEqualTo(Admission.Answer.RESERVED);
        admission.cancel(third.seat);
        assertThat(admission.waiters()).isZero();
        release(first, second);
        traces.release(trace.extent);
    }

    @Test
    void endsWaitsThatTakeTooLong() {
        Request first = new Request("first");
        Request second = new Request("second");
        Request third = new Request("third");
        Request fourth = new Request("fourth");
        first.reserve(logs, SECOND);
        second.reserve(logs, SECOND);
        third.reserve(logs, SECOND);
        fourth.reserve(logs, SECOND / 2);
        assertThat(ticks).hasSize(1);
        clock.advance(Duration.ofMillis(500));
        run(ticks);
        assertThat(told).containsExactly("fourth has none");
        clock.advance(Duration.ofMillis(499));
        run(ticks);
        assertThat(told).hasSize(1);
        clock.advance(Duration.ofMillis(1));
        run(ticks);
        assertThat(told).containsExactly("fourth has none", "third has none");
        assertThat(ticks).isEmpty();
        release(first, second);
    }

    @Test
    void findsRoomThatNoBudgetTellsOf() {
        Request small = new Request("small");
        Request large = new Request("large");
        Request first = new Request("first");
        Request second = new Request("second");
        admission.reserve(small.seat, logs, small.extent, 30_000, SECOND);
        first.reserve(logs, SECOND);
        second.reserve(logs, SECOND);
        assertThat(admission.reserve(large.seat, logs, large.extent, 60_000, SECOND))
                .isEqualTo(Admission.Answer.WAITING);
        logs.release(small.extent);
        run(tasks);
        run(ticks);
        assertThat(told).containsExactly("large has room");
        release(first, second, large);
    }

    @Test
    void refusesWhenTheLineIsFullOrThereIsNoTime() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 2 + WAITERS_MAX; i++) {
            Request request = new Request("" + i);
            requests.add(request);
            request.reserve(logs, SECOND);
        }
        Request late = new Request("late");
        assertThat(late.reserve(logs, SECOND)).isEqualTo(Admission.Answer.FULL);
        admission.cancel(requests.getLast().seat);
        assertThat(late.reserve(logs, 0)).isEqualTo(Admission.Answer.FULL);
        assertThat(late.reserve(logs, 1)).isEqualTo(Admission.Answer.WAITING);
        requests.forEach(request -> admission.cancel(request.seat));
        admission.cancel(late.seat);
        admission.cancel(late.seat);
        requests.forEach(this::release);
        assertThat(told).isEmpty();
        run(ticks);
        assertThat(ticks).isEmpty();
    }
}
