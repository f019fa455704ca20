package dev.colonnade.pipeline.auth;

import dev.colonnade.pipeline.StartException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes authenticators of their settings, and reads their files for the first time.
public final class Authenticators {
    private final Executor blocking;
    private final LongSupplier nanoClock;

    /// @param blocking runs what takes long: slow hashes, files
    /// @param nanoClock says when a file is looked at again
    public Authenticators(Executor blocking, LongSupplier nanoClock) {
        this.blocking = blocking;
        this.nanoClock = nanoClock;
    }

    /// The server's side.
    ///
    /// @throws StartException when a file cannot be read or used
    public ServerAuthenticator server(AuthConfig.Server config) throws StartException {
        try {
            return switch (config) {
                case AuthConfig.BasicServer basic ->
                        new BasicAuthServer(passwords(basic), blocking);
                case AuthConfig.BearerToken bearer -> new BearerTokens(bearer, file(bearer.file()));
            };
        } catch (IOException | IllegalArgumentException failure) {
            throw unusable(failure);
        }
    }

    /// The client's side.
    ///
    /// @throws StartException when a file cannot be read
    public ClientAuthenticator client(AuthConfig.Client config) throws StartException {
        try {
            return switch (config) {
                case AuthConfig.BasicClient basic ->
                        new BasicAuthClient(
                                text(basic.username(), basic.usernameFile()),
                                text(basic.password(), basic.passwordFile()));
                case AuthConfig.BearerToken bearer -> new BearerTokens(bearer, file(bearer.file()));
                case AuthConfig.HeadersSetter setter -> new HeadersSetter(setter);
            };
        } catch (IOException failure) {
            throw unusable(failure);
        }
    }

    /// The users of a server; what is written in place goes before the file.
    ///
    /// @throws IOException when the file cannot be read
    /// @throws IllegalArgumentException for a hash that is not understood, or when there is nobody
    private static HttpPasswords passwords(AuthConfig.BasicServer config) throws IOException {
        List<String> lines = new ArrayList<>();
        String inline = config.inline();
        if (inline != null) {
            inline.lines().map(String::strip).forEach(lines::add);
        }
        String file = config.file();
        if (file != null) {
            lines.addAll(SecretFile.read(Path.of(file)));
        }
        HttpPasswords passwords = new HttpPasswords(lines);
        if (passwords.isEmpty()) {
            throw new IllegalArgumentException("htpasswd names no user");
        }
        return passwords;
    }

    private @Nullable SecretFile file(@Nullable String path) throws IOException {
        return path == null ? null : new SecretFile(Path.of(path), blocking, nanoClock);
    }

    private Supplier<String> text(@Nullable String text, @Nullable String path) throws IOException {
        if (path != null) {
            SecretFile file = new SecretFile(Path.of(path), blocking, nanoClock);
            return () -> file.lines().getFirst();
        }
        String written = text == null ? "" : text;
        return () -> written;
    }

    private static StartException unusable(Exception failure) {
        return new StartException("credentials cannot be used: " + failure.getMessage(), failure);
    }
}
