package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "67108864, 67108864",
        "64MiB, 67108864",
        "64 MiB, 67108864",
        "1.5GiB, 1610612736",
        "100kB, 100000",
        "100KiB, 102400",
        "3b, 3",
        "0, 0"
    })
    void readsSizes(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(OptionalLong.of(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "MiB", "-1", "64M", "1.5", "1e3", "64%", "99999999999GiB", "1.1.1kB"})
    void refusesWhatIsNoSize(String text) {
        assertThat(ByteSize.parse(text)).isEmpty();
    }
}
