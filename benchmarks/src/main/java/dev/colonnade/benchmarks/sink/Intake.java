package dev.colonnade.benchmarks.sink;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.data.Signal;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// What happens to a request once its body is there: inflate, count, check, decide. Used by one
/// thread.
final class Intake {
    /// The verdict on a request.
    enum Verdict {
        ACCEPT,
        REFUSE,
        MALFORMED,
        HANG,
        CLOSE
    }

    private static final int GZIP_HEADER = 10;

    /// Inflated bodies end here: 256 MiB.
    private static final int BODY_MAX = 1 << 28;

    private final LongSupplier nanoClock;
    private final Checker checker;
    private final RecordScanner scanner;
    private final Inflater inflater = new Inflater(true);
    private byte[] inflated = new byte[1 << 20];
    private Behaviour behaviour;
    private long turn;
    private long free;
    private long delayNanos;

    private long requests;
    private long wireBytes;
    private long bodyBytes;
    private long refused;
    private long unanswered;
    private long malformed;
    private final long[] records = new long[Signal.values().length];

    Intake(Behaviour behaviour, Checker checker, LongSupplier nanoClock) {
        this.behaviour = behaviour;
        this.checker = checker;
        this.scanner = new RecordScanner(checker);
        this.nanoClock = nanoClock;
    }

    Behaviour behaviour() {
        return behaviour;
    }

    void behave(Behaviour next) {
        behaviour = next;
        turn = 0;
    }

    void reset() {
        checker.reset();
        requests = 0;
        wireBytes = 0;
        bodyBytes = 0;
        refused = 0;
        unanswered = 0;
        malformed = 0;
        Arrays.fill(records, 0);
    }

    /// How long the answer to the request just offered must be held back, nanoseconds.
    long delayNanos() {
        return delayNanos;
    }

    /// Takes a request's body as it came off the wire.
    ///
    /// @param codec `identity`, `gzip` or `zstd`
    Verdict offer(byte[] bytes, int offset, int length, String codec, Signal signal) {
        delayNanos = behaviour.latencyNanos();
        boolean concerned = ++turn % behaviour.every() == 0;
        if (concerned && behaviour.kind() != Behaviour.Kind.ACCEPT) {
            return misbehave();
        }
        byte[] body = bytes;
        int from = offset;
        int size = length;
        if (!codec.equals("identity")) {
            size = inflate(bytes, offset, length, codec);
            body = inflated;
            from = 0;
        }
        int found = size < 0 ? -1 : scanner.scan(body, from, size, signal, true);
        if (found < 0) {
            malformed++;
            return Verdict.MALFORMED;
        }
        requests++;
        wireBytes += length;
        bodyBytes += size;
        records[signal.ordinal()] += found;
        if (behaviour.recordsPerSecond() > 0) {
            long now = nanoClock.getAsLong();
            free = Math.max(free, now) + found * 1_000_000_000L / behaviour.recordsPerSecond();
            delayNanos += free - now;
        }
        return Verdict.ACCEPT;
    }

    private Verdict misbehave() {
        return switch (behaviour.kind()) {
            case REFUSE -> {
                refused++;
                yield Verdict.REFUSE;
            }
            case HANG -> {
                unanswered++;
                yield Verdict.HANG;
            }
            case CLOSE -> {
                unanswered++;
                yield Verdict.CLOSE;
            }
            case ACCEPT -> throw new IllegalStateException("accepting is no misbehaviour");
        };
    }

    private int inflate(byte[] bytes, int offset, int length, String codec) {
        if (codec.equals("zstd")) {
            return unzstd(bytes, offset, length);
        }
        // Only the plain ten-byte header that OTLP clients write; a header with extras is malformed
        // here.
        if (!codec.equals("gzip") || length < GZIP_HEADER || bytes[offset + 3] != 0) {
            return -1;
        }
        inflater.reset();
        inflater.setInput(bytes, offset + GZIP_HEADER, length - GZIP_HEADER);
        int size = 0;
        try {
            while (!inflater.finished()) {
                int got = inflater.inflate(inflated, size, inflated.length - size);
                size += got;
                if (size == inflated.length) {
                    if (size >= BODY_MAX) {
                        return -1;
                    }
                    inflated = Arrays.copyOf(inflated, inflated.length * 2);
                } else if (got == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
                    return -1;
                }
            }
        } catch (DataFormatException _) {
            return -1;
        }
        return size;
    }

    private int unzstd(byte[] bytes, int offset, int length) {
        while (true) {
            try {
                return (int)
                        Zstd.decompressByteArray(
                                inflated, 0, inflated.length, bytes, offset, length);
            } catch (ZstdException e) {
                if (e.getErrorCode() != Zstd.errDstSizeTooSmall() || inflated.length >= BODY_MAX) {
                    return -1;
                }
                inflated = new byte[inflated.length * 2];
            }
        }
    }

    /// The counts so far.
    Facts facts() {
        long all = 0;
        for (long each : records) {
            all += each;
        }
        return new Facts()
                .put("requests", requests)
                .put("records", all)
                .put("log_records", records[Signal.LOGS.ordinal()])
                .put("spans", records[Signal.TRACES.ordinal()])
                .put("points", records[Signal.METRICS.ordinal()])
                .put("wire_bytes", wireBytes)
                .put("body_bytes", bodyBytes)
                .put("requests_refused", refused)
                .put("requests_unanswered", unanswered)
                .put("requests_malformed", malformed)
                .putAll("", checker.facts());
    }

    LedgerCheck ledgerCheck() {
        return new LedgerCheck(checker);
    }
}
