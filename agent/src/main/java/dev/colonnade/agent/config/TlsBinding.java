package dev.colonnade.agent.config;

import dev.colonnade.pipeline.tls.TlsTuning;

/// Reads what listeners and clients can say of `tls` alike.
final class TlsBinding {
    private TlsBinding() {}

    static TlsTuning tuning(Section tls) {
        return new TlsTuning(
                tls.texts("cipher_suites"),
                tls.texts("curve_preferences"),
                tls.duration("reload_interval", TlsTuning.DEFAULT.reloadInterval()));
    }

    /// Notes what is wrong with it.
    static void tell(TlsTuning tuning, Section tls) {
        tuning.suiteProblems().forEach(problem -> tls.error("cipher_suites", problem));
        tuning.curveProblems().forEach(problem -> tls.error("curve_preferences", problem));
    }
}
