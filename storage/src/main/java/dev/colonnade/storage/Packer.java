package dev.colonnade.storage;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.SlabPool;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Makes blocks of row segments, for all stores of a process, on one thread.
///
/// It works in slices of about a millisecond and rests between them, so that it leaves the loops
/// their share: how much is the packer's, whoever decides on the change says. What it counts is
/// processor time, from job to job: small ones add up, and time in which the kernel let nobody of
/// this container run is no work. Its working memory is a floor.
///
/// [#run] is the thread's body; without a thread [#runOnce] does one job to its end. Everything
/// else may be called by any thread.
public final class Packer implements Runnable, AutoCloseable {
    private static final long IDLE_MILLIS = 1000;

    /// It looks that often whether to stop while it rests, which may be for seconds.
    private static final long REST_NANOS_MAX = 100_000_000;

    /// What the packer is made of.
    ///
    /// @param format how blocks are made
    /// @param pool where slabs come from
    /// @param floor what working memory is charged to: what a writer needs, and room to inflate the
    ///   longest entry
    /// @param reserve what blocks are charged to until the rows are gone that they replace, so that
    ///   a store that is full of rows can be packed: what the largest block takes at least; one
    ///   that finds no room there is charged to its pipeline, where that has some
    /// @param inflation inflates compressed originals
    /// @param queueMax the most jobs that may wait; one per store and loop is enough
    /// @param nanoClock a monotonic clock
    /// @param cpuClock the packer thread's processor time, in nanoseconds
    /// @param pause lets so many nanoseconds pass
    /// @param onDefect told what nobody expected; the records stayed as they were
    public record Parts(
            BlockFormat format,
            SlabPool pool,
            MemoryBudget floor,
            MemoryBudget reserve,
            Inflation inflation,
            int queueMax,
            LongSupplier nanoClock,
            LongSupplier cpuClock,
            LongConsumer pause,
            Consumer<RuntimeException> onDefect) {}

    private final Parts parts;
    private final BudgetShare floor;
    private final BudgetShare reserve;
    private final BlockingQueue<PackerJob> queue;
    private final Map<Signal, BlockWriter> writers = new EnumMap<>(Signal.class);
    private final PackerScratch scratch;
    private @Nullable BlockReader reader;
    private @Nullable MemoryBudget reading;
    private @Nullable Signal lastSignal;

    /// The processor time since it last rested.
    private long workedNanos;

    private volatile boolean isStopping;

    /// A packer, not running yet.
    public Packer(Parts parts) {
        this.parts = parts;
        floor = BudgetShare.of(parts.floor());
        reserve = BudgetShare.of(parts.reserve());
        queue = new ArrayBlockingQueue<>(parts.queueMax());
        scratch = new PackerScratch(parts.pool(), floor, parts.inflation());
    }

    /// Works until [#stop], then hands back what waits, undone.
    @Override
    public void run() {
        while (!isStopping) {
            @Nullable PackerJob job = null;
            try {
                job = queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                isStopping = true;
            }
            if (job != null) {
                work(job);
            } else {
                trimIdle();
            }
        }
        refuseAll();
    }

    /// Does the oldest job that waits to its end, on the caller's thread; false when none does.
    public boolean runOnce() {
        @Nullable PackerJob job = queue.poll();
        if (job == null) {
            return false;
        }
        work(job);
        return true;
    }

    /// Has [#run] return within a slice, and refuses further jobs.
    public void stop() {
        isStopping = true;
    }

    /// Frees the working memory, after [#run] has returned; what waits is handed back undone.
    @Override
    public void close() {
        isStopping = true;
        refuseAll();
        writers.values().forEach(BlockWriter::close);
        writers.clear();
        scratch.release();
        BlockReader used = reader;
        MemoryBudget room = reading;
        if (used != null && room != null) {
            reader = null;
            used.close();
            room.close();
        }
    }

    /// What reads blocks that become others; on the packer's thread. Its memory is what nobody else
    /// has now: a store that is full of columns was pressed long before.
    BlockReader reader() {
        BlockReader present = reader;
        if (present == null) {
            MemoryBudget room =
                    parts.pool().budget().child("pack", parts.format().readerBytesMax());
            reading = room;
            present = parts.format().reader(parts.pool(), BudgetShare.of(room));
            reader = present;
        }
        return present;
    }

    /// The longest entry that a block can hold.
    int entryBytesMax() {
        return parts.format().blockWireBytesMax();
    }

    /// The longest run that it is worth offering.
    int runWireBytesMax() {
        return parts.format().runWireBytesMax();
    }

    /// Takes a job; false when it is stopping or has too many already.
    boolean offer(PackerJob job) {
        return !isStopping && queue.offer(job);
    }

    private void work(PackerJob job) {
        long started = parts.nanoClock().getAsLong();
        long cpuStarted = parts.cpuClock().getAsLong();
        try {
            makeBlock(job, cpuStarted);
        } catch (RuntimeException defect) {
            // Records that cannot be packed are still records: they stay rows, and others are
            // packed.
            job.fail(Failure.DEFECT);
            @Nullable BlockWriter broken = writers.remove(job.order.signal());
            if (broken != null) {
                broken.close();
            }
            parts.onDefect().accept(defect);
        }
        job.nanos = parts.nanoClock().getAsLong() - started;
        job.cpuNanos = parts.cpuClock().getAsLong() - cpuStarted;
        job.handBack();
        restIfDue(job.order.share());
    }

    private void makeBlock(PackerJob job, long cpuStarted) {
        BlockWriter writer = writer(job.order.signal());
        long cpu = cpuStarted;
        boolean isDone = false;
        while (!isDone) {
            if (isStopping) {
                job.fail(Failure.REFUSED);
                return;
            }
            restIfDue(job.order.share());
            isDone = job.work(writer, scratch, reserve);
            long now = parts.cpuClock().getAsLong();
            workedNanos += now - cpu;
            cpu = now;
        }
    }

    private BlockWriter writer(Signal signal) {
        if (lastSignal != signal) {
            // The floor has room for one of them at a time.
            writers.values().forEach(BlockWriter::trimIdle);
            lastSignal = signal;
        }
        return writers.computeIfAbsent(
                signal, key -> parts.format().writer(key, parts.pool(), floor));
    }

    /// After a slice lets as much time pass as keeps to `share`.
    private void restIfDue(double share) {
        if (workedNanos < PackerPace.SLICE_NANOS) {
            return;
        }
        long left = PackerPace.restNanos(workedNanos, share);
        workedNanos = 0;
        while (left > 0 && !isStopping) {
            parts.pause().accept(Math.min(left, REST_NANOS_MAX));
            left -= REST_NANOS_MAX;
        }
    }

    private void trimIdle() {
        writers.values().forEach(BlockWriter::trimIdle);
        scratch.release();
    }

    private void refuseAll() {
        @Nullable PackerJob job = queue.poll();
        while (job != null) {
            job.fail(Failure.REFUSED);
            job.handBack();
            job = queue.poll();
        }
    }
}
