package dev.colonnade.exporters;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProxyConfigTest {
    private static final String NO_PROXY =
            "plain.example, .below.example,*.star.example,10.0.0.0/8,"
                    + " host.example:99,fd00::/8,1.2.3.4";

    private final ProxyConfig config =
            ProxyConfig.ofEnvironment(
                    Map.of(
                            "http_proxy",
                            "http://plain:1",
                            "HTTPS_PROXY",
                            "secure:2",
                            "https_proxy",
                            "shadowed:3",
                            "NO_PROXY",
                            NO_PROXY));

    @Test
    void picksByKindOfConnection() {
        assertThat(config.proxyFor("backend.example", 80, false)).isEqualTo("http://plain:1");
        assertThat(config.proxyFor("backend.example", 443, true)).isEqualTo("http://secure:2");
    }

    @ParameterizedTest
    @CsvSource({
        "plain.example,     1,  true",
        "a.plain.example,   1,  true",
        "notplain.example,  1,  false",
        "a.below.example,   1,  true",
        "below.example,     1,  false",
        "A.Star.Example,    1,  true",
        "10.255.0.1,        1,  true",
        "11.0.0.1,          1,  false",
        "host.example,      99, true",
        "host.example,      98, false",
        "fd12::1,           1,  true",
        "fe80::1,           1,  false",
        "1.2.3.4,           1,  true",
        "localhost,         1,  true",
        "127.9.9.9,         1,  true",
        "::1,               1,  true"
    })
    void honoursNoProxy(String host, int port, boolean excluded) {
        assertThat(config.proxyFor(host, port, false) == null).isEqualTo(excluded);
    }

    @Test
    void starExcludesEverything() {
        ProxyConfig none =
                ProxyConfig.ofEnvironment(Map.of("HTTPS_PROXY", "http://p:1", "no_proxy", "*"));
        assertThat(none.proxyFor("backend.example", 443, true)).isNull();
    }

    @Test
    void writtenProxyHoldsForEveryHost() {
        ProxyConfig written = config.withProxyUrl("http://written:3");
        assertThat(written.proxyFor("localhost", 1, false)).isEqualTo("http://written:3");
        assertThat(written.proxyFor("plain.example", 1, true)).isEqualTo("http://written:3");
    }

    @Test
    void nothingWrittenMeansNone() {
        assertThat(ProxyConfig.NONE.proxyFor("backend.example", 1, true)).isNull();
        assertThat(ProxyConfig.ofEnvironment(Map.of("HTTP_PROXY", "")).proxyFor("b", 1, false))
                .isNull();
    }
}
