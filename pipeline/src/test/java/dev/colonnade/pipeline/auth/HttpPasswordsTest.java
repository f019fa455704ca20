package dev.colonnade.pipeline.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Hashes of passwords, made by other programs.
final class HttpPasswordsTest {
    @ParameterizedTest
    @CsvSource(
            value = {
                "'', $2y$04$vmfmqHSMF113Uk3BgZ2RyeeQlVKbKE2SOW4VpvAMYQ6ks0yRq3/PO",
                "a, $2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
                "pässwörd, $2y$05$vmfmqHSMF113Uk3BgZ2RyecC.tHOT.IxPcLHO.tCRqmplH2YPhI8S",
                "secret, $apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/",
                "secret, {SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
                "secret, secret",
                "sec:ret, sec:ret",
                "$ecret, $ecret"
            })
    void knowsThePasswordAndNoOther(String password, String hash) {
        HttpPasswords passwords = new HttpPasswords(List.of("# comment", "", "user:" + hash));
        assertThat(passwords.matches("user", bytes(password))).isTrue();
        assertThat(passwords.matches("user", bytes(password + "x"))).isFalse();
        assertThat(passwords.matches("other", bytes(password))).isFalse();
    }

    @Test
    void bcryptLooksAt72BytesAsOthersDo() {
        String hash = "$2b$04$vmfmqHSMF113Uk3BgZ2Ryem9Tmv3mBcFhzCSW51B08sm6kMRXER3u";
        HttpPasswords passwords = new HttpPasswords(List.of("user:" + hash));
        assertThat(passwords.matches("user", bytes("x".repeat(100)))).isTrue();
        assertThat(passwords.matches("user", bytes("x".repeat(72)))).isTrue();
        assertThat(passwords.matches("user", bytes("x".repeat(71)))).isFalse();
    }

    @Test
    void firstLineOfAUserCountsAndNobodyHasNoPassword() {
        HttpPasswords passwords = new HttpPasswords(List.of("a:one", "a:two", "b:three"));
        assertThat(passwords.matches("a", bytes("one"))).isTrue();
        assertThat(passwords.matches("a", bytes("two"))).isFalse();
        assertThat(passwords.matches("", bytes(""))).isFalse();
        assertThat(passwords.isSlow()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1",
                "$6$salt$hash",
                "{SSHA}abc",
                "$2y$31$vmfmqHSMF113Uk3BgZ2RyeeQlVKbKE2SOW4VpvAMYQ6ks0yRq3/PO",
                ""
            })
    void hashesThatItDoesNotKnowAreNoPasswords(String hash) {
        assertThatThrownBy(() -> new HttpPasswords(List.of("user:" + hash)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("password of user \"user\" is hashed in a way")
                .hasMessageNotContaining("abc");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
