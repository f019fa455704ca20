package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.DeflatedFormat;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Scenario: memory is refused at random while shapes change: to writers, readers and blocks, and,
/// for as long as another takes all that a node of the budget tree has left, to rows, windows and
/// entry tables.
///
/// Guarantees: each exporter gets everything, once, in order; in the end nothing is reserved.
final class PackingFailuresTest {
    private static final int SEQUENCES = 400;
    private static final int STEPS = 250;
    private static final int CURSORS = 2;
    private static final long PIPELINE_BYTES = 1 << 20;
    private static final long UNPACK_BYTES = 512 << 10;
    private static final long PACK_BYTES = 256 << 10;
    private static final long RESERVE_BYTES = 64 << 10;

    private long packed;
    private long noRoom;
    private long starved;
    private long refused;

    @Test
    void losesNothingWhereverMemoryIsRefused() {
        for (int seed = 0; seed < SEQUENCES; seed++) {
            try {
                new Sequence(seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("sequence failed: seed=" + seed, e);
            }
        }
        assertThat(List.of(packed, noRoom, starved, refused))
                .as("packed, found no room, could not unpack, refused")
                .allMatch(count -> count > 100);
    }

    private final class Sequence {
        private final SplittableRandom random;
        private final ManualClock clock = new ManualClock();
        private final TestMemory memory =
                TestMemory.of(
                        PIPELINE_BYTES + UNPACK_BYTES + PACK_BYTES + RESERVE_BYTES + (256 << 10),
                        1,
                        0);
        private final MemoryBudget budget = memory.budget("pipeline", PIPELINE_BYTES);
        private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
        private final ShapingRig rig;
        private final HybridStore store;
        private final StoreShard shard;
        private final List<byte[]> bodies = new ArrayList<>();
        private final Map<MemoryBudget, Long> hogged = new HashMap<>();
        private final List<List<Lease>> out = new ArrayList<>();
        private final List<TreeMap<Long, Integer>> returned = new ArrayList<>();
        private final long[] next = new long[CURSORS];
        private boolean mayFail = true;

        Sequence(long seed) {
            random = new SplittableRandom(seed);
            DeflatedFormat format = new DeflatedFormat(40_000, 60, this::fails);
            rig = new ShapingRig(memory, format, UNPACK_BYTES, PACK_BYTES, RESERVE_BYTES);
            List<CursorConfig> cursors = new ArrayList<>();
            for (int cursor = 0; cursor < CURSORS; cursor++) {
                cursors.add(new CursorConfig("exporter/" + cursor, OnFull.REFUSE, null));
                out.add(new ArrayList<>());
                returned.add(new TreeMap<>());
            }
            store =
                    new HybridStore(
                            new StoreConfig(
                                    "logs", Signal.LOGS, budget, Durability.MEMORY, cursors),
                            memory.loops(),
                            clock,
                            rig.reshaping(),
                            _ -> this::decide);
            shard = store.shard(0);
        }

        private boolean fails() {
            return mayFail && random.nextInt(5) == 0;
        }

        private @Nullable ShapeDecision decide(ShapeCandidate run) {
            return random.nextBoolean()
                    ? new ShapeDecision(Shape.PACKED, ShapeReason.MEMORY_PRESSURE)
                    : null;
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(16)) {
                    case 0, 1, 2, 3, 4, 5 -> append();
                    case 6, 7, 8 -> take(random.nextInt(CURSORS));
                    case 9 -> end(random.nextInt(CURSORS));
                    case 10 -> hog();
                    case 11 -> shard.considerShapes();
                    case 12 -> rig.packer().runOnce();
                    case 13 -> rig.loop(0).runOnce();
                    case 14 -> rig.settle();
                    default -> shard.tick();
                }
            }
            mayFail = false;
            letGo();
            drain();
            packed += store.shapes(meter -> meter.madeRecords(Shape.PACKED));
            noRoom += store.shapes(meter -> meter.failures(Failure.NO_ROOM));
            close();
        }

        private void append() {
            byte[] body = new byte[random.nextInt(1, 9000)];
            Arrays.fill(body, (byte) bodies.size());
            RowBatch batch = new RowBatch();
            if (!space.reserve(batch.payload(), body.length)) {
                refused++;
                return;
            }
            Batches.describePlain(batch, body, 1, clock.getAsLong());
            if (shard.admit(1, body.length) != Admission.ADMITTED) {
                refused++;
                space.release(batch.payload());
                return;
            }
            assertThat(shard.append(batch, null)).isEqualTo(bodies.size());
            bodies.add(body);
            space.handOver(batch.payload());
            shard.publish();
        }

        private boolean take(int cursor) {
            @Nullable Lease lease =
                    shard.cursor(cursor).take(random.nextInt(1, 60_000), Integer.MAX_VALUE, true);
            if (lease == null) {
                starved += shard.cursor(cursor).waitingEntries() > 0 ? 1 : 0;
                return false;
            }
            long expected = next[cursor];
            if (returned.get(cursor).isEmpty()) {
                next[cursor] += lease.entries();
            } else {
                expected = returned.get(cursor).firstKey();
                assertThat(lease.entries()).isEqualTo(returned.get(cursor).remove(expected));
            }
            assertThat(lease.position()).isEqualTo(expected);
            for (int entry = 0; entry < lease.entries(); entry++) {
                assertThat(Batches.read(lease, entry))
                        .isEqualTo(bodies.get((int) expected + entry));
            }
            out.get(cursor).add(lease);
            return true;
        }

        private void end(int cursor) {
            List<Lease> leases = out.get(cursor);
            if (leases.isEmpty()) {
                return;
            }
            Lease lease = leases.remove(random.nextInt(leases.size()));
            if (random.nextInt(4) == 0) {
                returned.get(cursor).put(lease.position(), lease.entries());
                lease.nack();
            } else {
                lease.ack();
            }
        }

        /// Takes what a node has left, or gives that back.
        private void hog() {
            List<MemoryBudget> nodes = new ArrayList<>();
            collect(memory.root(), nodes);
            MemoryBudget node = nodes.get(random.nextInt(nodes.size()));
            @Nullable Long held = hogged.remove(node);
            if (held != null) {
                node.release(held);
                return;
            }
            long left = node.available();
            if (left > 0 && node.tryReserve(left)) {
                hogged.put(node, left);
            }
        }

        private void collect(MemoryBudget node, List<MemoryBudget> nodes) {
            nodes.add(node);
            node.children().forEach(child -> collect(child, nodes));
        }

        private void letGo() {
            hogged.forEach(MemoryBudget::release);
            hogged.clear();
        }

        private void drain() {
            for (int cursor = 0; cursor < CURSORS; cursor++) {
                do {
                    out.get(cursor).forEach(Lease::ack);
                    out.get(cursor).clear();
                } while (take(cursor));
                assertThat(next[cursor]).isEqualTo(bodies.size());
                assertThat(shard.cursor(cursor).delivered()).isEqualTo(bodies.size());
            }
            assertThat(shard.records()).isZero();
            assertThat(store.blocks(Shape.PACKED)).isZero();
        }

        private void close() {
            rig.packer().close();
            rig.settle();
            shard.close();
            space.close();
            rig.close();
            memory.close();
        }
    }
}
