package dev.colonnade.exporters.debug;

import dev.colonnade.storage.Signal;

/// Makes text of a request. Runs on one loop.
interface Printer {
    /// The text, without an end of line.
    ///
    /// @param address of the request as plain OTLP; 0 where it could not be inflated
    /// @param length in bytes
    String print(Signal signal, int records, long address, int length);
}
