package dev.colonnade.pipeline.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import javax.crypto.KeyGenerator;
import org.jspecify.annotations.Nullable;

/// `basicauth` at a receiver (RFC 7617).
///
/// A password that is hashed to be slow is checked on another thread, a few at a time, and the
/// answer is remembered by a salted digest of the header, so that a sender is slow once and not
/// with every request. Neither passwords nor headers are kept.
final class BasicAuthServer implements ServerAuthenticator {
    /// Answers remembered; beyond it the one that was asked for least recently is forgotten.
    static final int REMEMBERED_MAX = 4096;

    /// Checks under way; a check takes a core for as long as bcrypt wants.
    static final int CHECKS_MAX = 16;

    private static final String PREFIX = "basic ";
    private static final Verdict NONE = new Verdict.Denied("no basic auth provided");
    private static final Verdict SCHEME = new Verdict.Denied("invalid authorization scheme prefix");
    private static final Verdict FORMAT = new Verdict.Denied("invalid authorization format");
    private static final Verdict WRONG = new Verdict.Denied("invalid credentials");
    private static final Verdict BUSY = new Verdict.Busy();

    private final HttpPasswords passwords;
    private final Executor blocking;
    private final byte[] salt = salt();

    /// Guarded by itself.
    private final Map<ByteBuffer, Verdict> remembered = new Remembered();

    private int checks;

    /// @param blocking runs what takes long
    BasicAuthServer(HttpPasswords passwords, Executor blocking) {
        this.passwords = passwords;
        this.blocking = blocking;
    }

    @Override
    public Verdict authenticate(Function<String, @Nullable CharSequence> head) {
        @Nullable CharSequence header = head.apply("authorization");
        if (header == null) {
            return NONE;
        }
        String written = header.toString();
        if (!written.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
            return SCHEME;
        }
        byte[] credentials;
        try {
            credentials = Base64.getDecoder().decode(written.substring(PREFIX.length()).strip());
        } catch (IllegalArgumentException _) {
            return FORMAT;
        }
        int colon = 0;
        while (colon < credentials.length && credentials[colon] != ':') {
            colon++;
        }
        if (colon == credentials.length) {
            return FORMAT;
        }
        String user = new String(credentials, 0, colon, StandardCharsets.UTF_8);
        byte[] password = Arrays.copyOfRange(credentials, colon + 1, credentials.length);
        return passwords.isSlow()
                ? checkSlowly(user, password, credentials)
                : check(user, password);
    }

    @Override
    public String challenge() {
        return "Basic realm=\"colonnade\", charset=\"UTF-8\"";
    }

    /// Random bytes that nobody can guess.
    private static byte[] salt() {
        try {
            return KeyGenerator.getInstance("HmacSHA256").generateKey().getEncoded();
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every JDK has HMAC with SHA-256", absent);
        }
    }

    private Verdict check(String user, byte[] password) {
        return passwords.matches(user, password) ? Verdict.GRANTED : WRONG;
    }

    private Verdict checkSlowly(String user, byte[] password, byte[] credentials) {
        ByteBuffer key = ByteBuffer.wrap(HttpPasswords.digest("SHA-256", salt, credentials));
        CompletableFuture<Verdict> answer = new CompletableFuture<>();
        Verdict.Pending pending = new Verdict.Pending(answer);
        synchronized (remembered) {
            @Nullable Verdict known = remembered.get(key);
            if (known != null) {
                return known;
            }
            if (checks >= CHECKS_MAX) {
                return BUSY;
            }
            checks++;
            remembered.put(key, pending);
        }
        try {
            blocking.execute(() -> answer.complete(settle(key, check(user, password))));
        } catch (RejectedExecutionException _) {
            answer.complete(settle(key, BUSY));
        }
        return pending;
    }

    private Verdict settle(ByteBuffer key, Verdict verdict) {
        synchronized (remembered) {
            checks--;
            if (verdict instanceof Verdict.Busy) {
                remembered.remove(key);
            } else {
                remembered.put(key, verdict);
            }
        }
        return verdict;
    }

    private static final class Remembered extends LinkedHashMap<ByteBuffer, Verdict> {
        private static final long serialVersionUID = 1;

        Remembered() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Verdict> eldest) {
            return size() > REMEMBERED_MAX;
        }
    }
}
