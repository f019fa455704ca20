package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.auth.ServerAuthenticator;
import dev.colonnade.pipeline.auth.Verdict;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Where a listener looks at credentials, and notes in its log who was refused: the first at once,
/// then how many in all, every so often. Never what they wrote. For all loops.
final class Gate {
    private static final long NOTE_NANOS = 10_000_000_000L;

    private final ServerAuthenticator authenticator;
    private final String listener;
    private final System.Logger logger;
    private final LongSupplier nanoClock;
    private long denied;
    private long notedNanos;

    /// @param listener whose it is, for the log
    Gate(
            ServerAuthenticator authenticator,
            String listener,
            System.Logger logger,
            LongSupplier nanoClock) {
        this.authenticator = authenticator;
        this.listener = listener;
        this.logger = logger;
        this.nanoClock = nanoClock;
    }

    /// What the authenticator says of a request's head.
    Verdict verdict(Function<String, @Nullable CharSequence> head) {
        return authenticator.authenticate(head);
    }

    /// What a refused sender over HTTP is told to show.
    String challenge() {
        return authenticator.challenge();
    }

    /// Notes that a peer was refused.
    void denied(@Nullable SocketAddress peer, String cause) {
        long count;
        synchronized (this) {
            long now = nanoClock.getAsLong();
            denied++;
            if (denied > 1 && now - notedNanos < NOTE_NANOS) {
                return;
            }
            notedNanos = now;
            count = denied;
        }
        String from =
                peer instanceof InetSocketAddress inet && inet.getAddress() != null
                        ? inet.getAddress().getHostAddress()
                        : "unix socket";
        logger.log(
                System.Logger.Level.WARNING,
                "refused credentials: listener="
                        + listener
                        + ", peer="
                        + from
                        + ", cause="
                        + cause
                        + ", refused in all="
                        + count);
    }
}
