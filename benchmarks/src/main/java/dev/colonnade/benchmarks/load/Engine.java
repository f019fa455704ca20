package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Ledger;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Sends a plan's requests and counts the answers. Everything happens on one event loop.
///
/// With a rate it is an open loop: request number n is due at `begin + n * interval` whatever
/// happened before, and its latency counts from then. Requests that find no room wait, and those
/// not sent by the end are reported as unsent. Without a rate every answer makes room for the next
/// request.
// What a write or a close comes to shows as a closed channel.
@SuppressWarnings("FutureReturnValueIgnored")
final class Engine implements Connection.Listener {
    private static final long TICK_MIN = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long TICK_MAX = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// Refused requests that wait to be sent again; more are given up.
    private static final int RETRIES_MAX = 65_536;

    /// How long to wait where a refusal advises nothing.
    private static final long UNADVISED_DELAY = TimeUnit.MILLISECONDS.toNanos(100);

    private enum State {
        CONNECTING,
        RUNNING,
        DRAINING,
        DONE
    }

    private final Plan plan;
    private final Slots slots;
    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final Observer observer;
    private final Ledger ledger;
    private final List<Connection> connections = new ArrayList<>();
    private final PriorityQueue<Call> retries =
            new PriorityQueue<>(Comparator.comparingLong(call -> call.dueNanos));
    private final Tally warmup = new Tally();
    private final Tally measured = new Tally();
    private final Tally after = new Tally();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final long epochOffset;
    private final double interval;

    private State state = State.CONNECTING;
    private boolean pumpPending;
    private int nextConnection;
    private long nextRequest;
    private long issued;
    private long givenUp;
    private int inFlight;
    private long begin;
    private long measureBegin;
    private long end;
    private long drainEnd;

    /// @param epochNanos the time now, nanoseconds since 1970
    Engine(
            Plan plan,
            Slots slots,
            EventLoop loop,
            LongSupplier nanoClock,
            long epochNanos,
            Observer observer) {
        this.plan = plan;
        this.slots = slots;
        this.loop = loop;
        this.nanoClock = nanoClock;
        this.observer = observer;
        this.epochOffset = epochNanos - nanoClock.getAsLong();
        this.interval = plan.intervalNanos();
        this.ledger =
                new Ledger(
                        plan.generator(),
                        plan.recordsPerRequest(),
                        plan.compressed() ? slots.size() : 0);
    }

    /// Completes when every connection is up and sending begins.
    CompletableFuture<Void> started() {
        return started;
    }

    /// Completes when the last answer is in.
    CompletableFuture<Void> done() {
        return done;
    }

    /// Opens the connections; sending begins when all are up.
    void start() {
        loop.execute(() -> {
            for (int i = 0; i < plan.connections(); i++) {
                connections.add(
                        switch (plan.protocol()) {
                            case GRPC -> new GrpcConnection(loop, plan, this);
                            case HTTP -> new HttpConnection(loop, plan, this);
                        });
            }
        });
    }

    @Override
    public void connected() {
        if (state == State.CONNECTING && connections.stream().allMatch(Connection::hasRoom)) {
            state = State.RUNNING;
            begin = nanoClock.getAsLong();
            measureBegin = begin + plan.warmupNanos();
            end = measureBegin + plan.durationNanos();
            loop.schedule(observer::begin, plan.warmupNanos(), TimeUnit.NANOSECONDS);
            loop.schedule(
                    this::finish, plan.warmupNanos() + plan.durationNanos(), TimeUnit.NANOSECONDS);
            started.complete(null);
            sample();
            tick();
        }
        pumpSoon();
    }

    @Override
    public void answered(Call call, Answer answer) {
        long now = nanoClock.getAsLong();
        inFlight--;
        slots.release(call.request);
        Tally tally = now < measureBegin ? warmup : now < end ? measured : after;
        tally.answered(answer, now - call.intendedNanos);
        switch (answer.kind()) {
            case ACCEPTED -> ledger.note(call.request, Ledger.Fate.ACCEPTED);
            case LOST -> ledger.note(call.request, Ledger.Fate.UNCERTAIN);
            case PERMANENT -> ledger.note(call.request, Ledger.Fate.REFUSED);
            case RETRYABLE -> refused(call, answer, now);
        }
        pumpSoon();
    }

    private void refused(Call call, Answer answer, long now) {
        ledger.note(call.request, Ledger.Fate.REFUSED);
        if (!plan.retry()) {
            return;
        }
        if (retries.size() >= RETRIES_MAX) {
            givenUp++;
            return;
        }
        call.retries++;
        call.dueNanos = now + (answer.delayNanos() < 0 ? UNADVISED_DELAY : answer.delayNanos());
        retries.add(call);
    }

    private void tick() {
        if (state != State.RUNNING) {
            return;
        }
        pump();
        long wait = TICK_MAX;
        if (interval > 0) {
            wait = Math.clamp(intended(issued) - nanoClock.getAsLong(), TICK_MIN, TICK_MAX);
        }
        loop.schedule(this::tick, wait, TimeUnit.NANOSECONDS);
    }

    /// Samples memory, and ends calls that wait too long.
    private void sample() {
        if (state == State.DONE) {
            return;
        }
        long now = nanoClock.getAsLong();
        if (state == State.RUNNING && now >= measureBegin) {
            observer.sample();
        }
        for (Connection connection : connections) {
            connection.expire(now - plan.timeoutNanos());
        }
        if (state == State.DRAINING && now >= drainEnd) {
            complete();
        }
        loop.schedule(this::sample, SAMPLE_NANOS, TimeUnit.NANOSECONDS);
    }

    /// Sends after the answers that are being read have all been seen, so that one flush serves
    /// several.
    private void pumpSoon() {
        if (!pumpPending) {
            pumpPending = true;
            loop.execute(() -> {
                pumpPending = false;
                pump();
            });
        }
    }

    private void pump() {
        if (state == State.DRAINING && inFlight == 0) {
            complete();
        }
        long now = nanoClock.getAsLong();
        if (state != State.RUNNING || now >= end) {
            return;
        }
        int size = connections.size();
        int idle = 0;
        while (idle < size) {
            Connection connection = connections.get(nextConnection);
            nextConnection = nextConnection + 1 == size ? 0 : nextConnection + 1;
            idle++;
            if (connection.hasRoom()) {
                Call call = next(now);
                if (call == null) {
                    break;
                }
                idle = 0;
                ByteBuf bytes = slots.bytes(call.request, call.timeNanos, epochOffset + begin);
                (now < measureBegin ? warmup : measured).sent(bytes.readableBytes());
                call.sentNanos = now;
                inFlight++;
                connection.send(call, bytes);
            }
        }
        for (Connection connection : connections) {
            connection.flush();
        }
    }

    /// The next request that is due and whose slot is free; null when there is none.
    private @Nullable Call next(long now) {
        Call again = retries.peek();
        if (again != null && again.dueNanos - now <= 0 && slots.acquire(again.request)) {
            return retries.remove();
        }
        if (interval > 0 && intended(issued) > now) {
            return null;
        }
        for (int i = 0; i < slots.size(); i++) {
            long request = nextRequest++;
            if (slots.acquire(request)) {
                Call call = new Call();
                call.request = request;
                call.intendedNanos = interval > 0 ? intended(issued) : now;
                call.timeNanos = epochOffset + now;
                issued++;
                return call;
            }
        }
        return null;
    }

    private long intended(long number) {
        return begin + (long) (number * interval);
    }

    private void finish() {
        observer.end();
        state = State.DRAINING;
        drainEnd = nanoClock.getAsLong() + plan.timeoutNanos();
        pumpSoon();
    }

    private void complete() {
        if (state != State.DONE) {
            state = State.DONE;
            connections.forEach(Connection::close);
            done.complete(null);
        }
    }

    /// Records accepted from the first request to the last answer, once done.
    long acceptedRecords() {
        return (warmup.accepted() + measured.accepted() + after.accepted())
                * plan.recordsPerRequest();
    }

    /// What the sink is to be asked about, once done.
    Ledger ledger() {
        return ledger;
    }

    /// The figures, once done.
    Facts facts() {
        long accepted = measured.accepted() * plan.recordsPerRequest();
        double seconds = plan.durationNanos() / 1e9;
        long offered =
                interval > 0
                        ? (long) (plan.durationNanos() / interval)
                        : measured.accepted() + measured.refused();
        return new Facts()
                .put("offered_requests", offered)
                .put("offered_records", offered * plan.recordsPerRequest())
                .put("unsent_requests", unsent())
                .put("retries_given_up", givenUp)
                .putAll("", measured.facts(plan.recordsPerRequest()))
                .put("accepted_records_per_s", accepted / seconds)
                .put("total_accepted_records", acceptedRecords())
                .putAll("", observer.facts(accepted, measured.accepted() + measured.refused()));
    }

    private long unsent() {
        return interval > 0 ? Math.max(0, (long) ((end - begin) / interval) - issued) : 0;
    }
}
