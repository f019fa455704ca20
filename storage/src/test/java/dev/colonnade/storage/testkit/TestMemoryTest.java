package dev.colonnade.storage.testkit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.Slab;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A proof of no leak that cannot fail proves nothing.
final class TestMemoryTest {
    @Test
    void closesWhenNothingIsOut() {
        TestMemory memory = TestMemory.of(1 << 20, 2);
        MemoryBudget budget = memory.budget("pipeline");
        Slab slab = requireNonNull(memory.loop(1).take(100, BudgetShare.of(budget)));
        memory.loop(1).release(slab.slot());
        memory.close();
        assertThat(memory.root().reserved()).isZero();
    }

    @Test
    void throwsWhileALoopHoldsASlab() {
        TestMemory memory = TestMemory.of(1 << 20);
        Slab slab = take(memory);
        assertThatThrownBy(memory::close).hasMessageContaining("slabs leaked");
        memory.loop().release(slab.slot());
        memory.close();
    }

    @Test
    void throwsWhileNettyHoldsAView() {
        TestMemory memory = TestMemory.of(1 << 20);
        Slab slab = take(memory);
        ByteBuf view = slab.view(0, 10);
        memory.loop().release(slab.slot());
        assertThatThrownBy(memory::close).hasMessageContaining("slabs leaked");
        view.release();
        memory.close();
    }

    @Test
    void throwsWhileABudgetIsReserved() {
        TestMemory memory = TestMemory.of(1 << 20);
        MemoryBudget budget = memory.budget("pipeline", 1000);
        assertThat(budget.tryReserve(10)).isTrue();
        assertThatThrownBy(memory::close)
                .hasMessageContaining("memory budget leaked: name=pipeline, reserved=10");
        budget.release(10);
        memory.close();
    }

    private static Slab take(TestMemory memory) {
        return requireNonNull(memory.loop().take(100, BudgetShare.of(memory.budget("pipeline"))));
    }

    @Test
    void clockMovesOnlyByHand() {
        ManualClock clock = new ManualClock(-5);
        assertThat(clock.getAsLong()).isEqualTo(-5);
        clock.advance(Duration.ofMillis(2));
        clock.advanceNanos(3);
        assertThat(clock.getAsLong()).isEqualTo(1_999_998);
        assertThatThrownBy(() -> clock.advanceNanos(-1)).hasMessageContaining("nanos=-1");
    }
}
