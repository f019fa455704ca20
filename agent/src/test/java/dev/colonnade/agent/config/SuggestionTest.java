package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SuggestionTest {
    private static final List<String> KNOWN = List.of("endpoint", "timeout", "tls", "headers");

    @Test
    void namesTheNearest() {
        assertThat(Suggestion.of("endpiont", KNOWN)).isEqualTo(", did you mean \"endpoint\"?");
        assertThat(Suggestion.of("timeouts", KNOWN)).isEqualTo(", did you mean \"timeout\"?");
        assertThat(Suggestion.of("tsl", KNOWN)).isEqualTo(", did you mean \"tls\"?");
    }

    @Test
    void staysSilentWhenNothingIsNear() {
        assertThat(Suggestion.of("compression", KNOWN)).isEmpty();
        assertThat(Suggestion.of("xyz", KNOWN)).isEmpty();
    }

    @Test
    void countsASwapAsOneEdit() {
        assertThat(Suggestion.distance("grcp", "grpc")).isEqualTo(1);
        assertThat(Suggestion.distance("", "abc")).isEqualTo(3);
        assertThat(Suggestion.distance("abc", "abc")).isZero();
        assertThat(Suggestion.distance("kitten", "sitting")).isEqualTo(3);
    }
}
