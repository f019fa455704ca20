package dev.colonnade.pipeline.auth;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Apache's variant of MD5 (`$apr1$salt$hash`), what `htpasswd` writes when nothing is asked for: a
/// thousand rounds, as `md5crypt` with another prefix.
final class ApacheMd5 {
    static final String PREFIX = "$apr1$";

    private static final String ALPHABET =
            "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int SALT_CHARS_MAX = 8;
    private static final int ROUNDS = 1000;

    private ApacheMd5() {}

    /// The hash of `password` with the salt of `hash`.
    static String hash(String hash, byte[] password) {
        String rest = hash.substring(PREFIX.length());
        int end = rest.indexOf('$');
        String salted = end < 0 ? rest : rest.substring(0, end);
        salted = salted.substring(0, Math.min(SALT_CHARS_MAX, salted.length()));
        byte[] salt = salted.getBytes(StandardCharsets.US_ASCII);
        byte[] mixed = begin(password, salt);
        for (int round = 0; round < ROUNDS; round++) {
            boolean isOdd = (round & 1) == 1;
            mixed =
                    HttpPasswords.digest(
                            "MD5",
                            isOdd ? password : mixed,
                            round % 3 == 0 ? new byte[0] : salt,
                            round % 7 == 0 ? new byte[0] : password,
                            isOdd ? mixed : password);
        }
        return PREFIX + salted + "$" + encode(mixed);
    }

    private static byte[] begin(byte[] password, byte[] salt) {
        byte[] inner = HttpPasswords.digest("MD5", password, salt, password);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes(password);
        text.writeBytes(PREFIX.getBytes(StandardCharsets.US_ASCII));
        text.writeBytes(salt);
        for (int left = password.length; left > 0; left -= inner.length) {
            text.writeBytes(Arrays.copyOf(inner, Math.min(left, inner.length)));
        }
        for (int bits = password.length; bits > 0; bits >>= 1) {
            text.write((bits & 1) == 1 ? 0 : password[0]);
        }
        return HttpPasswords.digest("MD5", text.toByteArray());
    }

    /// Triples of bytes in an order of their own, each as four characters from its lowest bits on.
    private static String encode(byte[] hash) {
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < 5; index++) {
            int last = index == 4 ? 5 : index + 12;
            int bits =
                    ((hash[index] & 0xff) << 16)
                            | ((hash[index + 6] & 0xff) << 8)
                            | (hash[last] & 0xff);
            append(text, bits, 4);
        }
        append(text, hash[11] & 0xff, 2);
        return text.toString();
    }

    private static void append(StringBuilder text, int bits, int count) {
        int left = bits;
        for (int index = 0; index < count; index++) {
            text.append(ALPHABET.charAt(left & 0x3f));
            left >>>= 6;
        }
    }
}
