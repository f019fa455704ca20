package dev.colonnade.pipeline.receiver.jsonfile;

import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.json.JsonLimits;
import dev.colonnade.pipeline.json.OtlpJsonReader;
import dev.colonnade.pipeline.json.OtlpJsonReader.Status;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreShard.Admission;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Makes requests of the lines of one file after another and offers them; runs on its loop.
///
/// [#begin], any number of [#accept], [#abandon]. A line counts as read when it was offered and
/// taken, or can never be.
final class LineReader {
    /// What a line begins with, at most, until its signal is known.
    private static final int HEAD_BYTES_MAX = 256;

    /// What a line's protobuf is thought to need at first; it grows.
    private static final int EXTENT_BYTES = 16 << 10;

    private final Map<Signal, Route> routes;
    private final int loop;
    private final LongSupplier nanoClock;
    private final FileMeter meter;
    private final OtlpJsonReader reader = new OtlpJsonReader(JsonLimits.DEFAULTS);
    private final RowBatch batch = new RowBatch();
    private final byte[] head = new byte[HEAD_BYTES_MAX];
    private int headLength;
    private @Nullable RouteShard shard;
    private boolean isSkipping;
    private boolean isRefused;
    private long position;
    private long lineStart;
    private long retryNanos;
    private String error = "";

    LineReader(Map<Signal, Route> routes, int loop, LongSupplier nanoClock, FileMeter meter) {
        this.routes = routes;
        this.loop = loop;
        this.nanoClock = nanoClock;
        this.meter = meter;
    }

    /// Begins with the line at `offset`.
    void begin(long offset) {
        abandon();
        position = offset;
        lineStart = offset;
        isRefused = false;
    }

    /// Takes the next bytes of the file; false when a line cannot be taken now: the same bytes are
    /// to be brought again from [#lineStart] on, after [#retryNanos].
    boolean accept(byte[] chunk, int length) {
        error = "";
        int from = 0;
        for (int index = 0; index < length; index++) {
            if (chunk[index] == '\n') {
                if (!piece(chunk, from, index - from) || !endLine()) {
                    abandon();
                    return false;
                }
                from = index + 1;
                meter.read(position + from - lineStart, isRefused);
                isRefused = false;
                lineStart = position + from;
            }
        }
        if (!piece(chunk, from, length - from)) {
            abandon();
            return false;
        }
        position += length;
        return true;
    }

    /// Where the first line begins that is not read.
    long lineStart() {
        return lineStart;
    }

    long retryNanos() {
        return retryNanos;
    }

    /// What was wrong with the last line that can never be taken; empty when none was in the last
    /// bytes.
    String error() {
        return error;
    }

    /// Lets go of a line that has not ended.
    void abandon() {
        RouteShard open = shard;
        if (open != null) {
            reader.close();
            open.release(batch.payload());
        }
        shard = null;
        headLength = 0;
        isSkipping = false;
    }

    private boolean piece(byte[] chunk, int offset, int length) {
        if (isSkipping || length == 0) {
            return true;
        }
        int taken = 0;
        if (shard == null) {
            taken = Math.min(length, HEAD_BYTES_MAX - headLength);
            System.arraycopy(chunk, offset, head, headLength, taken);
            headLength += taken;
            if (headLength < HEAD_BYTES_MAX) {
                return true;
            }
            if (!open()) {
                return isSkipping;
            }
        }
        return feed(chunk, offset + taken, length - taken);
    }

    private boolean feed(byte[] bytes, int offset, int length) {
        Status status = reader.feed(bytes, offset, length);
        if (status == Status.MEMORY_FULL) {
            return later();
        }
        if (status != Status.OK) {
            giveUp(reader.error());
        }
        return true;
    }

    /// Begins a request with what is known of the line; false when it cannot now, or never.
    private boolean open() {
        String begin = new String(head, 0, headLength, StandardCharsets.UTF_8).strip();
        if (begin.isEmpty() || begin.equals("{}")) {
            isSkipping = true;
            return false;
        }
        @Nullable Signal signal = signal(begin);
        @Nullable Route route = signal == null ? null : routes.get(signal);
        if (signal == null || route == null) {
            giveUp(
                    signal == null
                            ? "line is no OTLP/JSON request"
                            : "no pipeline for " + signal.label());
            return false;
        }
        RouteShard opened = route.shard(loop);
        if (!opened.reserve(batch.payload(), EXTENT_BYTES)) {
            return later();
        }
        shard = opened;
        reader.begin(signal, batch.payload(), opened::grow);
        return feed(head, 0, headLength) && !isSkipping;
    }

    /// The signal by the first name in a line.
    private static @Nullable Signal signal(String begin) {
        int open = begin.indexOf('"');
        int close = begin.indexOf('"', open + 1);
        if (!begin.startsWith("{") || open < 0 || close < 0) {
            return null;
        }
        return switch (begin.substring(open + 1, close)) {
            case "resourceLogs", "resource_logs" -> Signal.LOGS;
            case "resourceSpans", "resource_spans" -> Signal.TRACES;
            case "resourceMetrics", "resource_metrics" -> Signal.METRICS;
            default -> null;
        };
    }

    private boolean endLine() {
        if (shard == null && !isSkipping && !open() && !isSkipping) {
            return false;
        }
        RouteShard opened = shard;
        boolean isRead = true;
        if (opened != null && !isSkipping) {
            Status status = reader.finish();
            if (status == Status.OK) {
                isRead = offer(opened);
            } else if (status == Status.MEMORY_FULL) {
                isRead = later();
            } else {
                giveUp(reader.error());
            }
        }
        if (isRead) {
            abandon();
        }
        return isRead;
    }

    private boolean offer(RouteShard opened) {
        int records = reader.records();
        if (records == 0) {
            return true;
        }
        opened.trim(batch.payload());
        int bytes = batch.payload().length();
        batch.describe(Codec.IDENTITY, bytes, records, 0, nanoClock.getAsLong());
        Admission admission = opened.offer(batch, null);
        if (admission == Admission.ADMITTED) {
            shard = null;
            meter.accepted(opened.route().signal(), records);
            return true;
        }
        if (admission == Admission.TOO_LARGE) {
            giveUp("request is larger than a queue can hold: records=" + records);
            return true;
        }
        if (admission == Admission.MALFORMED) {
            giveUp("request cannot be processed: records=" + records);
            return true;
        }
        return later();
    }

    private boolean later() {
        RouteShard opened = shard;
        retryNanos =
                opened == null
                        ? routes.values().stream().mapToLong(Route::retryAfterNanos).max().orElse(0)
                        : opened.route().retryAfterNanos();
        return false;
    }

    private void giveUp(String why) {
        error = why + ", at=" + lineStart;
        isRefused = true;
        isSkipping = true;
    }
}
