package dev.colonnade.pipeline.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// `bearertokenauth`, on either side (RFC 6750).
final class BearerTokens implements ServerAuthenticator, ClientAuthenticator {
    private static final Verdict MISSING =
            new Verdict.Denied("missing or empty authorization header");
    private static final Verdict WRONG =
            new Verdict.Denied("provided authorization does not match expected scheme or token");

    private final AuthConfig.BearerToken config;
    private final @Nullable SecretFile file;

    /// @param file has the tokens in place of the configured ones; null where those hold
    BearerTokens(AuthConfig.BearerToken config, @Nullable SecretFile file) {
        this.config = config;
        this.file = file;
    }

    @Override
    public Verdict authenticate(Function<String, @Nullable CharSequence> head) {
        @Nullable CharSequence header = head.apply(config.header());
        if (header == null || header.isEmpty()) {
            return MISSING;
        }
        byte[] shown = header.toString().getBytes(StandardCharsets.UTF_8);
        SecretFile tokens = file;
        if (tokens == null) {
            return isAny(shown, config.tokens()) ? Verdict.GRANTED : WRONG;
        }
        if (isAny(shown, tokens.lines())) {
            return Verdict.GRANTED;
        }
        // A token may have been replaced since: nobody is refused for the old one's sake.
        return tokens.isStale()
                ? new Verdict.Pending(
                        tokens.refresh()
                                .thenApply(lines -> isAny(shown, lines) ? Verdict.GRANTED : WRONG))
                : WRONG;
    }

    @Override
    public String challenge() {
        return (config.scheme().isEmpty() ? "Bearer" : config.scheme()) + " realm=\"colonnade\"";
    }

    @Override
    public void apply(Map<String, String> headers, Function<String, List<String>> metadata) {
        SecretFile tokens = file;
        String token = (tokens == null ? config.tokens() : tokens.lines()).getFirst();
        headers.put(config.header(), header(token));
    }

    /// Compares with every token, so that the time tells nothing of any.
    private boolean isAny(byte[] shown, List<String> tokens) {
        boolean isAny = false;
        for (String token : tokens) {
            byte[] expected = header(token).getBytes(StandardCharsets.UTF_8);
            isAny |= MessageDigest.isEqual(expected, shown);
        }
        return isAny;
    }

    private String header(String token) {
        return config.scheme().isEmpty() ? token : config.scheme() + " " + token;
    }
}
