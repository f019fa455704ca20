package dev.colonnade.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ToolsTest {
    @Test
    void retryInfoComesBack() {
        assertThat(RetryInfo.decode(RetryInfo.encode(14, 1_500_000_000L)))
                .isEqualTo(1_500_000_000L);
        assertThat(RetryInfo.decode(RetryInfo.encode(8, 0))).isZero();
        assertThat(RetryInfo.decode("%%%")).isEqualTo(-1);
        assertThat(RetryInfo.decode("CA4")).isEqualTo(-1);
    }

    @Test
    void factsComeBackFromLines() {
        Facts facts = new Facts().put("a", 3).put("b", 0.5).put("c", "x=y");
        Facts read = Facts.parseLines(facts.toLines());
        assertThat(read.number("a", 0)).isEqualTo(3);
        assertThat(read.number("b", 0)).isEqualTo(0.5);
        assertThat(read.text("c")).isEqualTo("x=y");
        assertThat(read.text("d")).isNull();
        assertThat(facts.put("q", "say \"hi\"").toJson())
                .isEqualTo("{\"a\": 3, \"b\": 0.500, \"c\": \"x=y\", \"q\": \"say \\\"hi\\\"\"}");
    }

    @Test
    void optionsNameWhatIsWrong() {
        Set<String> named = Set.of("rate");
        assertThatThrownBy(() -> Options.parse(new String[] {"--rat", "1"}, named, Set.of()))
                .hasMessage("unknown option: option=--rat");
        assertThatThrownBy(() -> Options.parse(new String[] {"--rate"}, named, Set.of()))
                .hasMessage("option has no value: option=--rate");
        Options options = Options.parse(new String[] {"--rate", "x"}, named, Set.of());
        assertThatThrownBy(() -> options.number("rate", 1, 0)).hasMessageContaining("value=x");
        assertThat(Options.parse(new String[0], named, Set.of()).number("rate", 5, 0)).isEqualTo(5);
    }

    @Test
    void ledgerWritesRuns() {
        Ledger ledger = new Ledger(9, 50, 0);
        for (int request = 0; request < 10; request++) {
            ledger.note(request, request < 4 ? Ledger.Fate.ACCEPTED : Ledger.Fate.REFUSED);
        }
        ledger.note(4, Ledger.Fate.ACCEPTED);
        ledger.note(12, Ledger.Fate.UNCERTAIN);
        assertThat(ledger.toText()).isEqualTo("generator=9\nN 5 50\nA 0 4\nR 5 9\nU 12 12\n");
    }

    @Test
    void watchSeesThisProcess() {
        ProcessWatch watch = new ProcessWatch(0);
        assertThat(watch.residentBytes()).isPositive();
        assertThat(watch.residentBytesMax()).isGreaterThanOrEqualTo(watch.residentBytes() / 2);
        assertThat(watch.cpuNanos()).isPositive();
        assertThat(new ProcessWatch(1L << 40).cpuNanos()).isZero();
    }
}
