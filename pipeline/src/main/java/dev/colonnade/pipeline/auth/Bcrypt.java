package dev.colonnade.pipeline.auth;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/// Checks passwords against bcrypt hashes (Provos and Mazieres, "A Future-Adaptable Password
/// Scheme", 1999), as `htpasswd -B` writes them.
///
/// ```
/// $2y$10$ 22 characters of salt, 31 of hash, in base 64 with an alphabet of their own
///     ^ cost: 2^10 rounds, meant to take long. Not for an event loop.
/// ```
///
/// Blowfish's tables are the first 1,042 words of pi's fraction; they are computed when a hash is
/// first checked, which takes some ten milliseconds, rather than listed.
final class Bcrypt {
    /// More than this would take a minute for each check.
    static final int COST_MAX = 16;

    private static final String ALPHABET =
            "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int COST_MIN = 4;
    private static final int HEAD_CHARS = 7;
    private static final int SALT_CHARS = 22;
    private static final int SALT_BYTES = 16;
    private static final int HASH_CHARS = 31;
    private static final int HASH_BYTES = 23;
    private static final int PASSWORD_BYTES_MAX = 72;
    private static final int ROUNDS = 16;
    private static final int SUBKEYS = ROUNDS + 2;
    private static final int BOXES = 4 * 256;
    private static final byte[] TEXT =
            "OrpheanBeholderScryDoubt".getBytes(StandardCharsets.US_ASCII);

    private final int[] subkeys = Arrays.copyOf(Pi.WORDS, SUBKEYS);
    private final int[] boxes = Arrays.copyOfRange(Pi.WORDS, SUBKEYS, SUBKEYS + BOXES);
    private int left;
    private int right;

    private Bcrypt() {}

    /// Whether `hash` is one that [#matches] understands.
    static boolean isHash(String hash) {
        boolean isShaped =
                hash.length() == HEAD_CHARS + SALT_CHARS + HASH_CHARS
                        && hash.matches("\\$2[aby]\\$[0-9]{2}\\$[./A-Za-z0-9]+");
        return isShaped && cost(hash) >= COST_MIN && cost(hash) <= COST_MAX;
    }

    /// Whether `password` is the one of which `hash` was made.
    static boolean matches(String hash, byte[] password) {
        byte[] salt = decode(hash.substring(HEAD_CHARS, HEAD_CHARS + SALT_CHARS), SALT_BYTES);
        byte[] expected = decode(hash.substring(HEAD_CHARS + SALT_CHARS), HASH_BYTES);
        // The zero at the end is part of the key, which is cut at 72 bytes.
        byte[] key = Arrays.copyOf(password, Math.min(password.length + 1, PASSWORD_BYTES_MAX));
        byte[] found = new Bcrypt().hash(cost(hash), salt, key);
        return MessageDigest.isEqual(expected, Arrays.copyOf(found, HASH_BYTES));
    }

    private static int cost(String hash) {
        return Integer.parseInt(hash.substring(4, 6));
    }

    private byte[] hash(int cost, byte[] salt, byte[] key) {
        expand(salt, key);
        byte[] zeros = new byte[SALT_BYTES];
        for (long round = 0; round < 1L << cost; round++) {
            expand(zeros, key);
            expand(zeros, salt);
        }
        byte[] text = TEXT.clone();
        for (int block = 0; block < text.length; block += Long.BYTES) {
            left = word(text, block);
            right = word(text, block + Integer.BYTES);
            for (int time = 0; time < 64; time++) {
                encrypt();
            }
            put(text, block, left);
            put(text, block + Integer.BYTES, right);
        }
        return text;
    }

    /// Mixes a key into the tables, and a salt: every other word of it by turns.
    private void expand(byte[] salt, byte[] key) {
        int at = 0;
        for (int index = 0; index < SUBKEYS; index++) {
            int mixed = 0;
            for (int count = 0; count < Integer.BYTES; count++) {
                mixed = (mixed << 8) | (key[at] & 0xff);
                at = at + 1 == key.length ? 0 : at + 1;
            }
            subkeys[index] ^= mixed;
        }
        left = 0;
        right = 0;
        int half = fill(subkeys, salt, 0);
        fill(boxes, salt, half);
    }

    private int fill(int[] table, byte[] salt, int begin) {
        int half = begin;
        for (int index = 0; index < table.length; index += 2) {
            left ^= word(salt, half);
            right ^= word(salt, half + Integer.BYTES);
            half ^= Long.BYTES;
            encrypt();
            table[index] = left;
            table[index + 1] = right;
        }
        return half;
    }

    private void encrypt() {
        int one = left;
        int other = right;
        for (int round = 0; round < ROUNDS; round += 2) {
            one ^= subkeys[round];
            other ^= mix(one);
            other ^= subkeys[round + 1];
            one ^= mix(other);
        }
        left = other ^ subkeys[ROUNDS + 1];
        right = one ^ subkeys[ROUNDS];
    }

    private int mix(int word) {
        int sum = boxes[word >>> 24] + boxes[256 + ((word >>> 16) & 0xff)];
        return (sum ^ boxes[512 + ((word >>> 8) & 0xff)]) + boxes[768 + (word & 0xff)];
    }

    private static int word(byte[] bytes, int offset) {
        return ((bytes[offset] & 0xff) << 24)
                | ((bytes[offset + 1] & 0xff) << 16)
                | ((bytes[offset + 2] & 0xff) << 8)
                | (bytes[offset + 3] & 0xff);
    }

    private static void put(byte[] bytes, int offset, int word) {
        for (int index = 0; index < Integer.BYTES; index++) {
            bytes[offset + index] = (byte) (word >>> (24 - 8 * index));
        }
    }

    private static byte[] decode(String text, int length) {
        byte[] bytes = new byte[length];
        int bits = 0;
        int count = 0;
        int at = 0;
        for (int index = 0; index < text.length() && at < length; index++) {
            bits = (bits << 6) | ALPHABET.indexOf(text.charAt(index));
            count += 6;
            if (count >= 8) {
                count -= 8;
                bytes[at++] = (byte) (bits >>> count);
            }
        }
        return bytes;
    }

    /// The fraction of pi in binary, by Machin's formula: 16 atan(1/5) - 4 atan(1/239) in fixed
    /// point, with 64 bits more than are used.
    private static final class Pi {
        static final int[] WORDS = words();

        private static final int SPARE_BITS = 64;

        private static int[] words() {
            int count = SUBKEYS + BOXES;
            int bits = count * Integer.SIZE + SPARE_BITS;
            BigInteger pi =
                    inverseTangent(5, bits)
                            .shiftLeft(4)
                            .subtract(inverseTangent(239, bits).shiftLeft(2));
            BigInteger fraction = pi.subtract(BigInteger.valueOf(3).shiftLeft(bits));
            int[] words = new int[count];
            for (int index = 0; index < count; index++) {
                words[index] = fraction.shiftRight(bits - Integer.SIZE * (index + 1)).intValue();
            }
            return words;
        }

        private static BigInteger inverseTangent(int inverse, int bits) {
            BigInteger square = BigInteger.valueOf((long) inverse * inverse);
            BigInteger power = BigInteger.ONE.shiftLeft(bits).divide(BigInteger.valueOf(inverse));
            BigInteger sum = power;
            for (long term = 1; power.signum() != 0; term++) {
                power = power.divide(square);
                BigInteger part = power.divide(BigInteger.valueOf(2 * term + 1));
                sum = term % 2 == 0 ? sum.add(part) : sum.subtract(part);
            }
            return sum;
        }
    }
}
