package dev.colonnade.benchmarks.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// One request body with the places that change from request to request.
///
/// A body is patched in place: nothing changes its length, so all lengths in the protobuf stay
/// right.
public final class Body {
    // Kinds of marks. The first four only describe; the others are patches.
    static final int SERVICE = 0;
    static final int RECORD = 1;
    static final int METRIC = 2;
    static final int RECORD_END = 3;

    /// 8 bytes: time of the request + argument, nanoseconds.
    static final int TIME = 4;

    /// 8 bytes: span id of record number argument.
    static final int SPAN_ID = 5;

    /// 16 bytes: trace id of record number argument.
    static final int TRACE_ID = 6;

    /// 16 bytes of text: request id of record number argument, in hexadecimal.
    static final int REQUEST_ID = 7;

    /// 8 bytes: when the generator started, nanoseconds.
    static final int START = 8;

    /// 8 bytes: generator start + sequence of the request slots + argument, nanoseconds.
    static final int SLOT_TIME = 9;

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong TEXT =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int STRIDE = Proto.MARK_STRIDE;

    private final byte[] bytes;
    private final int records;
    private final int slotBits;

    /// Position, kind, argument of each patch.
    private final int[] patches;

    private final int[] recordOffset;
    private final int[] recordLength;
    private final int[] recordPatch;
    private final short[] recordService;
    private final short[] recordMetric;

    Body(Proto message, int records) {
        this.bytes = message.toByteArray();
        this.records = records;
        this.slotBits = PointTime.slotBits(records);
        this.recordOffset = new int[records];
        this.recordLength = new int[records];
        this.recordPatch = new int[records + 1];
        this.recordService = new short[records];
        this.recordMetric = new short[records];
        int[] marks = message.toMarks();
        int[] kept = new int[marks.length];
        int keptInts = 0;
        int record = 0;
        short service = 0;
        short metric = 0;
        for (int i = 0; i < marks.length; i += STRIDE) {
            switch (marks[i + 1]) {
                case SERVICE -> service = (short) marks[i + 2];
                case METRIC -> metric = (short) marks[i + 2];
                case RECORD -> {
                    recordOffset[record] = marks[i];
                    recordPatch[record] = keptInts;
                    recordService[record] = service;
                    recordMetric[record] = metric;
                }
                case RECORD_END -> {
                    recordLength[record] = marks[i] - recordOffset[record];
                    record++;
                }
                default -> {
                    System.arraycopy(marks, i, kept, keptInts, STRIDE);
                    keptInts += STRIDE;
                }
            }
        }
        if (record != records) {
            throw new IllegalStateException(
                    "body has another number of records: wanted=" + records + ", found=" + record);
        }
        recordPatch[records] = keptInts;
        this.patches = Arrays.copyOf(kept, keptInts);
    }

    /// Bytes of the body.
    public int length() {
        return bytes.length;
    }

    /// Records in the body.
    public int records() {
        return records;
    }

    /// Copies the body into `target` from its first byte on; places to be patched are zero.
    public void copyTo(MemorySegment target) {
        MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    /// Writes a request's ids and times into a copy of the body.
    ///
    /// @param target starts with the body's first byte
    /// @param identity whose ids
    /// @param request the request's number; its records are numbered from `request * records()`
    /// @param timeNanos the request's time, nanoseconds since 1970
    /// @param startNanos when the generator started, nanoseconds since 1970
    public void patch(
            MemorySegment target,
            Identity identity,
            long request,
            long timeNanos,
            long startNanos) {
        patch(target, 0, 0, patches.length, identity, request, timeNanos, startNanos);
    }

    int recordLength(int record) {
        return recordLength[record];
    }

    int recordService(int record) {
        return recordService[record];
    }

    int recordMetric(int record) {
        return recordMetric[record];
    }

    /// Writes into `scratch` what record number `record` of `request` must look like.
    ///
    /// The request's time is taken from the first time in `received`, which has the record's
    /// length; every other time of the record follows from it. START is taken as received.
    void expect(
            MemorySegment scratch,
            int record,
            Identity identity,
            long request,
            MemorySegment received) {
        int offset = recordOffset[record];
        MemorySegment.copy(bytes, offset, scratch, ValueLayout.JAVA_BYTE, 0, recordLength[record]);
        long time = 0;
        long start = 0;
        for (int i = recordPatch[record + 1] - STRIDE; i >= recordPatch[record]; i -= STRIDE) {
            if (patches[i + 1] == TIME) {
                time = received.get(LONG, patches[i] - offset) - patches[i + 2];
            } else if (patches[i + 1] == START) {
                start = received.get(LONG, patches[i] - offset);
            }
        }
        patch(
                scratch,
                offset,
                recordPatch[record],
                recordPatch[record + 1],
                identity,
                request,
                time,
                start);
    }

    private void patch(
            MemorySegment target,
            int origin,
            int from,
            int to,
            Identity identity,
            long request,
            long timeNanos,
            long startNanos) {
        int[] program = patches;
        long first = request * records;
        long slot = startNanos + (request << slotBits);
        for (int i = from; i < to; i += STRIDE) {
            int at = program[i] - origin;
            int argument = program[i + 2];
            switch (program[i + 1]) {
                case TIME -> target.set(LONG, at, timeNanos + argument);
                case SPAN_ID -> target.set(LONG, at, identity.spanId(first + argument));
                case TRACE_ID -> {
                    target.set(LONG, at, identity.traceHigh(first + argument));
                    target.set(LONG, at + Long.BYTES, identity.traceLow(first + argument));
                }
                case REQUEST_ID -> {
                    long id = identity.requestId(first + argument);
                    target.set(TEXT, at, hex((int) (id >>> 32)));
                    target.set(TEXT, at + Long.BYTES, hex((int) id));
                }
                case START -> target.set(LONG, at, startNanos);
                case SLOT_TIME -> target.set(LONG, at, slot + argument);
                default -> throw new IllegalStateException("unknown patch: kind=" + program[i + 1]);
            }
        }
    }

    /// Eight hexadecimal digits of an int as ASCII, the first in the highest byte.
    ///
    /// Spreads the nibbles over the bytes of a long, then adds `'0'`, and 39 more (`'a' - '0' -
    /// 10`) to each that is above 9: adding 6 to such a nibble carries into bit 4.
    static long hex(int value) {
        long spread = value & 0xFFFF_FFFFL;
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFFL;
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FFL;
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0FL;
        long letters = (spread + 0x0606_0606_0606_0606L) >>> 4 & 0x0101_0101_0101_0101L;
        return spread + 0x3030_3030_3030_3030L + letters * 39;
    }
}
