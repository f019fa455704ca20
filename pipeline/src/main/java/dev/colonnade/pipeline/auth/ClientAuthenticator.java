package dev.colonnade.pipeline.auth;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// What a client says of itself with each request. Used by all loops at once; never waits.
public interface ClientAuthenticator {
    /// Changes the headers of one request.
    ///
    /// @param headers by names in lower case, those that are configured
    /// @param metadata the values of a metadata key that the records were received with
    void apply(Map<String, String> headers, Function<String, List<String>> metadata);

    /// The metadata keys that it asks for, in lower case.
    default Set<String> metadataKeys() {
        return Set.of();
    }
}
