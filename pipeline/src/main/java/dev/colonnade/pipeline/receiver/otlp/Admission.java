package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.storage.Counter;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.Extent;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Reserves room for bodies before they are read, and lets a bounded number of requests wait for
/// it, first come, first served, for a bounded time.
///
/// One per loop and used on it, but for [#wake]. A request that waits holds nothing. There is a
/// line per signal, because each has its own budget; in a line nobody overtakes, so that a large
/// request is not starved by small ones. Room is looked for when a budget says that something was
/// released, and every [#TICK_NANOS] while somebody waits: an extent that ends inside an open slab
/// makes room that no budget hears of.
final class Admission {
    /// The answer of [#reserve].
    enum Answer {
        /// The extent is open.
        RESERVED,
        /// The seat waits; its waiter will be told.
        WAITING,
        /// There is no room, and no seat or no time to wait.
        FULL,
        /// An exporter's queue is at its written size: nothing to wait for here.
        QUEUE_FULL
    }

    /// Told how its wait ended, once, on the loop.
    interface Waiter {
        /// The extent is open now.
        void onRoom();

        /// There was no room in time.
        void onNoRoom();
    }

    /// Runs a task on the loop after a delay.
    interface Timer {
        /// Has `task` run in about `nanos` nanoseconds.
        void in(long nanos, Runnable task);
    }

    /// A request's place in a line; reusable, part of the request.
    static final class Seat {
        private final Waiter waiter;
        private @Nullable Seat next;
        private @Nullable Seat previous;
        private @Nullable Line line;
        private @Nullable RouteShard route;
        private @Nullable Extent extent;
        private int capacity;
        private long deadlineNanos;

        Seat(Waiter waiter) {
            this.waiter = waiter;
        }

        /// Whether it stands in a line.
        boolean isWaiting() {
            return line != null;
        }
    }

    private static final class Line {
        private @Nullable Seat head;
        private @Nullable Seat tail;
    }

    /// How often room is looked for without being told, and how late a wait may end.
    static final long TICK_NANOS = 20_000_000L;

    private final int waitersMax;
    private final LongSupplier nanoClock;
    private final Executor loop;
    private final Timer timer;
    private final Line[] lines = new Line[Signal.values().length];
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Counter waiters = new Counter();
    private final Runnable onWake = this::onWake;
    private final Runnable onTick = this::onTick;
    private volatile boolean awaited;
    private int waiting;
    private boolean ticking;

    /// An admission whose line takes `waitersMax` requests.
    ///
    /// @param loop runs tasks on the loop
    /// @param timer the loop's timer
    Admission(int waitersMax, LongSupplier nanoClock, Executor loop, Timer timer) {
        this.waitersMax = waitersMax;
        this.nanoClock = nanoClock;
        this.loop = loop;
        this.timer = timer;
        for (int index = 0; index < lines.length; index++) {
            lines[index] = new Line();
        }
    }

    /// Reserves `capacity` bytes into `extent`, or lets `seat` wait for them up to `waitNanos`.
    Answer reserve(Seat seat, RouteShard route, Extent extent, int capacity, long waitNanos) {
        Line line = lines[route.route().signal().ordinal()];
        if (line.head == null && route.reserve(extent, capacity)) {
            return Answer.RESERVED;
        }
        if (waitNanos <= 0 || waiting >= waitersMax) {
            return Answer.FULL;
        }
        seat.route = route;
        seat.extent = extent;
        seat.capacity = capacity;
        seat.deadlineNanos = nanoClock.getAsLong() + waitNanos;
        enter(line, seat);
        tick();
        return Answer.WAITING;
    }

    /// Gives up a seat; its waiter is not told. Does nothing when it does not wait.
    void cancel(Seat seat) {
        if (seat.line != null) {
            leave(seat);
        }
    }

    /// Says that there may be room: from any thread, cheap, and never before something waits.
    void wake() {
        if (awaited && woken.compareAndSet(false, true)) {
            loop.execute(onWake);
        }
    }

    /// Requests that wait now; any thread.
    long waiters() {
        return waiters.get();
    }

    private void onWake() {
        woken.set(false);
        serve();
    }

    private void onTick() {
        ticking = false;
        serve();
        expire();
        if (waiting > 0) {
            tick();
        }
    }

    private void tick() {
        if (!ticking) {
            ticking = true;
            timer.in(TICK_NANOS, onTick);
        }
    }

    /// Gives room to those who stand first.
    private void serve() {
        for (Line line : lines) {
            @Nullable Seat seat = line.head;
            while (seat != null && isServed(seat)) {
                leave(seat);
                seat.waiter.onRoom();
                seat = line.head;
            }
        }
    }

    private static boolean isServed(Seat seat) {
        RouteShard route = seat.route;
        Extent extent = seat.extent;
        return route != null && extent != null && route.reserve(extent, seat.capacity);
    }

    /// Ends the waits that took too long. A waiter may end those of others, so the search starts
    /// over after each.
    private void expire() {
        long now = nanoClock.getAsLong();
        for (Line line : lines) {
            @Nullable Seat seat = firstExpired(line, now);
            while (seat != null) {
                leave(seat);
                seat.waiter.onNoRoom();
                seat = firstExpired(line, now);
            }
        }
    }

    private static @Nullable Seat firstExpired(Line line, long now) {
        @Nullable Seat seat = line.head;
        while (seat != null && now - seat.deadlineNanos < 0) {
            seat = seat.next;
        }
        return seat;
    }

    private void enter(Line line, Seat seat) {
        Seat last = line.tail;
        seat.line = line;
        seat.previous = last;
        if (last == null) {
            line.head = seat;
        } else {
            last.next = seat;
        }
        line.tail = seat;
        count(1);
    }

    private void leave(Seat seat) {
        Line line = seat.line;
        if (line == null) {
            throw new IllegalStateException("seat is in no line");
        }
        Seat before = seat.previous;
        Seat behind = seat.next;
        if (before == null) {
            line.head = behind;
        } else {
            before.next = behind;
        }
        if (behind == null) {
            line.tail = before;
        } else {
            behind.previous = before;
        }
        seat.line = null;
        seat.previous = null;
        seat.next = null;
        count(-1);
    }

    private void count(int change) {
        waiting += change;
        waiters.add(change);
        awaited = waiting > 0;
    }
}
