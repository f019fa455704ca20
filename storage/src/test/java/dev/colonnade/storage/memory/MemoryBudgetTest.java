package dev.colonnade.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class MemoryBudgetTest {
    private final MemoryBudget root = MemoryBudget.root("process", 1000);

    @Test
    void reservesInEveryAncestor() {
        MemoryBudget pipeline = root.child("pipeline", 500);
        MemoryBudget row = pipeline.child("row", 400);
        assertThat(row.tryReserve(300)).isTrue();
        assertThat(List.of(row.reserved(), pipeline.reserved(), root.reserved()))
                .containsExactly(300L, 300L, 300L);
        assertThat(row.available()).isEqualTo(100);
        row.release(300);
        assertThat(root.reserved()).isZero();
        root.close();
    }

    @Test
    void takesNothingWhereAnyAncestorIsFull() {
        MemoryBudget pipeline = root.child("pipeline", 500);
        MemoryBudget row = pipeline.child("row", 1000);
        assertThat(row.tryReserve(501)).isFalse();
        assertThat(List.of(row.reserved(), pipeline.reserved(), root.reserved()))
                .containsExactly(0L, 0L, 0L);
        assertThat(root.child("other", 1000).tryReserve(900)).isTrue();
        assertThat(row.tryReserve(101)).isFalse();
        assertThat(List.of(row.reserved(), pipeline.reserved(), root.reserved()))
                .containsExactly(0L, 0L, 900L);
        assertThat(row.available()).isEqualTo(100);
    }

    @Test
    void usedPartLeavesOutFloorsAndWhatIsKeptForReuse() {
        MemoryBudget send = root.floor("send", 200);
        MemoryBudget spare = root.spare("pool", 500);
        MemoryBudget pipeline = root.child("pipeline", 1000);
        assertThat(root.usedPart()).isZero();
        assertThat(spare.tryReserve(100)).isTrue();
        assertThat(root.usedPart()).isZero();
        assertThat(pipeline.tryReserve(400)).isTrue();
        assertThat(pipeline.usedPart()).isEqualTo(0.5);
        assertThat(root.child("other", 200).tryReserve(200)).isTrue();
        assertThat(pipeline.usedPart()).isEqualTo(0.75);
        root.limit(600);
        assertThat(pipeline.usedPart()).isEqualTo(1.5);
        assertThat(send.usedPart()).isZero();
    }

    @Test
    void fillsToTheLastByteAndNoFurther() {
        assertThat(root.tryReserve(1000)).isTrue();
        assertThat(root.tryReserve(1)).isFalse();
        assertThat(root.tryReserve(Long.MAX_VALUE)).isFalse();
        assertThat(root.tryReserve(0)).isTrue();
        assertThat(root.reserved()).isEqualTo(1000);
    }

    @Test
    void floorCannotBeTakenByOthers() {
        MemoryBudget send = root.floor("send", 300);
        MemoryBudget receive = root.child("receive", 1000);
        assertThat(receive.tryReserve(701)).isFalse();
        assertThat(receive.tryReserve(700)).isTrue();
        assertThat(send.available()).isEqualTo(300);
        assertThat(send.tryReserve(300)).isTrue();
        assertThat(send.tryReserve(1)).isFalse();
        assertThat(root.reserved()).isEqualTo(1000);
        send.release(300);
        receive.release(700);
        send.close();
        assertThat(root.reserved()).isZero();
        root.close();
    }

    @Test
    void nodeBelowAFloorReservesInTheFloorOnly() {
        MemoryBudget send = root.floor("send", 300);
        MemoryBudget exporter = send.child("exporter", 200);
        assertThat(exporter.tryReserve(200)).isTrue();
        assertThat(send.reserved()).isEqualTo(200);
        assertThat(root.reserved()).isEqualTo(300);
        exporter.release(200);
        root.close();
        assertThat(root.reserved()).isZero();
    }

    @Test
    void floorThatDoesNotFitIsRefusedByName() {
        assertThatThrownBy(() -> root.floor("send", 1001))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("memory floor does not fit: name=send, bytes=1001, available=1000");
        assertThat(root.reserved()).isZero();
    }

    @Test
    void refusesToGiveBackTwiceAndStaysAsItWas() {
        MemoryBudget child = root.child("row", 1000);
        assertThat(child.tryReserve(10)).isTrue();
        assertThatThrownBy(() -> child.release(11))
                .hasMessage("memory budget released twice: name=row, bytes=11, reserved=10");
        assertThat(child.reserved()).isEqualTo(10);
        assertThat(root.reserved()).isEqualTo(10);
        assertThatThrownBy(() -> child.release(-1)).hasMessageContaining("bytes=-1");
        assertThatThrownBy(() -> child.tryReserve(-1)).hasMessageContaining("bytes=-1");
        child.release(10);
        root.close();
    }

    @Test
    void closingNamesTheNodeThatLeaked() {
        MemoryBudget row = root.child("pipeline", 1000).child("row", 1000);
        assertThat(row.tryReserve(7)).isTrue();
        assertThatThrownBy(root::close).hasMessage("memory budget leaked: name=row, reserved=7");
        row.release(7);
        root.close();
    }

    @Test
    void closedNodeRefusesAndLeavesTheTree() {
        MemoryBudget send = root.floor("send", 300);
        assertThat(root.children()).containsExactly(send);
        send.close();
        send.close();
        assertThat(root.children()).isEmpty();
        assertThat(root.reserved()).isZero();
        assertThat(send.tryReserve(1)).isFalse();
    }

    @Test
    void limitMayShrinkBelowWhatIsReserved() {
        assertThat(root.tryReserve(600)).isTrue();
        root.limit(500);
        assertThat(root.available()).isZero();
        assertThat(root.tryReserve(1)).isFalse();
        root.release(200);
        assertThat(root.tryReserve(100)).isTrue();
        assertThat(root.limit()).isEqualTo(500);
        assertThatThrownBy(() -> root.limit(-1)).hasMessageContaining("limit=-1");
        MemoryBudget floor = MemoryBudget.root("other", 10).floor("send", 5);
        assertThatThrownBy(() -> floor.limit(6)).hasMessageContaining("floor keeps its limit");
    }

    @Test
    void tellsListenersOfReleasesBelowAndOfNothingElse() {
        AtomicInteger told = new AtomicInteger();
        root.onRelease(told::incrementAndGet);
        MemoryBudget full = root.child("full", 0);
        MemoryBudget open = root.child("open", 1000);
        BudgetShare share = BudgetShare.of(List.of(open, full));
        assertThat(share.tryReserve(10)).isFalse();
        assertThat(open.reserved()).isZero();
        assertThat(told).hasValue(0);
        assertThat(open.tryReserve(10)).isTrue();
        open.release(10);
        assertThat(told).hasValue(1);
    }

    @Test
    void shareAddsUpToWhatItWasTakenFor() {
        MemoryBudget first = root.child("first", 1000);
        MemoryBudget second = root.child("second", 1000);
        MemoryBudget third = root.child("third", 1000);
        BudgetShare share = BudgetShare.of(List.of(first, second, third));
        assertThat(share.tryReserve(101)).isTrue();
        assertThat(List.of(first.reserved(), second.reserved(), third.reserved()))
                .containsExactly(34L, 34L, 33L);
        assertThat(root.reserved()).isEqualTo(101);
        assertThat(share.charged()).isEqualTo(101);
        share.release(101);
        assertThat(share.charged()).isZero();
        root.close();
        assertThatThrownBy(() -> BudgetShare.of(List.of())).hasMessageContaining("needs a budget");
    }

    /// Scenario: four threads reserve and release at random in two children of one root, each a
    /// bounded number of times, and never let go of more than they hold.
    ///
    /// Guarantees: no node is ever above its limit, what one thread holds always fits when the
    /// limits say so, and in the end nothing is left.
    @Test
    void staysExactUnderFourThreads() throws Exception {
        MemoryBudget shared = MemoryBudget.root("process", 1000);
        List<MemoryBudget> children = List.of(shared.child("a", 600), shared.child("b", 600));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Integer>> jobs = new ArrayList<>();
            for (int job = 0; job < 4; job++) {
                SplittableRandom random = new SplittableRandom(job);
                MemoryBudget child = children.get(job % 2);
                jobs.add(() -> hammer(shared, child, random));
            }
            int reserved = 0;
            for (Future<Integer> job : threads.invokeAll(jobs)) {
                reserved += job.get();
            }
            assertThat(reserved).isPositive();
        } finally {
            threads.shutdownNow();
        }
        shared.close();
    }

    /// Requests that never fit must not make others fail: two threads that hold 100 in all below a
    /// limit of 100 must always succeed while a third is refused.
    @Test
    void refusedRequestDisturbsNobody() throws Exception {
        MemoryBudget shared = MemoryBudget.root("process", 100);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            Callable<Integer> small = () -> reserveAndRelease(shared, 50);
            Callable<Integer> large = () -> reserveAndRelease(shared, 101);
            List<Future<Integer>> done = threads.invokeAll(List.of(small, small, large));
            assertThat(done.get(0).get()).isEqualTo(20_000);
            assertThat(done.get(1).get()).isEqualTo(20_000);
            assertThat(done.get(2).get()).isZero();
        } finally {
            threads.shutdownNow();
        }
        shared.close();
    }

    private static int reserveAndRelease(MemoryBudget budget, long bytes) {
        int succeeded = 0;
        for (int round = 0; round < 20_000; round++) {
            if (budget.tryReserve(bytes)) {
                succeeded++;
                budget.release(bytes);
            }
        }
        return succeeded;
    }

    private static int hammer(MemoryBudget root, MemoryBudget child, SplittableRandom random) {
        int succeeded = 0;
        long held = 0;
        for (int round = 0; round < 20_000; round++) {
            if (held > 0 && random.nextBoolean()) {
                long part = random.nextLong(held) + 1;
                child.release(part);
                held -= part;
            } else {
                long wanted = random.nextLong(400);
                if (child.tryReserve(wanted)) {
                    held += wanted;
                    succeeded++;
                }
            }
            if (child.reserved() > child.limit() || root.reserved() > root.limit()) {
                throw new AssertionError("above the limit: " + root + ", " + child);
            }
        }
        child.release(held);
        return succeeded;
    }
}
