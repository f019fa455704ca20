package dev.colonnade.pipeline.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.auth.AuthConfig.Action;
import dev.colonnade.pipeline.auth.AuthConfig.Header;
import dev.colonnade.storage.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Credentials, checked and given; what takes long is run when the test says so.
final class AuthenticatorsTest {
    private static final String BCRYPT =
            "$2y$04$vmfmqHSMF113Uk3BgZ2RyeeQlVKbKE2SOW4VpvAMYQ6ks0yRq3/PO";

    @TempDir Path folder;
    private final ManualClock clock = new ManualClock();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final Authenticators authenticators = new Authenticators(tasks::add, clock);

    @Test
    void basicCredentialsAreCheckedAtOnceWhereThatIsQuick() throws Exception {
        ServerAuthenticator server =
                authenticators.server(new AuthConfig.BasicServer(null, "ann:secret\nbob:other"));
        assertThat(server.authenticate(head(basic("ann:secret")))).isEqualTo(Verdict.GRANTED);
        assertThat(message(server, basic("ann:other"))).isEqualTo("invalid credentials");
        assertThat(message(server, null)).isEqualTo("no basic auth provided");
        assertThat(message(server, "Bearer x")).isEqualTo("invalid authorization scheme prefix");
        assertThat(message(server, "Basic ?")).isEqualTo("invalid authorization format");
        assertThat(message(server, basic("ann"))).isEqualTo("invalid authorization format");
        assertThat(server.challenge()).startsWith("Basic realm=");
        assertThat(tasks).isEmpty();
    }

    @Test
    void slowHashesAreCheckedElsewhereAndOnce() throws Exception {
        ServerAuthenticator server =
                authenticators.server(new AuthConfig.BasicServer(null, "ann:" + BCRYPT));
        CompletableFuture<Verdict> first = pending(server.authenticate(head(basic("ann:"))));
        CompletableFuture<Verdict> same = pending(server.authenticate(head(basic("ann:"))));
        CompletableFuture<Verdict> wrong = pending(server.authenticate(head(basic("ann:x"))));
        assertThat(tasks).hasSize(2);
        runAll();
        assertThat(first).isCompletedWithValue(Verdict.GRANTED);
        assertThat(same).isCompletedWithValue(Verdict.GRANTED);
        assertThat(wrong.join()).isInstanceOf(Verdict.Denied.class);
        assertThat(server.authenticate(head(basic("ann:")))).isEqualTo(Verdict.GRANTED);
        assertThat(message(server, basic("ann:x"))).isEqualTo("invalid credentials");
        assertThat(tasks).isEmpty();
    }

    @Test
    void manyChecksAtATimeAreTooMany() throws Exception {
        ServerAuthenticator server =
                authenticators.server(new AuthConfig.BasicServer(null, "ann:" + BCRYPT));
        for (int check = 0; check < BasicAuthServer.CHECKS_MAX; check++) {
            assertThat(pending(server.authenticate(head(basic("ann:" + check))))).isNotCompleted();
        }
        assertThat(server.authenticate(head(basic("ann:")))).isInstanceOf(Verdict.Busy.class);
        runAll();
        assertThat(pending(server.authenticate(head(basic("ann:"))))).isNotCompleted();
    }

    @Test
    void anyOfTheTokensOpensAndTheFirstIsShown() throws Exception {
        AuthConfig.BearerToken config =
                new AuthConfig.BearerToken("Bearer", List.of("one", "two"), null, "X-Key");
        ServerAuthenticator server = authenticators.server(config);
        assertThat(server.authenticate(name -> name.equals("x-key") ? "Bearer two" : null))
                .isEqualTo(Verdict.GRANTED);
        assertThat(server.authenticate(_ -> "bearer two")).isInstanceOf(Verdict.Denied.class);
        assertThat(server.authenticate(_ -> "two")).isInstanceOf(Verdict.Denied.class);
        assertThat(server.authenticate(_ -> "")).isInstanceOf(Verdict.Denied.class);
        assertThat(applied(authenticators.client(config), Map.of()))
                .containsExactly(Map.entry("x-key", "Bearer one"));
        assertThat(config.toString()).doesNotContain("one");
    }

    @Test
    void replacedTokenIsTakenWithoutRefusingAnybody() throws Exception {
        Path file = folder.resolve("token");
        Files.writeString(file, "old\nolder\n");
        AuthConfig.BearerToken config =
                new AuthConfig.BearerToken("Bearer", List.of(), file.toString(), "authorization");
        ServerAuthenticator server = authenticators.server(config);
        ClientAuthenticator client = authenticators.client(config);
        assertThat(server.authenticate(head("Bearer older"))).isEqualTo(Verdict.GRANTED);
        assertThat(message(server, "Bearer new")).contains("does not match");
        Files.writeString(file, "new\n");
        clock.advance(Duration.ofSeconds(2));
        CompletableFuture<Verdict> fresh = pending(server.authenticate(head("Bearer new")));
        assertThat(applied(client, Map.of()).values()).containsExactly("Bearer old");
        runAll();
        assertThat(fresh).isCompletedWithValue(Verdict.GRANTED);
        assertThat(applied(client, Map.of()).values()).containsExactly("Bearer new");
        assertThat(message(server, "Bearer old")).contains("does not match");
        Files.delete(file);
        clock.advance(Duration.ofSeconds(2));
        applied(client, Map.of());
        runAll();
        assertThat(applied(client, Map.of()).values()).containsExactly("Bearer new");
    }

    @Test
    void basicCredentialsOfAClientMayBeInFiles() throws Exception {
        Path password = folder.resolve("password");
        Files.writeString(password, "secret\n");
        ClientAuthenticator client =
                authenticators.client(
                        new AuthConfig.BasicClient("ann", null, null, password.toString()));
        assertThat(applied(client, Map.of()))
                .containsExactly(Map.entry("authorization", basic("ann:secret")));
    }

    @Test
    void headersAreSetFromSettingsAndFromWhatWasReceived() throws Exception {
        AuthConfig.HeadersSetter config =
                new AuthConfig.HeadersSetter(
                        List.of(
                                new Header(Action.INSERT, "A", "new", null, null),
                                new Header(Action.INSERT, "b", "new", null, null),
                                new Header(Action.UPDATE, "C", "new", null, null),
                                new Header(Action.UPDATE, "d", "new", null, null),
                                new Header(Action.UPSERT, "X-Scope", null, "Tenant", null),
                                new Header(Action.UPSERT, "e", null, "absent", null),
                                new Header(Action.UPSERT, "f", null, "absent", "default"),
                                new Header(Action.DELETE, "G", null, null, null)));
        ClientAuthenticator client = authenticators.client(config);
        assertThat(config.metadataKeys()).containsExactlyInAnyOrder("tenant", "absent");
        assertThat(client.metadataKeys()).isEqualTo(config.metadataKeys());
        assertThat(applied(client, Map.of("b", "old", "d", "old", "g", "old")))
                .containsOnly(
                        Map.entry("a", "new"),
                        Map.entry("b", "old"),
                        Map.entry("d", "new"),
                        Map.entry("x-scope", "t1"),
                        Map.entry("f", "default"));
    }

    @Test
    void credentialsThatCannotBeUsedFailTheStart() throws Exception {
        Path empty = folder.resolve("empty");
        Files.writeString(empty, "\n");
        assertThatThrownBy(() ->
                        authenticators.server(new AuthConfig.BasicServer(folder + "/absent", null)))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("absent");
        assertThatThrownBy(() -> authenticators.server(new AuthConfig.BasicServer(null, "ann")))
                .hasMessageContaining("htpasswd names no user");
        assertThatThrownBy(() ->
                        authenticators.client(
                                new AuthConfig.BearerToken(
                                        "Bearer", List.of(), empty.toString(), "authorization")))
                .hasMessageContaining("file is empty");
    }

    private static Map<String, String> applied(
            ClientAuthenticator client, Map<String, String> written) {
        Map<String, String> headers = new LinkedHashMap<>(written);
        client.apply(headers, key -> key.equals("tenant") ? List.of("t1", "t2") : List.of());
        return headers;
    }

    private static CompletableFuture<Verdict> pending(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Verdict.Pending.class);
        return ((Verdict.Pending) verdict).verdict().toCompletableFuture();
    }

    private static String message(ServerAuthenticator server, @Nullable String header) {
        Verdict verdict = server.authenticate(head(header));
        assertThat(verdict).isInstanceOf(Verdict.Denied.class);
        return ((Verdict.Denied) verdict).message();
    }

    private static java.util.function.Function<String, @Nullable CharSequence> head(
            @Nullable String authorization) {
        return name -> name.equals("authorization") ? authorization : null;
    }

    private static String basic(String credentials) {
        return "Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    private void runAll() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }
}
