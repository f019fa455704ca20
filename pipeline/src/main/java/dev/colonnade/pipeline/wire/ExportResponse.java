package dev.colonnade.pipeline.wire;

import dev.colonnade.pipeline.json.JsonAnswer;

/// What a backend said in an `Export{Logs,Trace,Metrics}ServiceResponse`: which part of a request
/// it accepted.
///
/// @param rejected records that the backend will never take, at least 0
/// @param message why, or a warning when nothing was rejected; empty for none
/// @param isReadable false when the body is no such message; the request was accepted nonetheless
public record ExportResponse(long rejected, String message, boolean isReadable) {
    /// Accepted as a whole: the answer that has no bytes.
    public static final ExportResponse FULL_SUCCESS = new ExportResponse(0, "", true);

    /// Accepted, with an answer that cannot be read.
    public static final ExportResponse UNREADABLE = new ExportResponse(0, "", false);

    /// A body above this is not read: the Collector's own bound.
    public static final int BYTES_MAX = 64 * 1024;

    private static final int PARTIAL_SUCCESS = (1 << 3) | 2;
    private static final int REJECTED = 1 << 3;
    private static final int ERROR_MESSAGE = (2 << 3) | 2;

    /// Reads an answer in protobuf. Never throws: garbage is [#UNREADABLE].
    public static ExportResponse parse(byte[] bytes, int offset, int length) {
        if (length == 0) {
            return FULL_SUCCESS;
        }
        if (length > BYTES_MAX) {
            return UNREADABLE;
        }
        long rejected = 0;
        String message = "";
        ProtoReader response = new ProtoReader(bytes, offset, length);
        for (int tag = response.next(); tag != 0; tag = response.next()) {
            if (tag != PARTIAL_SUCCESS) {
                continue;
            }
            ProtoReader partial = response.message();
            for (int field = partial.next(); field != 0; field = partial.next()) {
                if (field == REJECTED) {
                    rejected = partial.value();
                } else if (field == ERROR_MESSAGE) {
                    message = partial.text();
                }
            }
            if (!partial.isIntact()) {
                return UNREADABLE;
            }
        }
        if (!response.isIntact()) {
            return UNREADABLE;
        }
        return rejected <= 0 && message.isEmpty()
                ? FULL_SUCCESS
                : new ExportResponse(Math.max(rejected, 0), message, true);
    }

    /// Reads an answer in JSON, with names in `lowerCamelCase` or `snake_case`. Never throws:
    /// garbage is [#UNREADABLE].
    public static ExportResponse parseJson(byte[] bytes, int offset, int length) {
        if (length == 0) {
            return FULL_SUCCESS;
        }
        JsonPartialSuccess partial = new JsonPartialSuccess();
        if (length > BYTES_MAX || !JsonAnswer.read(bytes, offset, length, partial)) {
            return UNREADABLE;
        }
        return partial.rejected <= 0 && partial.message.isEmpty()
                ? FULL_SUCCESS
                : new ExportResponse(Math.max(partial.rejected, 0), partial.message, true);
    }

    /// Whether the backend took every record and had nothing to say.
    public boolean isFullSuccess() {
        return rejected == 0 && message.isEmpty();
    }

    /// Notes what is in `partialSuccess`.
    private static final class JsonPartialSuccess implements JsonAnswer.Visitor {
        private long rejected;
        private String message = "";

        @Override
        public void scalar(String parent, String name, String value) {
            if (!parent.equals("partialSuccess") && !parent.equals("partial_success")) {
                return;
            }
            if (name.startsWith("rejected")) {
                rejected = number(value);
            } else if (name.equals("errorMessage") || name.equals("error_message")) {
                message = value;
            }
        }

        private static long number(String digits) {
            try {
                return Long.parseLong(digits);
            } catch (NumberFormatException _) {
                return 0;
            }
        }
    }
}
