package dev.colonnade.storage.testkit;

import dev.colonnade.storage.BlockFormat;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.Packer;
import dev.colonnade.storage.Reshaping;
import dev.colonnade.storage.ShapeDecider;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.Unpacker;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.OffHeap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// What changes the shapes of stores in [TestMemory], on the test's thread: a packer without a
/// thread and loops whose tasks run when told.
///
/// Its floors are taken from the memory's root. Its "gzip" is a body that stands for itself so many
/// times.
public final class ShapingRig implements AutoCloseable {
    /// How many times its length a compressed body has when it is inflated.
    public static final int RATIO = 4;

    private static final int QUEUE_MAX = 16;

    private final TestMemory memory;
    private final List<ManualLoop> loops = new ArrayList<>();
    private final List<Unpacker> unpackers = new ArrayList<>();
    private final List<MemoryBudget> floors = new ArrayList<>();
    private final Packer packer;
    private final List<RuntimeException> defects = new ArrayList<>();
    private final MemoryBudget packing;
    private final MemoryBudget reserve;

    /// A rig for all loops of `memory`.
    ///
    /// @param unpackBytes each loop's floor
    /// @param packBytes the packer's floor
    /// @param reserveBytes its reserve for blocks
    public ShapingRig(
            TestMemory memory,
            BlockFormat format,
            long unpackBytes,
            long packBytes,
            long reserveBytes) {
        this(memory, format, unpackBytes, packBytes, reserveBytes, () -> 0, _ -> {});
    }

    /// As [#ShapingRig(TestMemory, BlockFormat, long, long, long)], with a packer whose processor
    /// time is what `cpuClock` says, and that rests by `pause`.
    public ShapingRig(
            TestMemory memory,
            BlockFormat format,
            long unpackBytes,
            long packBytes,
            long reserveBytes,
            LongSupplier cpuClock,
            LongConsumer pause) {
        this.memory = memory;
        for (int loop = 0; loop < memory.loops().size(); loop++) {
            ManualLoop tasks = new ManualLoop();
            loops.add(tasks);
            MemoryBudget floor = memory.root().floor("unpack", unpackBytes);
            floors.add(floor);
            unpackers.add(new Unpacker(memory.loop(loop), memory.pool(), format, floor, tasks));
        }
        packing = memory.root().floor("pack", packBytes);
        reserve = memory.root().floor("pack", reserveBytes);
        packer =
                new Packer(
                        new Packer.Parts(
                                format,
                                memory.pool(),
                                packing,
                                reserve,
                                ShapingRig::inflate,
                                QUEUE_MAX,
                                System::nanoTime,
                                cpuClock,
                                pause,
                                defects::add));
    }

    /// A store of logs for one exporter that refuses when it is full, with one loop's part at
    /// least, in which `decider` says what changes.
    public HybridStore store(MemoryBudget budget, LongSupplier clock, ShapeDecider decider) {
        CursorConfig exporter = new CursorConfig("otlp", OnFull.REFUSE, null);
        return new HybridStore(
                new StoreConfig("logs", Signal.LOGS, budget, Durability.MEMORY, List.of(exporter)),
                memory.loops(),
                clock,
                reshaping(),
                _ -> decider);
    }

    /// What stores take.
    public Reshaping reshaping() {
        return new Reshaping(packer, unpackers, loops);
    }

    /// The packer, which works when told.
    public Packer packer() {
        return packer;
    }

    /// What blocks are charged to at first.
    public MemoryBudget reserve() {
        return reserve;
    }

    /// A loop's floor.
    public MemoryBudget unpacking(int index) {
        return floors.get(index);
    }

    /// The tasks of a loop.
    public ManualLoop loop(int index) {
        return loops.get(index);
    }

    /// The errors that the packer met; they are forgotten.
    public List<RuntimeException> takeDefects() {
        List<RuntimeException> taken = List.copyOf(defects);
        defects.clear();
        return taken;
    }

    /// Lets packer and loops work until nothing is left to do.
    public void settle() {
        boolean busy = true;
        while (busy) {
            busy = packer.runOnce();
            for (ManualLoop loop : loops) {
                busy |= loop.runOnce();
            }
        }
    }

    /// What a compressed body is as plain OTLP.
    public static byte[] inflated(Codec codec, byte[] body) {
        if (codec == Codec.IDENTITY) {
            return body;
        }
        byte[] plain = new byte[body.length * RATIO];
        for (int copy = 0; copy < RATIO; copy++) {
            System.arraycopy(body, 0, plain, copy * body.length, body.length);
        }
        return plain;
    }

    /// Ends it; the stores must be empty.
    ///
    /// @throws IllegalStateException when the packer met an error that no test took
    @Override
    public void close() {
        if (!defects.isEmpty()) {
            throw new IllegalStateException("packer met an error", defects.getFirst());
        }
        packer.close();
        settle();
        unpackers.forEach(Unpacker::close);
        floors.forEach(MemoryBudget::close);
        packing.close();
        reserve.close();
    }

    private static int inflate(Codec codec, long address, int length, long target, int capacity) {
        if (length * RATIO > capacity) {
            return -1;
        }
        for (int copy = 0; copy < RATIO; copy++) {
            OffHeap.copy(address, target + (long) copy * length, length);
        }
        return length * RATIO;
    }
}
