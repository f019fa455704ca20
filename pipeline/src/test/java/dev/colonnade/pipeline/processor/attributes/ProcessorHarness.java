package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.Processor;
import dev.colonnade.pipeline.Processor.Outcome;
import dev.colonnade.pipeline.RequestContext;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.Arrays;

/// Runs processors over bytes, with real memory behind the target; closing proves that nothing
/// leaked.
final class ProcessorHarness implements AutoCloseable {
    /// What a processor made of a request.
    ///
    /// @param bytes the edited request; the original where it is unchanged; empty otherwise
    @SuppressWarnings("ArrayRecordComponent")
    record Result(Outcome outcome, byte[] bytes) {}

    private static final int AROUND = 64;

    private final TestMemory memory;
    private final ExtentSpace space;
    private int grows;
    private boolean isStingy;

    ProcessorHarness(long limitBytes) {
        memory = TestMemory.of(limitBytes);
        space = new ExtentSpace(memory.loop(), BudgetShare.of(memory.budget("pipeline")));
    }

    static ProcessorHarness create() {
        return new ProcessorHarness(64 << 20);
    }

    Result run(Processor processor, Signal signal, byte[] request) {
        return run(processor, signal, request, RequestContext.NONE, (byte) 0xa5);
    }

    /// @param around fills the memory before and behind the request: what is read there by mistake
    ///   shows when it changes the result
    Result run(
            Processor processor,
            Signal signal,
            byte[] request,
            RequestContext context,
            byte around) {
        byte[] all = new byte[request.length + 2 * AROUND];
        Arrays.fill(all, around);
        System.arraycopy(request, 0, all, AROUND, request.length);
        Extent target = new Extent();
        grows += grows & 1;
        try (OffHeapBytes source = OffHeapBytes.copyOf(all)) {
            Outcome outcome =
                    processor.process(
                            signal,
                            source.address() + AROUND,
                            request.length,
                            context,
                            target,
                            this::grow);
            byte[] bytes =
                    switch (outcome) {
                        case UNCHANGED -> request;
                        case CHANGED -> toArray(target);
                        case REFUSED_MEMORY, MALFORMED -> new byte[0];
                    };
            if (outcome == Outcome.UNCHANGED && target.isOpen()) {
                throw new AssertionError("target was touched");
            }
            if (!Arrays.equals(source.toArray(all.length), all)) {
                throw new AssertionError("request was written to");
            }
            return new Result(outcome, bytes);
        } finally {
            if (target.isOpen()) {
                space.release(target);
            }
        }
    }

    /// How often targets were opened or widened.
    int grows() {
        return grows;
    }

    /// From now on every other wish for room is refused, so that processors get no more than they
    /// need for the next write.
    void giveNoMoreThanNeeded() {
        isStingy = true;
    }

    private boolean grow(Extent target, int capacity) {
        grows++;
        if (isStingy && (grows & 1) == 1) {
            return false;
        }
        return target.isOpen() ? space.grow(target, capacity) : space.reserve(target, capacity);
    }

    private static byte[] toArray(Extent extent) {
        byte[] bytes = new byte[extent.length()];
        OffHeap.copy(extent.address(), bytes, 0, bytes.length);
        return bytes;
    }

    @Override
    public void close() {
        space.close();
        memory.close();
    }
}
