package dev.colonnade.exporters.delivery;

import java.util.Locale;

/// What became of one attempt; whether it may be repeated is in the type.
public sealed interface Outcome {
    /// Delivered wholly, with nothing to say.
    Outcome DELIVERED = new Delivered(0, "");

    /// The peer has the records.
    ///
    /// @param rejected how many of them it will never take
    /// @param message what the peer said about it, or what was odd; empty for nothing
    record Delivered(long rejected, String message) implements Outcome {}

    /// Nothing is known to be wrong with the records: the same request again, later.
    ///
    /// @param delayNanos how long the peer asks to wait; 0 when it does not say
    record Retry(Cause cause, String message, long delayNanos) implements Outcome {}

    /// The peer will not take this request as it is.
    ///
    /// @param isDoubtful the answer may as well be about the peer's own state
    record Refused(boolean isDoubtful, String message) implements Outcome {}

    /// The peer may take the records in smaller requests.
    record TooLarge(String message) implements Outcome {}

    /// Why an attempt is to be repeated.
    enum Cause {
        /// There is no connection, or it broke, or the peer is not able now.
        UNAVAILABLE,
        /// The peer asks to send less.
        THROTTLED,
        /// No answer within the attempt's time.
        TIMEOUT,
        /// The peer refuses whatever this exporter sends: wrong credentials, wrong path.
        CONFIGURATION;

        private final String label = name().toLowerCase(Locale.ROOT);

        /// The value of the `outcome` label.
        public String label() {
            return label;
        }
    }
}
