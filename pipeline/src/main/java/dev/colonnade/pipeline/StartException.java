package dev.colonnade.pipeline;

import java.io.Serial;

/// A component cannot start; the message is for the user: what, where, what to do.
public final class StartException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    /// A failure that `cause` explains further.
    public StartException(String message, Throwable cause) {
        super(message, cause);
    }

    /// A failure that the message explains wholly.
    public StartException(String message) {
        super(message);
    }
}
