package dev.colonnade.exporters.testkit;

import java.util.Map;

/// What a backend does with a request.
@SuppressWarnings("ArrayRecordComponent") // never compared
public sealed interface Reply {
    /// Takes it.
    Reply OK = new Body(new byte[0]);

    /// Never answers.
    Reply HANG = new Hang();

    /// Closes the connection without an answer.
    Reply CLOSE = new Close();

    /// Resets the stream; over HTTP/1.1 the same as closing.
    Reply RESET = new Reset(2);

    /// A success with that body.
    record Body(byte[] bytes) implements Reply {}

    /// A gRPC status.
    ///
    /// @param details the value of `grpc-status-details-bin`; empty for none
    record Grpc(int code, String message, String details) implements Reply {
        public Grpc(int code, String message) {
            this(code, message, "");
        }
    }

    /// An HTTP answer, of a server that may not speak gRPC.
    record Http(int status, Map<String, String> headers, byte[] body) implements Reply {
        public Http(int status) {
            this(status, Map.of(), new byte[0]);
        }

        public Http(int status, String header, String value) {
            this(status, Map.of(header, value), new byte[0]);
        }
    }

    /// Bytes written as they are, then the end of the connection.
    record Raw(byte[] bytes) implements Reply {}

    /// HTTP/2 GOAWAY that says this request was not looked at, then the end of the connection.
    record GoAway() implements Reply {}

    /// RST_STREAM with that error.
    record Reset(long error) implements Reply {}

    /// See [#HANG].
    record Hang() implements Reply {}

    /// See [#CLOSE].
    record Close() implements Reply {}
}
