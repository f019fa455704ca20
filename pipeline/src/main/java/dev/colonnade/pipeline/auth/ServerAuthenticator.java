package dev.colonnade.pipeline.auth;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Decides who may send, by the heads of requests. Used by all loops at once; never waits.
public interface ServerAuthenticator {
    /// Looks at one request.
    ///
    /// @param head the first value of a header or gRPC metadata key by its name in lower case; null
    ///   where there is none
    Verdict authenticate(Function<String, @Nullable CharSequence> head);

    /// What a refused sender over HTTP is told to show (`WWW-Authenticate`, RFC 9110, 11.6.1).
    String challenge();
}
