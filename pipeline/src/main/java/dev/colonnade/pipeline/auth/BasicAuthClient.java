package dev.colonnade.pipeline.auth;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/// `basicauth` at an exporter (RFC 7617).
final class BasicAuthClient implements ClientAuthenticator {
    private final Supplier<String> username;
    private final Supplier<String> password;

    BasicAuthClient(Supplier<String> username, Supplier<String> password) {
        this.username = username;
        this.password = password;
    }

    @Override
    public void apply(Map<String, String> headers, Function<String, List<String>> metadata) {
        String pair = username.get() + ":" + password.get();
        headers.put(
                "authorization",
                "Basic "
                        + Base64.getEncoder()
                                .encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    }
}
