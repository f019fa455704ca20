package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Sequence;
import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.pipeline.auth.AuthConfig.Action;
import dev.colonnade.pipeline.auth.AuthConfig.Header;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the extensions `basicauth`, `bearertokenauth` and `headers_setter`, and finds them for the
/// receivers and exporters that name them under `auth`.
final class AuthBinding {
    private final Problems problems;
    private final Map<ComponentId, AuthConfig> bound = new HashMap<>();
    private final List<Reference> references = new ArrayList<>();

    private record Reference(Section auth, ComponentId id) {}

    AuthBinding(Map<ComponentId, Section> extensions, Problems problems) {
        this.problems = problems;
        extensions.forEach((id, section) -> {
            @Nullable AuthConfig config =
                    switch (id.type()) {
                        case "basicauth" -> basic(section);
                        case "bearertokenauth" -> bearer(section);
                        case "headers_setter" -> headersSetter(section);
                        default -> null;
                    };
            if (config != null) {
                bound.put(id, config);
            }
        });
    }

    /// Who may send to a listener; null where it does not ask.
    AuthConfig.@Nullable Server server(Section protocol) {
        return resolve(
                protocol, AuthConfig.Server.class, "requested authenticator is not a server's");
    }

    /// What an exporter says of itself; null where it says nothing.
    AuthConfig.@Nullable Client client(Section exporter) {
        return resolve(
                exporter, AuthConfig.Client.class, "requested authenticator is not a client's");
    }

    /// Notes authenticators that `service::extensions` does not name: they do not run.
    void checkRunning(Collection<ComponentId> running) {
        for (Reference reference : references) {
            if (!running.contains(reference.id)) {
                reference.auth.error(
                        "authenticator",
                        notFound(reference.id) + ", service::extensions does not name it");
            }
        }
    }

    /// Notes a listener that others can reach and that asks nobody who he is.
    void warnIfOpen(Section protocol, Endpoint endpoint, boolean isGuarded) {
        if (!isGuarded && endpoint.socket() == null && !isLoopback(endpoint.host())) {
            problems.warn(
                    protocol.at("endpoint"),
                    protocol.path() + "::endpoint",
                    "listens on "
                            + endpoint
                            + " with neither tls nor auth: whoever reaches it can send and can"
                            + " read along");
        }
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    private <T extends AuthConfig> @Nullable T resolve(
            Section owner, Class<T> side, String otherSide) {
        @Nullable Section auth = owner.section("auth");
        if (auth == null) {
            return null;
        }
        auth.unsupported("request_params");
        @Nullable String written = auth.text("authenticator");
        @Nullable ComponentId id = written == null ? null : ComponentId.parse(written);
        if (id == null) {
            auth.error("authenticator", "names no extension");
            return null;
        }
        @Nullable AuthConfig found = bound.get(id);
        if (found == null) {
            auth.error("authenticator", notFound(id));
            return null;
        }
        references.add(new Reference(auth, id));
        if (!side.isInstance(found)) {
            auth.error("authenticator", otherSide + ": \"" + id + "\"");
            return null;
        }
        return side.cast(found);
    }

    private static String notFound(ComponentId id) {
        return "failed to resolve authenticator \"" + id + "\": authenticator not found";
    }

    private static @Nullable AuthConfig basic(Section extension) {
        @Nullable Section server = extension.section("htpasswd");
        @Nullable Section client = extension.section("client_auth");
        AuthConfig.@Nullable BasicServer users =
                server == null
                        ? null
                        : new AuthConfig.BasicServer(server.text("file"), server.secret("inline"));
        AuthConfig.@Nullable BasicClient user =
                client == null
                        ? null
                        : new AuthConfig.BasicClient(
                                client.text("username"),
                                client.text("username_file"),
                                client.secret("password"),
                                client.text("password_file"));
        if (users != null && user != null) {
            extension.error("only one of `htpasswd` and `client_auth` can be written");
        } else if (users == null && user == null) {
            extension.error("no credential source provided: write `htpasswd` or `client_auth`");
        }
        if (server != null && users != null && users.file() == null && users.inline() == null) {
            server.error("no credential source provided: write `file` or `inline`");
        }
        if (client != null
                && user != null
                && user.username() == null
                && user.usernameFile() == null) {
            client.error("username is missing");
        }
        return users != null ? users : user;
    }

    private @Nullable AuthConfig bearer(Section extension) {
        String scheme = extension.text("scheme", "Bearer");
        @Nullable String token = extension.secret("token");
        List<String> tokens = new ArrayList<>(secrets(extension, "tokens"));
        @Nullable String file = extension.text("filename");
        String header = extension.text("header", "Authorization");
        if (token != null && !tokens.isEmpty()) {
            extension.error("token", "either `token` or `tokens` can be written, not both");
        } else if (token != null) {
            tokens.add(token);
        }
        if (tokens.isEmpty() && file == null) {
            extension.error("no bearer token provided");
            return null;
        }
        return new AuthConfig.BearerToken(scheme, tokens, file, header);
    }

    private List<String> secrets(Section section, String key) {
        if (section.value(key) instanceof Sequence list) {
            list.items().forEach(problems::hide);
        }
        return section.texts(key);
    }

    private static AuthConfig headersSetter(Section extension) {
        Map<String, Action> actions = new LinkedHashMap<>();
        actions.put("insert", Action.INSERT);
        actions.put("update", Action.UPDATE);
        actions.put("upsert", Action.UPSERT);
        actions.put("delete", Action.DELETE);
        extension.unsupported("additional_auth");
        List<Header> headers = new ArrayList<>();
        for (Section item : extension.sections("headers")) {
            item.unsupported("from_attribute", "value_file");
            @Nullable Action action = item.choice("action", actions);
            Header header =
                    new Header(
                            action == null ? Action.UPSERT : action,
                            item.text("key", ""),
                            item.secret("value"),
                            item.text("from_context"),
                            item.text("default_value"));
            header.problems().forEach(item::error);
            headers.add(header);
        }
        if (headers.isEmpty()) {
            extension.error("missing headers configuration");
        }
        return new AuthConfig.HeadersSetter(headers);
    }
}
