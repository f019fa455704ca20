package dev.colonnade.pipeline.auth;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// `headers_setter`: headers of requests from settings or from the requests that brought the
/// records. A key that the sender did not give, and that has no default, changes nothing.
final class HeadersSetter implements ClientAuthenticator {
    private final AuthConfig.HeadersSetter config;

    HeadersSetter(AuthConfig.HeadersSetter config) {
        this.config = config;
    }

    @Override
    public void apply(Map<String, String> headers, Function<String, List<String>> metadata) {
        for (AuthConfig.Header header : config.headers()) {
            String name = header.key().toLowerCase(Locale.ROOT);
            if (header.action() == AuthConfig.Action.DELETE) {
                headers.remove(name);
                continue;
            }
            boolean isThere = headers.containsKey(name);
            boolean isWanted =
                    switch (header.action()) {
                        case INSERT -> !isThere;
                        case UPDATE -> isThere;
                        case UPSERT -> true;
                        case DELETE -> false;
                    };
            @Nullable String value = isWanted ? value(header, metadata) : null;
            if (value != null) {
                headers.put(name, value);
            }
        }
    }

    @Override
    public Set<String> metadataKeys() {
        return config.metadataKeys();
    }

    private static @Nullable String value(
            AuthConfig.Header header, Function<String, List<String>> metadata) {
        String key = header.fromContext();
        if (key == null) {
            return header.value();
        }
        List<String> values = metadata.apply(key.toLowerCase(Locale.ROOT));
        return values.isEmpty() ? header.defaultValue() : values.getFirst();
    }
}
