package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.Encoding;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Lease;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One loop's part of an exporter: takes leases from its cursors while there is room in flight,
/// sends them, and decides what an answer means for them. Runs on its loop only.
///
/// ```
///                     +------------ waiting <-------------+
///   cursor -- take -->|  (has a permit; due now or later) |  retry, next part, no memory
///                     +------------> in flight -----------+
///                                       |
///                            delivered, dropped: the lease ends, the permit is free
/// ```
///
/// A shipment keeps its permit until its lease ends, through all retries: with one permit, what was
/// taken first is settled before anything newer is sent.
///
/// Everything is sent from [#pump], which never runs inside itself; whatever changes something ends
/// by calling it.
final class DeliveryShard extends Permits.Waiter {
    /// After so many failed attempts a request leaves probing to a fresh one, so that one that the
    /// peer never answers does not speak for all.
    private static final int FRESH_PROBE_ATTEMPTS = 3;

    /// How often a doubtful refusal of a single record is asked about again.
    private static final int DOUBTS_MAX = 5;

    /// Merged requests do not become smaller than this, whatever the peer calls too large.
    private static final int MERGE_BYTES_MIN = 64 << 10;

    private final DeliveryConfig config;
    private final DeliveryLoop loop;
    private final Permits permits;
    private final BackOff backOff;
    private final FailureLog log;
    private final FrameBuilder builder;
    private final ShardMetrics metrics;
    private final Transport transport;
    private final List<Lane> lanes;
    private final List<Shipment> inFlight = new ArrayList<>();
    private final List<Shipment> waiting = new ArrayList<>();
    private final ArrayDeque<Shipment> spare = new ArrayDeque<>();
    private final Alarm alarm;
    private final long timeoutNanos;
    private final long elapsedNanosMax;

    private int mergeBytesMax;
    private long leasedBytes;
    private int nextLane;
    private int grantedPermits;
    private boolean isPumping;
    private boolean pumpAgain;
    private boolean isFlushing;
    private boolean isClosing;

    /// No frame can be made until one is dropped.
    private boolean isStalled;

    DeliveryShard(
            DeliveryConfig config,
            DeliveryLoop loop,
            Permits permits,
            BackOff backOff,
            FailureLog log,
            FrameBuilder builder,
            ShardMetrics metrics,
            Transport transport,
            List<Lane> lanes) {
        this.config = config;
        this.loop = loop;
        this.permits = permits;
        this.backOff = backOff;
        this.log = log;
        this.builder = builder;
        this.metrics = metrics;
        this.transport = transport;
        this.lanes = List.copyOf(lanes);
        mergeBytesMax = config.mergeBytesMax();
        alarm = new Alarm(loop, this::pump);
        timeoutNanos = config.timeout().toNanos();
        elapsedNanosMax = config.retry().maxElapsedTime().toNanos();
    }

    void start() {
        for (Lane lane : lanes) {
            lane.onAvailable(this::pump);
        }
        pump();
    }

    void flush() {
        isFlushing = true;
        pump();
    }

    /// Gives everything back and tells `whenClosed` when nothing is left; called once.
    void close(Runnable whenClosed) {
        isClosing = true;
        for (Lane lane : lanes) {
            lane.onAvailable(() -> {});
        }
        alarm.cancel();
        // The transport first: no view of a frame must be written once its lease is given back.
        for (Shipment shipment : inFlight) {
            Transport.Call call = shipment.call;
            if (call != null) {
                call.cancel();
            }
            shipment.isInFlight = false;
            giveBack(shipment);
        }
        inFlight.clear();
        for (Shipment shipment : waiting) {
            giveBack(shipment);
        }
        waiting.clear();
        while (grantedPermits > 0) {
            grantedPermits--;
            permits.release();
        }
        CompletionStage<?> _ =
                transport
                        .close()
                        .whenComplete((_, _) -> {
                            builder.close();
                            whenClosed.run();
                        });
    }

    @Override
    void granted() {
        loop.execute(() -> {
            if (isClosing) {
                permits.release();
                return;
            }
            grantedPermits++;
            pump();
            if (grantedPermits > 0) {
                grantedPermits--;
                permits.release();
            }
        });
    }

    /// Sends what can be sent now, and sees to it that what cannot is looked at in time.
    void pump() {
        if (isPumping || isClosing) {
            pumpAgain = true;
            return;
        }
        isPumping = true;
        try {
            do {
                pumpAgain = false;
                pumpOnce(loop.nanos());
            } while (pumpAgain && !isClosing);
        } finally {
            isPumping = false;
        }
        if (!isClosing) {
            arm(loop.nanos());
        }
    }

    private void pumpOnce(long now) {
        endTimedOut(now);
        expire(now);
        if (!backOff.isUp()) {
            probe(now);
        }
        if (backOff.isUp()) {
            sendWaiting(now);
            sendFresh(now);
        }
    }

    // Sending

    private void sendWaiting(long now) {
        int index = 0;
        while (index < waiting.size() && backOff.isUp()) {
            Shipment shipment = waiting.get(index);
            if (isDue(shipment, now) && (shipment.frame().isReady() || !isStalled)) {
                waiting.remove(index);
                send(shipment, now);
                index = 0;
            } else {
                index++;
            }
        }
    }

    private boolean isDue(Shipment shipment, long now) {
        return now - shipment.notBeforeNanos >= 0
                || (shipment.isHeld && shipment.recoveriesBefore != backOff.recoveries());
    }

    private void sendFresh(long now) {
        while (backOff.isUp() && !isStalled && hasWindow()) {
            Shipment shipment = takeFresh(now);
            if (shipment == null) {
                return;
            }
            send(shipment, now);
        }
    }

    private boolean hasWindow() {
        return inFlight.isEmpty() || leasedBytes < config.windowBytes();
    }

    /// The next lease with a permit of its own, from the lanes in turn; null when there is none.
    private @Nullable Shipment takeFresh(long now) {
        Lane lane = readyLane(now);
        if (lane == null || !takePermit()) {
            return null;
        }
        Lease lease =
                lane.take(
                        Math.min(mergeBytesMax, config.requestBytesMax()),
                        config.requestRecordsMax(),
                        config.mergesCompressed());
        if (lease == null) {
            permits.release();
            return null;
        }
        Shipment shipment =
                spare.isEmpty() ? new Shipment(this, builder, config) : spare.removeLast();
        shipment.begin(lease, lane.signal(), now);
        leasedBytes += shipment.leasedBytes;
        metrics.countTaken(lease, loop.nanos());
        return shipment;
    }

    private @Nullable Lane readyLane(long now) {
        for (int tried = 0; tried < lanes.size(); tried++) {
            Lane lane = lanes.get(nextLane);
            nextLane = nextLane + 1 == lanes.size() ? 0 : nextLane + 1;
            if (lane.isReady(now, isFlushing)) {
                return lane;
            }
        }
        return null;
    }

    private boolean takePermit() {
        if (grantedPermits > 0) {
            grantedPermits--;
            return true;
        }
        return permits.tryTake(this);
    }

    /// Sends the present part, or has it wait for memory, or gives it up where it can be sent in no
    /// way.
    private void send(Shipment shipment, long now) {
        unhold(shipment);
        switch (shipment.prepare()) {
            case MADE -> transmit(shipment, now);
            case LATER -> {
                waiting.addFirst(shipment);
                stall();
                yieldProbe(shipment);
            }
            case NEVER, DAMAGED -> {
                // What no document can be made of as a whole may be one record's fault.
                if (config.encoding() == Encoding.JSON && shipment.cut()) {
                    waiting.addFirst(shipment);
                    pumpAgain = true;
                } else {
                    reject(shipment, "memory to send is too small, or it is damaged", now);
                }
            }
        }
    }

    /// There is no room for a frame. Nobody who waits for room keeps any; so those who have some
    /// can be sent, and when there are none the next try has all of it.
    private void stall() {
        WaitingRoom.giveUpRoom(waiting);
        isStalled = builder.slabsOut() > 0;
        pumpAgain |= !isStalled;
    }

    private void transmit(Shipment shipment, long now) {
        if (shipment.attempts++ > 0) {
            metrics.retries.add(1);
        }
        if (!shipment.wasTried) {
            shipment.wasTried = true;
            shipment.firstAttemptNanos = now;
        }
        Frame frame = shipment.frame();
        shipment.startedNanos = now;
        shipment.isInFlight = true;
        shipment.call = null;
        inFlight.add(shipment);
        metrics.inFlight.set(inFlight.size());
        metrics.wireBytes.add(frame.length());
        frame.sentFor(shipment.lease());
        Transport.Call call = transport.send(frame, shipment);
        if (shipment.isInFlight) {
            shipment.call = call;
        }
    }

    /// The first attempt's last byte went to the socket.
    void written(Shipment shipment) {
        if (shipment.wasWritten) {
            return;
        }
        shipment.wasWritten = true;
        long now = loop.nanos();
        Lease lease = shipment.lease();
        for (int entry = 0; entry < lease.entries(); entry++) {
            metrics.delivery.record(now - lease.receivedNanos(entry));
        }
    }

    // Probing while the peer is down

    private void probe(long now) {
        Shipment probing = WaitingRoom.probe(waiting, backOff);
        if (probing != null) {
            waiting.remove(probing);
            send(probing, now);
            return;
        }
        if (!backOff.isProbeDue(now)) {
            return;
        }
        Shipment held = WaitingRoom.leastTried(waiting, isStalled);
        boolean wantsFresh =
                held == null ? !backOff.isHolding() : held.attempts >= FRESH_PROBE_ATTEMPTS;
        if (wantsFresh && !isStalled && inFlight.isEmpty()) {
            Shipment fresh = takeFresh(now);
            if (fresh != null) {
                waiting.add(fresh);
                held = fresh;
            }
        }
        long number = held == null ? BackOff.NO_PROBE : backOff.claimProbe(now);
        if (held != null && number != BackOff.NO_PROBE) {
            held.probe = number;
            waiting.remove(held);
            send(held, now);
        }
    }

    private void yieldProbe(Shipment shipment) {
        if (shipment.probe != BackOff.NO_PROBE) {
            backOff.abandonProbe(takeProbe(shipment));
        }
    }

    // Answers

    /// The request under way has ended.
    void done(Shipment shipment, Outcome outcome) {
        if (!shipment.isInFlight) {
            throw new IllegalStateException("request answered twice: outcome=" + outcome);
        }
        shipment.isInFlight = false;
        shipment.call = null;
        inFlight.remove(shipment);
        metrics.inFlight.set(inFlight.size());
        metrics.countAttempt(outcome);
        long now = loop.nanos();
        switch (outcome) {
            case Outcome.Delivered delivered -> delivered(shipment, delivered, now);
            case Outcome.Retry retry -> retry(shipment, retry, now);
            case Outcome.Refused refused -> refused(shipment, refused, now);
            case Outcome.TooLarge tooLarge -> tooLarge(shipment, tooLarge, now);
        }
        pump();
    }

    private void delivered(Shipment shipment, Outcome.Delivered answer, long now) {
        noteAble(shipment, now);
        int records = shipment.records();
        long rejected = Math.min(answer.rejected(), records);
        int signal = shipment.signal().ordinal();
        metrics.sent[signal].add(records - rejected);
        if (rejected > 0) {
            metrics.failed[signal].add(rejected);
            log.dropped(FailureLog.Kind.REJECTED, rejected, answer.message(), now);
        } else if (!answer.message().isEmpty()) {
            log.warned(answer.message(), now);
        }
        goOn(shipment, rejected);
    }

    private void retry(Shipment shipment, Outcome.Retry answer, long now) {
        if (!config.retry().enabled()) {
            drop(shipment, DropReason.EXPIRED, answer.message(), now);
            return;
        }
        shipment.recoveriesBefore = backOff.recoveries();
        long wait =
                backOff.failed(takeProbe(shipment), shipment.attempts, answer.delayNanos(), now);
        log.retrying(answer, now);
        if (elapsedNanosMax > 0 && now + wait - shipment.firstAttemptNanos > elapsedNanosMax) {
            drop(shipment, DropReason.EXPIRED, answer.message(), now);
            return;
        }
        shipment.notBeforeNanos = now + wait;
        shipment.isHeld = true;
        backOff.hold(1);
        waiting.add(shipment);
    }

    private void refused(Shipment shipment, Outcome.Refused answer, long now) {
        if (!answer.isDoubtful()) {
            noteAble(shipment, now);
        }
        if (shipment.deliveredBefore < 0) {
            shipment.deliveredBefore = metrics.attemptsDelivered.get();
        }
        if (shipment.records() > 1) {
            cut(shipment, answer.message(), now);
            metrics.bisects.add(1);
            return;
        }
        boolean isPeerAble = metrics.attemptsDelivered.get() != shipment.deliveredBefore;
        if (answer.isDoubtful() && !isPeerAble && ++shipment.doubts < DOUBTS_MAX) {
            retry(shipment, new Outcome.Retry(Outcome.Cause.UNAVAILABLE, answer.message(), 0), now);
            return;
        }
        reject(shipment, answer.message(), now);
    }

    private void tooLarge(Shipment shipment, Outcome.TooLarge answer, long now) {
        noteAble(shipment, now);
        if (shipment.isMerged()) {
            long half = shipment.plainBytes() / 2;
            mergeBytesMax = (int) Math.min(mergeBytesMax, Math.max(half, MERGE_BYTES_MIN));
        }
        if (shipment.records() > 1) {
            cut(shipment, answer.message(), now);
            countSplit();
        } else {
            reject(shipment, answer.message(), now);
        }
    }

    void countSplit() {
        metrics.splits.add(1);
    }

    private void noteAble(Shipment shipment, long now) {
        if (backOff.succeeded(takeProbe(shipment))) {
            log.recovered(now);
        }
    }

    private static long takeProbe(Shipment shipment) {
        long number = shipment.probe;
        shipment.probe = BackOff.NO_PROBE;
        return number;
    }

    private void cut(Shipment shipment, String message, long now) {
        isStalled = false;
        if (shipment.cut()) {
            shipment.attempts = 0;
            shipment.notBeforeNanos = now;
            waiting.addFirst(shipment);
        } else {
            reject(shipment, message, now);
        }
    }

    /// Drops the records of the present part: the peer will never take them.
    private void reject(Shipment shipment, String message, long now) {
        int records = shipment.records();
        metrics.failed[shipment.signal().ordinal()].add(records);
        log.dropped(FailureLog.Kind.REJECTED, records, message, now);
        goOn(shipment, records);
    }

    /// The present part is done with: on to the next, or the lease ends.
    private void goOn(Shipment shipment, long rejected) {
        isStalled = false;
        shipment.settle(rejected);
        if (shipment.next()) {
            waiting.addFirst(shipment);
            pumpAgain = true;
            return;
        }
        yieldProbe(shipment);
        shipment.finish();
        recycle(shipment);
    }

    private void drop(Shipment shipment, DropReason reason, String message, long now) {
        isStalled = false;
        yieldProbe(shipment);
        unhold(shipment);
        long records = shipment.dropRest(reason);
        metrics.failed[shipment.signal().ordinal()].add(records);
        log.dropped(FailureLog.Kind.EXPIRED, records, message, now);
        recycle(shipment);
    }

    private void giveBack(Shipment shipment) {
        yieldProbe(shipment);
        unhold(shipment);
        shipment.giveBack();
        leasedBytes -= shipment.leasedBytes;
        permits.release();
    }

    private void recycle(Shipment shipment) {
        spare.add(shipment);
        leasedBytes -= shipment.leasedBytes;
        permits.release();
    }

    /// It is not held any more.
    private void unhold(Shipment shipment) {
        if (shipment.isHeld) {
            shipment.isHeld = false;
            backOff.hold(-1);
        }
    }

    // Time

    private void endTimedOut(long now) {
        while (timeoutNanos > 0
                && !inFlight.isEmpty()
                && now - inFlight.getFirst().startedNanos >= timeoutNanos) {
            Shipment shipment = inFlight.getFirst();
            Transport.Call call = shipment.call;
            if (call != null) {
                call.cancel();
            }
            String message = "no answer within " + config.timeout().toMillis() + " ms";
            done(shipment, new Outcome.Retry(Outcome.Cause.TIMEOUT, message, 0));
        }
    }

    private void expire(long now) {
        if (elapsedNanosMax == 0) {
            return;
        }
        for (int index = waiting.size() - 1; index >= 0; index--) {
            Shipment shipment = waiting.get(index);
            if (shipment.isHeld && now - shipment.firstAttemptNanos > elapsedNanosMax) {
                waiting.remove(index);
                drop(shipment, DropReason.EXPIRED, "max_elapsed_time has passed", now);
            }
        }
    }

    /// Sets the alarm to the next time at which something is to be done. What could be done now and
    /// was not waits for an event instead: a permit, a freed frame, news of the peer.
    private void arm(long now) {
        alarm.begin();
        if (timeoutNanos > 0 && !inFlight.isEmpty()) {
            long left = inFlight.getFirst().startedNanos + timeoutNanos - now;
            alarm.within(Math.max(1, left));
        }
        boolean isUp = backOff.isUp();
        boolean hasWork = !waiting.isEmpty();
        for (Shipment shipment : waiting) {
            if (isUp) {
                alarm.within(shipment.notBeforeNanos - now);
            }
            if (shipment.isHeld && elapsedNanosMax > 0) {
                alarm.within(shipment.firstAttemptNanos + elapsedNanosMax - now + 1);
            }
        }
        for (Lane lane : lanes) {
            hasWork |= lane.isReady(now, isFlushing);
            long flushDelay = lane.flushDelayNanos(now);
            if (!isFlushing && flushDelay != Long.MAX_VALUE) {
                alarm.within(flushDelay);
            }
        }
        if (!isUp && hasWork && !backOff.isProbing()) {
            alarm.within(backOff.nextProbeNanos() - now);
        }
        alarm.set(now);
    }
}
