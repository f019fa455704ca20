package dev.colonnade.pipeline.receiver.otlp;

/// Decides when a connection is pinged, retired or closed, and whether its peer pings too often.
final class GrpcKeepAlive {
    /// What is to be done now.
    enum Action {
        NONE,
        /// Ping the peer: it has been silent.
        PING,
        /// Close: it did not answer.
        CLOSE,
        /// Let it end what is under way, and close: it is idle or old.
        RETIRE
    }

    /// Pings above the allowed rate that are forgiven.
    private static final int STRIKES_MAX = 2;

    /// The rate without calls, where those do not count: as grpc-go has it.
    private static final long PING_WITHOUT_STREAM_NANOS = 7_200_000_000_000L;

    private final long idleNanosMax;
    private final long ageNanosMax;
    private final long pingNanos;
    private final long timeoutNanos;
    private final long minNanos;
    private final boolean permitWithoutStream;
    private final long openedNanos;
    private long readNanos;
    private long idleSinceNanos;
    private long pingedNanos;
    private boolean isPinging;
    private long pingReceivedNanos;
    private boolean hasBeenPinged;
    private int strikes;

    GrpcKeepAlive(OtlpGrpcConfig.KeepAlive config, long nowNanos) {
        idleNanosMax = config.connectionIdleMax().toNanos();
        ageNanosMax = config.connectionAgeMax().toNanos();
        pingNanos = config.time().toNanos();
        timeoutNanos = config.timeout().toNanos();
        minNanos = config.minTime().toNanos();
        permitWithoutStream = config.permitWithoutStream();
        openedNanos = nowNanos;
        readNanos = nowNanos;
        idleSinceNanos = nowNanos;
    }

    /// Something was read.
    void onRead(long nowNanos) {
        readNanos = nowNanos;
        isPinging = false;
    }

    /// A call was answered, after which a ping or two are welcome.
    void onAnswer(long nowNanos) {
        idleSinceNanos = nowNanos;
        strikes = 0;
        hasBeenPinged = false;
    }

    /// The peer pings; false when it does so too often.
    boolean onPing(long nowNanos, boolean hasStreams) {
        long least =
                hasStreams || permitWithoutStream
                        ? minNanos
                        : Math.max(minNanos, PING_WITHOUT_STREAM_NANOS);
        if (hasBeenPinged && nowNanos - pingReceivedNanos < least) {
            strikes++;
        }
        hasBeenPinged = true;
        pingReceivedNanos = nowNanos;
        return strikes <= STRIKES_MAX;
    }

    /// What is to be done at `nowNanos`.
    Action sweep(long nowNanos, boolean hasStreams) {
        if (isPinging && nowNanos - pingedNanos >= timeoutNanos) {
            return Action.CLOSE;
        }
        if (ageNanosMax > 0 && nowNanos - openedNanos >= ageNanosMax) {
            return Action.RETIRE;
        }
        if (hasStreams) {
            idleSinceNanos = nowNanos;
        } else if (idleNanosMax > 0 && nowNanos - idleSinceNanos >= idleNanosMax) {
            return Action.RETIRE;
        }
        if (!isPinging && pingNanos > 0 && nowNanos - readNanos >= pingNanos) {
            isPinging = true;
            pingedNanos = nowNanos;
            return Action.PING;
        }
        return Action.NONE;
    }
}
