package dev.colonnade.pipeline.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Users and their passwords as `htpasswd` writes them: bcrypt, `{SHA}`, Apache's MD5 (`$apr1$`),
/// and as they are.
final class HttpPasswords {
    private static final String SHA = "{SHA}";

    /// How crypt(3) and others mark hashes that are not understood here.
    private static final Pattern OTHER = Pattern.compile("\\$[0-9][a-z]?\\$.*|\\{[A-Z0-9-]+}.*");

    private final Map<String, String> hashes = new HashMap<>();

    /// Stands in for the hash of a user that there is not, so that the answer takes as long.
    private String nobody = "";

    /// Reads lines of `user:hash`; those without a colon are passed over, as Apache does.
    ///
    /// @throws IllegalArgumentException for a hash that is not understood; says of which user
    HttpPasswords(List<String> lines) {
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0 && !line.startsWith("#")) {
                String user = line.substring(0, colon);
                String hash = line.substring(colon + 1).strip();
                check(user, hash);
                hashes.putIfAbsent(user, hash);
                if (isSlow(hash)) {
                    nobody = hash;
                }
            }
        }
    }

    /// Whether there is anybody.
    boolean isEmpty() {
        return hashes.isEmpty();
    }

    /// Whether checking can take milliseconds and more.
    boolean isSlow() {
        return !nobody.isEmpty();
    }

    /// Whether that is the user's password.
    boolean matches(String user, byte[] password) {
        String hash = hashes.getOrDefault(user, nobody);
        return isHashOf(hash, password) && hashes.containsKey(user);
    }

    private static boolean isHashOf(String hash, byte[] password) {
        if (Bcrypt.isHash(hash)) {
            return Bcrypt.matches(hash, password);
        }
        if (hash.startsWith(SHA)) {
            String found = SHA + Base64.getEncoder().encodeToString(digest("SHA-1", password));
            return isEqual(hash, found.getBytes(StandardCharsets.US_ASCII));
        }
        if (hash.startsWith(ApacheMd5.PREFIX)) {
            return isEqual(
                    hash, ApacheMd5.hash(hash, password).getBytes(StandardCharsets.US_ASCII));
        }
        return isEqual(hash, password);
    }

    private static void check(String user, String hash) {
        boolean isKnown = Bcrypt.isHash(hash) || hash.startsWith(SHA);
        if (hash.isEmpty() || (!isKnown && OTHER.matcher(hash).matches())) {
            throw new IllegalArgumentException(
                    "password of user \""
                            + user
                            + "\" is hashed in a way that is not supported: use bcrypt, of a cost"
                            + " of 4 to "
                            + Bcrypt.COST_MAX);
        }
    }

    private static boolean isSlow(String hash) {
        return Bcrypt.isHash(hash) || hash.startsWith(ApacheMd5.PREFIX);
    }

    private static boolean isEqual(String hash, byte[] found) {
        return MessageDigest.isEqual(hash.getBytes(StandardCharsets.UTF_8), found);
    }

    static byte[] digest(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every JDK has " + algorithm, absent);
        }
    }
}
