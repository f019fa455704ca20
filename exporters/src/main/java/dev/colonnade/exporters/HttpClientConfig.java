package dev.colonnade.exporters;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// How an HTTP client keeps its connections.
///
/// @param maxIdleConns idle connections kept for reuse, over all loops; zero for no limit
/// @param maxConns connections at once, over all loops; zero for no limit
/// @param idleConnTimeout how long an idle connection is kept; zero for ever
/// @param disableKeepAlives a connection serves one request only
public record HttpClientConfig(
        int maxIdleConns, int maxConns, Duration idleConnTimeout, boolean disableKeepAlives) {
    /// What holds where nothing is written.
    public static final HttpClientConfig DEFAULT =
            new HttpClientConfig(100, 0, Duration.ofSeconds(90), false);

    /// What is wrong, paths relative to the exporter.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (maxIdleConns < 0) {
            problems.add(new ConfigProblem("max_idle_conns", "must be non-negative"));
        }
        if (maxConns < 0) {
            problems.add(new ConfigProblem("max_conns_per_host", "must be non-negative"));
        }
        if (idleConnTimeout.isNegative()) {
            problems.add(new ConfigProblem("idle_conn_timeout", "must be non-negative"));
        }
        return problems;
    }
}
