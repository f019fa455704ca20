package dev.colonnade.pipeline.text;

/// The first damage found in a request.
final class Damage {
    private final long begin;
    private String error = "";

    /// None yet in the request that begins at `begin`.
    Damage(long begin) {
        this.begin = begin;
    }

    void note(String within, long address, String cause) {
        if (error.isEmpty()) {
            error =
                    "malformed OTLP: byte="
                            + (address - begin)
                            + ", within="
                            + within
                            + ", cause="
                            + cause;
        }
    }

    /// What and where; empty when none was found.
    String error() {
        return error;
    }
}
