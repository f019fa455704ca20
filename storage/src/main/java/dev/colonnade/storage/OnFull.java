package dev.colonnade.storage;

/// What an exporter that lags does to the others when memory is full.
public enum OnFull {
    /// The receiver refuses new requests.
    REFUSE,
    /// The laggard's oldest undelivered entries are dropped and counted.
    DROP_OLDEST
}
