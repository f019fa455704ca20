package dev.colonnade.exporters.delivery;

import java.util.concurrent.CompletionStage;

/// A protocol's client on one loop. Everything runs on that loop.
///
/// Connections are its business: it makes them when there is something to send, and a request that
/// finds none waits for one or is answered with [Outcome.Retry].
public interface Transport {
    /// Sends a request and tells `answer` once what became of it, perhaps before this returns. The
    /// frame stays valid until then, or until [Call#cancel].
    Call send(Frame frame, Answer answer);

    /// Closes all connections; requests under way are not answered any more. The stage completes
    /// when they are closed and have let go of every buffer.
    CompletionStage<?> close();

    /// A request under way.
    interface Call {
        /// Gives the request up, because it took too long or nobody waits: its stream or connection
        /// ends, and its answer is not told any more.
        void cancel();
    }

    /// Who waits for a request.
    interface Answer {
        /// The request's last byte was written to the socket; told once at most.
        void written();

        /// The request has ended.
        void done(Outcome outcome);
    }

    /// Makes the client of one loop.
    interface Factory {
        /// A client for the loop with that index.
        Transport open(int loop);
    }
}
