package dev.colonnade.pipeline.auth;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The settings of an extension that receivers or exporters name under `auth: authenticator`. None
/// of them shows a secret as text.
public sealed interface AuthConfig {
    /// What hides a secret.
    String REDACTED = "[REDACTED]";

    /// What receivers can name.
    sealed interface Server extends AuthConfig {}

    /// What exporters can name.
    sealed interface Client extends AuthConfig {
        /// The request metadata that it forwards, in lower case.
        default Set<String> metadataKeys() {
            return Set.of();
        }
    }

    /// `basicauth` with `htpasswd`.
    ///
    /// @param file lines of `user:hash`; null for none
    /// @param inline the same, written in place, which goes before the file
    record BasicServer(@Nullable String file, @Nullable String inline) implements Server {
        @Override
        public String toString() {
            return "basicauth[file=" + file + ", inline=" + REDACTED + "]";
        }
    }

    /// `basicauth` with `client_auth`.
    ///
    /// @param username of the user; null where it is in a file
    /// @param usernameFile has the name; read again when it changes
    /// @param password of the user; null where it is in a file
    /// @param passwordFile has the password; read again when it changes
    record BasicClient(
            @Nullable String username,
            @Nullable String usernameFile,
            @Nullable String password,
            @Nullable String passwordFile)
            implements Client {
        @Override
        public String toString() {
            return "basicauth[" + REDACTED + "]";
        }
    }

    /// `bearertokenauth`, which both sides can name.
    ///
    /// @param scheme what stands before the token; empty for nothing
    /// @param tokens any of which a server takes, and the first of which a client shows
    /// @param file has them, one in a line, in place of those; read again when it changes
    /// @param header the header or metadata key, in lower case
    record BearerToken(String scheme, List<String> tokens, @Nullable String file, String header)
            implements Server, Client {
        /// Copies the list, brings the header to lower case.
        public BearerToken {
            tokens = List.copyOf(tokens);
            header = header.toLowerCase(Locale.ROOT);
        }

        @Override
        public String toString() {
            return "bearertokenauth[scheme=" + scheme + ", header=" + header + "]";
        }
    }

    /// `headers_setter`.
    record HeadersSetter(List<Header> headers) implements Client {
        /// Copies the list.
        public HeadersSetter {
            headers = List.copyOf(headers);
        }

        @Override
        public Set<String> metadataKeys() {
            return headers.stream()
                    .map(Header::fromContext)
                    .filter(key -> key != null)
                    .map(key -> key.toLowerCase(Locale.ROOT))
                    .collect(Collectors.toUnmodifiableSet());
        }
    }

    /// What is done with one header.
    ///
    /// @param key its name
    /// @param value what it is given; null where that comes from the request
    /// @param fromContext the metadata key whose value it is given
    /// @param defaultValue what it is given where the request had no such key
    record Header(
            Action action,
            String key,
            @Nullable String value,
            @Nullable String fromContext,
            @Nullable String defaultValue) {
        /// A token (RFC 9110, 5.6.2).
        private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

        /// Everything that is wrong; empty when nothing is.
        public List<String> problems() {
            List<String> problems = new ArrayList<>();
            if (key.isEmpty()) {
                problems.add("missing header name");
            } else if (!NAME.matcher(key).matches()) {
                problems.add("no header can have that name: \"" + key + "\"");
            }
            if (action != Action.DELETE && value == null && fromContext == null) {
                problems.add("missing header value source, must be 'from_context' or 'value'");
            } else if (value != null && fromContext != null) {
                problems.add(
                        "invalid header source, must either 'from_context' or 'value', not both");
            }
            return problems;
        }

        @Override
        public String toString() {
            return action + " " + key;
        }
    }

    /// What is done.
    enum Action {
        /// Sets it where it is absent.
        INSERT,
        /// Sets it where it is there.
        UPDATE,
        /// Sets it.
        UPSERT,
        /// Removes it.
        DELETE
    }
}
