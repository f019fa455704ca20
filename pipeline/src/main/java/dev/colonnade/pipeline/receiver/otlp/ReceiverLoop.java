package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.Slab;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What the connections of one event loop share: routes, admission, scratch space, and the sweep
/// that cuts connections whose time is up. Used on the loop, but for [Admission#wake] and gauges.
@SuppressWarnings("FutureReturnValueIgnored") // of tasks on the loop, which end with it
final class ReceiverLoop {
    /// How far a retry delay is spread around what the route says, so that refused senders do not
    /// come back together.
    private static final double JITTER = 0.2;

    private static final int UPLOADS_KEPT_MAX = 256;

    private final EventExecutor executor;
    private final LongSupplier nanoClock;
    private final RandomGenerator random;
    private final long waitNanosMax;
    private final long sweepNanos;
    private final Admission admission;
    private final ShardMemory memory;
    private final ExtentSpace waitingSpace;
    private final BudgetShare scratchShare;
    private final @Nullable RouteShard[] routes = new @Nullable RouteShard[Signal.values().length];
    private final int[] waitsForDelivery = new int[routes.length];
    private final ArrayDeque<Upload> uploads = new ArrayDeque<>();
    private final List<Connection> connections = new ArrayList<>();
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
    private final Runnable onSweep = this::onSweep;
    private @Nullable Slab window;
    private @Nullable Decompressor decompressor;
    private @Nullable JsonTranscoder json;
    private boolean sweeping;
    private int headChars;
    private boolean closing;

    /// The part of a receiver on the loop with index `loop`.
    ///
    /// @param sweepNanos how often connections are looked at
    /// @param floors where its scratch and waiting memory is charged
    ReceiverLoop(
            int loop,
            EventExecutor executor,
            Map<Signal, Route> signals,
            OtlpReceiverConfig.Waiting waiting,
            long sweepNanos,
            Floors floors,
            LongSupplier nanoClock,
            RandomGenerator random) {
        this.executor = executor;
        this.nanoClock = nanoClock;
        this.random = random;
        this.sweepNanos = sweepNanos;
        waitNanosMax = waiting.timeout().toNanos();
        admission =
                new Admission(
                        waiting.waitersMax(),
                        nanoClock,
                        executor,
                        (nanos, task) -> executor.schedule(task, nanos, TimeUnit.NANOSECONDS));
        for (Map.Entry<Signal, Route> entry : signals.entrySet()) {
            int index = entry.getKey().ordinal();
            routes[index] = entry.getValue().shard(loop);
            waitsForDelivery[index] = entry.getValue().waitsForDelivery();
        }
        memory = signals.values().iterator().next().shard(loop).memory();
        waitingSpace = new ExtentSpace(memory, BudgetShare.of(floors.waiting()));
        scratchShare = BudgetShare.of(floors.scratch());
    }

    /// Memory that a receiver sets aside at start, so that nobody else can take it.
    ///
    /// @param waiting for what gRPC streams have sent that wait for room
    /// @param scratch for the windows that bodies are inflated through
    record Floors(MemoryBudget waiting, MemoryBudget scratch) {}

    /// The clock of everything here, in nanoseconds.
    long nanos() {
        return nanoClock.getAsLong();
    }

    /// Who gives room.
    Admission admission() {
        return admission;
    }

    /// The longest wait for room.
    long waitNanosMax() {
        return waitNanosMax;
    }

    /// Where a signal goes; null when nothing takes it.
    @Nullable RouteShard route(Signal signal) {
        return routes[signal.ordinal()];
    }

    /// How many acks end the wait of a request of this signal; 0 when it is answered at once.
    int waitsForDelivery(Signal signal) {
        return waitsForDelivery[signal.ordinal()];
    }

    /// When a refused sender is told to come back.
    long retryDelayNanos(RouteShard route) {
        double spread = 1 - JITTER + 2 * JITTER * random.nextDouble();
        return (long) (route.route().retryAfterNanos() * spread);
    }

    /// Takes room for what is kept of a request's head, or gives it back; false when there is none.
    boolean takeHeadRoom(int chars) {
        if (headChars + chars > SenderContext.CHARS_MAX) {
            return false;
        }
        headChars += chars;
        return true;
    }

    /// Room for what a waiting stream has sent; false when all of it is in use.
    boolean reserveWaiting(Extent extent, int bytes) {
        return waitingSpace.reserve(extent, bytes);
    }

    /// Gives up what [#reserveWaiting] gave.
    void releaseWaiting(Extent extent) {
        waitingSpace.release(extent);
    }

    /// The loop's decompressor, made when the first compressed body comes.
    Decompressor decompressor() {
        Decompressor present = decompressor;
        if (present == null) {
            @Nullable Slab slab = memory.take(Decompressor.WINDOW_BYTES, scratchShare);
            if (slab == null) {
                throw new IllegalStateException("no memory for the window that was set aside");
            }
            window = slab;
            present = new Decompressor(slab.address(), Decompressor.WINDOW_BYTES);
            decompressor = present;
        }
        return present;
    }

    /// The loop's transcoder of OTLP/JSON, made when the first such body comes.
    ///
    /// @param outputBytesMax what a body may become; of the first call
    JsonTranscoder json(int outputBytesMax) {
        JsonTranscoder present = json;
        if (present == null) {
            present = new JsonTranscoder(outputBytesMax);
            json = present;
        }
        return present;
    }

    /// The address of some bytes to put things down for the length of a call.
    long scratch() {
        decompressor();
        Slab slab = window;
        if (slab == null) {
            throw new IllegalStateException("no window");
        }
        return slab.address();
    }

    /// An upload, to be given back by [Upload#end].
    Upload upload() {
        @Nullable Upload upload = uploads.poll();
        return upload == null ? new Upload(this) : upload;
    }

    void recycle(Upload upload) {
        if (uploads.size() < UPLOADS_KEPT_MAX) {
            uploads.push(upload);
        }
    }

    /// Takes a new connection under the sweep; false when the receiver closes.
    boolean add(Connection connection) {
        if (closing) {
            return false;
        }
        connection.rosterIndex(connections.size());
        connections.add(connection);
        sweepLater();
        return true;
    }

    /// Forgets a connection that is closed.
    void remove(Connection connection) {
        int index = connection.rosterIndex();
        if (index < 0) {
            return;
        }
        connection.rosterIndex(-1);
        Connection last = connections.removeLast();
        if (last.rosterIndex() != -1) {
            connections.set(index, last);
            last.rosterIndex(index);
        }
        if (closing && connections.isEmpty()) {
            free();
        }
    }

    /// Takes no more connections, lets those there are end what is under way within `nanos`, and
    /// cuts the rest; on the loop.
    void close(long nanos) {
        if (closing) {
            return;
        }
        closing = true;
        for (int index = connections.size() - 1; index >= 0; index--) {
            if (index < connections.size()) {
                connections.get(index).drain();
            }
        }
        if (connections.isEmpty()) {
            free();
        } else {
            executor.schedule(this::cutAll, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /// Completes when no connection is left.
    CompletableFuture<@Nullable Void> closed() {
        return closed;
    }

    private void cutAll() {
        while (!connections.isEmpty()) {
            Connection connection = connections.getLast();
            connection.cut();
            remove(connection);
        }
    }

    private void free() {
        if (closed.isDone()) {
            return;
        }
        Decompressor present = decompressor;
        if (present != null) {
            present.close();
            decompressor = null;
        }
        Slab slab = window;
        if (slab != null) {
            memory.release(slab.slot());
            window = null;
        }
        waitingSpace.close();
        closed.complete(null);
    }

    private void sweepLater() {
        if (!sweeping) {
            sweeping = true;
            executor.schedule(onSweep, sweepNanos, TimeUnit.NANOSECONDS);
        }
    }

    private void onSweep() {
        sweeping = false;
        long now = nanos();
        for (int index = connections.size() - 1; index >= 0; index--) {
            if (index < connections.size()) {
                connections.get(index).sweep(now);
            }
        }
        waitingSpace.trimIdle();
        if (!connections.isEmpty()) {
            sweepLater();
        }
    }
}
