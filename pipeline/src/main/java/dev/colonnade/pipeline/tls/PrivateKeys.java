package dev.colonnade.pipeline.tls;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Private keys in the forms in which tools write them, brought into the one that the runtime
/// reads: PKCS #8 (RFC 5958) out of PKCS #1 (`RSA PRIVATE KEY`, RFC 8017) and SEC 1 (`EC PRIVATE
/// KEY`, RFC 5915).
///
/// ```
/// SEQUENCE { INTEGER 0, SEQUENCE { OID of the algorithm, its parameters }, OCTET STRING { key } }
/// ```
public final class PrivateKeys {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int PARAMETERS = 0xa0;

    private static final byte[] VERSION = {2, 1, 0};

    /// rsaEncryption 1.2.840.113549.1.1.1, and NULL.
    private static final byte[] RSA = {
        6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
    };

    /// id-ecPublicKey 1.2.840.10045.2.1.
    private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

    private PrivateKeys() {}

    /// The first private key in a PEM text, as PKCS #8 in PEM.
    ///
    /// @throws IllegalArgumentException when there is none, or it is encrypted or damaged
    public static byte[] toPkcs8(byte[] pem) {
        Matcher blocks = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
        while (blocks.find()) {
            String kind = blocks.group(1);
            if (kind.equals("ENCRYPTED PRIVATE KEY") || blocks.group(2).contains("ENCRYPTED")) {
                throw new IllegalArgumentException("private key is encrypted: decrypt its file");
            }
            if (!kind.endsWith("PRIVATE KEY")) {
                continue;
            }
            byte[] key = Base64.getMimeDecoder().decode(blocks.group(2));
            return switch (kind) {
                case "PRIVATE KEY" -> pem(key);
                case "RSA PRIVATE KEY" -> pem(wrapped(RSA, key));
                case "EC PRIVATE KEY" -> pem(wrapped(joined(EC, curve(key)), key));
                default ->
                        throw new IllegalArgumentException("private key of another kind: " + kind);
            };
        }
        throw new IllegalArgumentException("no private key in PEM");
    }

    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return tagged(SEQUENCE, joined(VERSION, tagged(SEQUENCE, algorithm), tagged(OCTETS, key)));
    }

    /// The curve's name, out of the parameters that the key has with it.
    private static byte[] curve(byte[] key) {
        try {
            int at = content(key, 0);
            int end = key.length;
            while (at < end) {
                int from = content(key, at);
                int length = length(key, at);
                if ((key[at] & 0xff) == PARAMETERS) {
                    byte[] found = new byte[length];
                    System.arraycopy(key, from, found, 0, length);
                    return found;
                }
                at = from + length;
            }
        } catch (IndexOutOfBoundsException damaged) {
            throw new IllegalArgumentException("private key is damaged", damaged);
        }
        throw new IllegalArgumentException("private key does not say on which curve it is");
    }

    private static int content(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int index = 0; index < (first & 0x7f); index++) {
            length = (length << 8) | (der[at + 2 + index] & 0xff);
        }
        return length;
    }

    private static byte[] tagged(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            int bytes = content.length < 0x100 ? 1 : content.length < 0x1_0000 ? 2 : 3;
            out.write(0x80 | bytes);
            for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
                out.write(content.length >>> shift);
            }
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] pem(byte[] der) {
        return ("-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                        + "\n-----END PRIVATE KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
