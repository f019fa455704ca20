package dev.colonnade.pipeline.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys in the forms of other tools.
final class PrivateKeysTest {
    @ParameterizedTest
    @ValueSource(ints = {1024, 2048, 4096})
    void readsRsaKeysAsOpensslWroteThem(int bits) throws Exception {
        KeyPair pair = pair("RSA", bits);
        byte[] pkcs8 = pair.getPrivate().getEncoded();
        String pem = pem("RSA PRIVATE KEY", inner(pkcs8));
        assertThat(read("RSA", pem)).isEqualTo(pair.getPrivate());
        assertThat(read("RSA", pem("PRIVATE KEY", pkcs8))).isEqualTo(pair.getPrivate());
        assertThat(
                        read(
                                "RSA",
                                "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
                                        + pem))
                .isEqualTo(pair.getPrivate());
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 384, 521})
    void readsKeysOnCurvesAsOpensslWroteThem(int bits) throws Exception {
        KeyPair pair = pair("EC", bits);
        byte[] bare = inner(pair.getPrivate().getEncoded());
        byte[] curve = curve(pair.getPrivate().getEncoded());
        byte[] named = withCurve(bare, curve);
        String pem =
                "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
                        + pem("EC PRIVATE KEY", named);
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(read("EC", pem));
        signature.update(bare);
        byte[] signed = signature.sign();
        signature.initVerify(pair.getPublic());
        signature.update(bare);
        assertThat(signature.verify(signed)).isTrue();
        assertThatThrownBy(() -> read("EC", pem("EC PRIVATE KEY", bare)))
                .hasMessageContaining("does not say on which curve");
        assertThatThrownBy(() ->
                        read("EC", pem("EC PRIVATE KEY", Arrays.copyOf(named, named.length / 3))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysWhyItCannotRead() {
        assertThatThrownBy(() -> PrivateKeys.toPkcs8(bytes("nothing")))
                .hasMessage("no private key in PEM");
        assertThatThrownBy(
                        () -> PrivateKeys.toPkcs8(bytes(pem("ENCRYPTED PRIVATE KEY", new byte[3]))))
                .hasMessage("private key is encrypted: decrypt its file");
        assertThatThrownBy(() -> PrivateKeys.toPkcs8(bytes(pem("DSA PRIVATE KEY", new byte[3]))))
                .hasMessage("private key of another kind: DSA PRIVATE KEY");
    }

    private static KeyPair pair(String algorithm, int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static PrivateKey read(String algorithm, String pem) throws Exception {
        String text = new String(PrivateKeys.toPkcs8(bytes(pem)), StandardCharsets.US_ASCII);
        String body = text.replaceAll("-----[A-Z ]+-----", "").replace("\n", "");
        return KeyFactory.getInstance(algorithm)
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
    }

    /// The key in a PKCS #8 structure: the content of its last member.
    private static byte[] inner(byte[] pkcs8) {
        int at = header(pkcs8, 0);
        at += 3;
        at = header(pkcs8, at) + length(pkcs8, at);
        return Arrays.copyOfRange(pkcs8, header(pkcs8, at), pkcs8.length);
    }

    /// The name of the curve in a PKCS #8 structure: what follows the algorithm's.
    private static byte[] curve(byte[] pkcs8) {
        int at = header(pkcs8, 0) + 3;
        int end = header(pkcs8, at) + length(pkcs8, at);
        int algorithm = header(pkcs8, at);
        return Arrays.copyOfRange(pkcs8, header(pkcs8, algorithm) + length(pkcs8, algorithm), end);
    }

    /// A SEC 1 key with the name of its curve, as openssl adds it behind the number.
    private static byte[] withCurve(byte[] bare, byte[] curve) {
        int start = header(bare, 0);
        int afterVersion = start + 3;
        int afterNumber = header(bare, afterVersion) + length(bare, afterVersion);
        int size = afterNumber - start + 2 + curve.length;
        byte[] head = {0x30, (byte) 0x81, (byte) size};
        byte[] named = Arrays.copyOf(head, head.length + size);
        System.arraycopy(bare, start, named, head.length, afterNumber - start);
        int at = head.length + afterNumber - start;
        named[at] = (byte) 0xa0;
        named[at + 1] = (byte) curve.length;
        System.arraycopy(curve, 0, named, at + 2, curve.length);
        return named;
    }

    private static int header(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        int length = first < 0x80 ? first : 0;
        for (int index = 0; first >= 0x80 && index < (first & 0x7f); index++) {
            length = (length << 8) | (der[at + 2 + index] & 0xff);
        }
        return length;
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN "
                + kind
                + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END "
                + kind
                + "-----\n";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
