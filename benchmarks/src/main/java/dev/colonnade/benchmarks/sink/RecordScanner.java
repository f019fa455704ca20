package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.Wire;
import dev.colonnade.benchmarks.data.Signal;

/// Walks an export request down to its records and shows each to a [Checker].
///
/// Counts log records, spans and data points of all five kinds of metric. A request that is no
/// protobuf on the way down is malformed; nothing of it is shown to the checker.
final class RecordScanner {
    private static final byte[] SEQUENCE_KEY = {
        'e', 'v', 'e', 'n', 't', '.', 's', 'e', 'q', 'u', 'e', 'n', 'c', 'e'
    };
    private static final int FIRST_DATA_FIELD = 5;
    private static final int LAST_DATA_FIELD = 11;

    private final Checker checker;
    private final Wire request = new Wire();
    private final Wire resource = new Wire();
    private final Wire scope = new Wire();
    private final Wire metric = new Wire();
    private final Wire data = new Wire();
    private final Wire record = new Wire();
    private final Wire attribute = new Wire();
    private final Wire any = new Wire();

    RecordScanner(Checker checker) {
        this.checker = checker;
    }

    /// Counts the records of a request, showing each to the checker when `check` is set.
    ///
    /// @return the number of records, or -1 when the request is malformed
    int scan(byte[] bytes, int offset, int length, Signal signal, boolean check) {
        int records = 0;
        request.over(bytes, offset, length);
        while (request.next()) {
            if (request.field() == 1 && request.isBytes()) {
                int found = resource(bytes, request.offset(), request.length(), signal, check);
                if (found < 0) {
                    return -1;
                }
                records += found;
            }
        }
        return request.isBroken() ? -1 : records;
    }

    private int resource(byte[] bytes, int offset, int length, Signal signal, boolean check) {
        if (check) {
            checker.leaveResource();
            resource.over(bytes, offset, length);
            while (resource.next()) {
                if (resource.field() == 1 && resource.isBytes()) {
                    checker.enterResource(bytes, resource.offset(), resource.length());
                }
            }
        }
        int records = 0;
        resource.over(bytes, offset, length);
        while (resource.next()) {
            if (resource.field() == 2 && resource.isBytes()) {
                int found = scope(bytes, resource.offset(), resource.length(), signal, check);
                if (found < 0) {
                    return -1;
                }
                records += found;
            }
        }
        return resource.isBroken() ? -1 : records;
    }

    private int scope(byte[] bytes, int offset, int length, Signal signal, boolean check) {
        int records = 0;
        scope.over(bytes, offset, length);
        while (scope.next()) {
            if (!scope.isBytes()) {
                continue;
            }
            if (scope.field() == 1 && check) {
                checker.enterScope(bytes, scope.offset(), scope.length());
            } else if (scope.field() == 2) {
                int found = 1;
                switch (signal) {
                    case LOGS -> log(bytes, scope.offset(), scope.length(), check);
                    case TRACES -> span(bytes, scope.offset(), scope.length(), check);
                    case METRICS -> found = metric(bytes, scope.offset(), scope.length(), check);
                }
                if (found < 0 || record.isBroken()) {
                    return -1;
                }
                records += found;
            }
        }
        return scope.isBroken() ? -1 : records;
    }

    private void log(byte[] bytes, int offset, int length, boolean check) {
        record.over(bytes, offset, check ? length : 0);
        long number = -1;
        long spanId = 0;
        while (record.next()) {
            int field = record.field();
            if (field == 6 && number < 0 && record.isBytes()) {
                number = eventSequence(bytes, record.offset(), record.length());
            } else if (field == 10 && record.isBytes() && record.length() == Long.BYTES) {
                spanId = Wire.longAt(bytes, record.offset());
            }
        }
        if (check) {
            checker.numberedRecord(bytes, offset, length, spanId, number);
        }
    }

    private long eventSequence(byte[] bytes, int offset, int length) {
        attribute.over(bytes, offset, length);
        if (!attribute.next()
                || attribute.field() != 1
                || !attribute.isBytes()
                || attribute.length() != SEQUENCE_KEY.length) {
            return -1;
        }
        for (int i = 0; i < SEQUENCE_KEY.length; i++) {
            if (bytes[attribute.offset() + i] != SEQUENCE_KEY[i]) {
                return -1;
            }
        }
        if (!attribute.next() || attribute.field() != 2 || !attribute.isBytes()) {
            return -1;
        }
        any.over(bytes, attribute.offset(), attribute.length());
        return any.next() && any.field() == 3 ? any.value() : -1;
    }

    private void span(byte[] bytes, int offset, int length, boolean check) {
        record.over(bytes, offset, check ? length : 0);
        long spanId = 0;
        while (record.next()) {
            if (record.field() == 2 && record.isBytes() && record.length() == Long.BYTES) {
                spanId = Wire.longAt(bytes, record.offset());
            }
        }
        if (check) {
            checker.numberedRecord(bytes, offset, length, spanId, 0);
        }
    }

    private int metric(byte[] bytes, int offset, int length, boolean check) {
        int points = 0;
        int nameOffset = 0;
        int nameLength = 0;
        metric.over(bytes, offset, length);
        while (metric.next()) {
            if (!metric.isBytes()) {
                continue;
            }
            int field = metric.field();
            if (field == 1) {
                nameOffset = metric.offset();
                nameLength = metric.length();
            } else if (field >= FIRST_DATA_FIELD && field <= LAST_DATA_FIELD) {
                if (check) {
                    checker.enterMetric(bytes, nameOffset, nameLength, field);
                }
                data.over(bytes, metric.offset(), metric.length());
                while (data.next()) {
                    if (data.field() == 1 && data.isBytes()) {
                        point(bytes, data.offset(), data.length(), check);
                        points++;
                    }
                }
                if (data.isBroken()) {
                    return -1;
                }
            }
        }
        return metric.isBroken() ? -1 : points;
    }

    private void point(byte[] bytes, int offset, int length, boolean check) {
        record.over(bytes, offset, check ? length : 0);
        long start = 0;
        long time = 0;
        while (time == 0 && record.next()) {
            if (record.field() == 2 && !record.isBytes()) {
                start = record.value();
            } else if (record.field() == 3 && !record.isBytes()) {
                time = record.value();
            }
        }
        if (check) {
            checker.timedRecord(bytes, offset, length, start, time);
        }
    }
}
