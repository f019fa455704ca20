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
    private final ServerAuthenticator authenticator;
    private final String listener;
    private final System.Logger logger;
    private final RefusalNotes notes;

    /// @param listener whose it is, for the log
    Gate(
            ServerAuthenticator authenticator,
            String listener,
            System.Logger logger,
            LongSupplier nanoClock) {
        this.authenticator = authenticator;
        this.listener = listener;
        this.logger = logger;
        notes = new RefusalNotes(nanoClock);
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
        long count = notes.count();
        if (count == 0) {
            return;
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
