package dev.colonnade.pipeline.wire;

import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;

/// One pass over the protobuf bytes of an OTLP export request, down to its records: checks nesting
/// and lengths, counts records, builds nothing.
///
/// The request is fed in pieces of any size, in order, while it arrives or while it is inflated; a
/// piece may end anywhere, within a varint too. Only the messages that lead to records are opened
/// (see [OtlpLayout]): records, resources, scopes and all other fields are stepped over by their
/// length, so that damage inside them passes. What is accepted, refused and counted is what
/// protobuf-java makes of the same bytes when those fields are read as `bytes`: occurrences of one
/// member of a metric's `oneof data` merge, another member clears them, a known number with another
/// wire type is an unknown field.
///
/// Reusable, allocates nothing until it fails, not thread-safe. It reads only the pieces it is
/// given, during the call.
public final class Skim {
    /// Why bytes were refused.
    private enum Cause {
        NONE(""),
        FIELD_NUMBER("field number is zero"),
        WIRE_TYPE("no such wire type"),
        VARINT("varint is longer than ten bytes"),
        VARINT_PASSES("varint passes the end of its message"),
        NEGATIVE("length is negative"),
        PASSES("field passes the end of its message"),
        GROUP_END("group ends that did not start"),
        GROUP_OPEN("group does not end"),
        DEPTH("nested too deep"),
        TOO_MANY("more records than can be counted"),
        TRUNCATED("request ends too early");

        private final String text;

        Cause(String text) {
            this.text = text;
        }
    }

    private final long recordsMax;
    private final long[] ends = new long[OtlpLayout.METRIC + 2];
    private final int[] groupTags = new int[OtlpLayout.DEPTH_MAX];

    private Signal signal = Signal.LOGS;
    private int leaf;
    private int recordTag;

    /// Bytes fed so far; also the end of the present piece.
    private long fed;

    /// Of the next byte to be looked at; beyond `fed` while a field is stepped over.
    private long position;

    /// Where the innermost open message ends: `ends[level]`.
    private long end;

    private int level;
    private int groups;
    private int tag;

    /// What the varint that is read next, or was interrupted, means: [OtlpLayout#START_GROUP]
    /// stands for a tag, [OtlpLayout#LENGTH] for a length, [OtlpLayout#VARINT] for a value of no
    /// interest.
    private int expected;

    private long bits;
    private int shift;

    private long records;
    private long recordsBeforeMetric;
    private int metricMember;
    private int resources;
    private Cause cause = Cause.NONE;

    /// A skim that counts up to 2,147,483,647 records.
    public Skim() {
        this(Integer.MAX_VALUE);
    }

    Skim(int recordsMax) {
        this.recordsMax = recordsMax;
        begin(Signal.LOGS);
    }

    /// Starts over with a new request.
    public void begin(Signal signal) {
        this.signal = signal;
        leaf = OtlpLayout.leaf(signal);
        recordTag = OtlpLayout.recordTag(signal);
        fed = 0;
        position = 0;
        end = Long.MAX_VALUE;
        ends[0] = Long.MAX_VALUE;
        level = 0;
        groups = 0;
        expected = OtlpLayout.START_GROUP;
        bits = 0;
        shift = 0;
        records = 0;
        resources = 0;
        cause = Cause.NONE;
    }

    /// Takes the next `length` bytes of the request, from `address` on.
    ///
    /// @return false when the request is malformed, for this and every later piece
    public boolean feed(long address, int length) {
        if (cause != Cause.NONE) {
            return false;
        }
        long bias = address - fed;
        fed += length;
        while (position < fed) {
            if (expected == OtlpLayout.START_GROUP && shift == 0) {
                if (position == end) {
                    if (!leave()) {
                        return false;
                    }
                    continue;
                }
                if (level == leaf && groups == 0 && skipRecords(bias)) {
                    continue;
                }
            }
            if (cause != Cause.NONE || !field(bias)) {
                return cause == Cause.NONE;
            }
        }
        return cause == Cause.NONE;
    }

    /// Ends the request.
    ///
    /// @return false when it is malformed, or ends within a field, a message or a group
    public boolean finish() {
        if (cause != Cause.NONE) {
            return false;
        }
        boolean whole = position == fed && expected == OtlpLayout.START_GROUP && shift == 0;
        while (whole && level > 0 && position == end) {
            whole = leave();
        }
        if (cause == Cause.NONE && (!whole || level > 0 || groups > 0)) {
            cause = Cause.TRUNCATED;
        }
        return cause == Cause.NONE;
    }

    /// Skims a request that is there as a whole.
    ///
    /// @return false when it is malformed or truncated
    public boolean skim(Signal signal, long address, int length) {
        begin(signal);
        return feed(address, length) && finish();
    }

    /// Log records, spans or metric data points seen so far; final after [#finish()].
    public int records() {
        return (int) records;
    }

    /// `ResourceLogs`, `ResourceSpans` or `ResourceMetrics` seen so far.
    public int resources() {
        return resources;
    }

    /// Bytes fed so far.
    public long bytes() {
        return fed;
    }

    /// What is wrong and where, `malformed OTLP logs: byte=..., ...` or `truncated OTLP logs: ...`;
    /// empty while nothing is.
    public String error() {
        if (cause == Cause.NONE) {
            return "";
        }
        String family = cause == Cause.TRUNCATED ? "truncated" : "malformed";
        return family
                + (" OTLP " + signal.label() + ": byte=" + Math.min(position, fed))
                + (", within=" + OtlpLayout.name(level))
                + (", cause=" + cause.text);
    }

    /// Steps over records in a row, as long as their headers are plain and lie in the present
    /// piece.
    private boolean skipRecords(long bias) {
        long at = position;
        long count = 0;
        long limit = Math.min(fed - 3, end);
        while (at < limit) {
            long next = OtlpLayout.behindRecord(at, bias, recordTag);
            if (next < 0 || next > end) {
                break;
            }
            at = next;
            count++;
        }
        position = at;
        if (count > recordsMax - records) {
            return fail(Cause.TOO_MANY);
        }
        records += count;
        return count > 0;
    }

    /// Reads one varint and does what it says; false when it failed or the piece ended within it.
    private boolean field(long bias) {
        if (!varint(bias)) {
            return false;
        }
        long value = bits;
        bits = 0;
        shift = 0;
        return switch (expected) {
            case OtlpLayout.LENGTH -> onLength((int) value);
            case OtlpLayout.VARINT -> expectTag();
            default -> onTag((int) value);
        };
    }

    private boolean varint(long bias) {
        long at = position;
        long limit = Math.min(fed, end);
        while (at < limit) {
            byte next = OffHeap.getByte(at + bias);
            at++;
            bits |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                position = at;
                return true;
            }
            shift += 7;
            if (shift == OtlpLayout.VARINT_BITS_MAX) {
                position = at;
                return fail(Cause.VARINT);
            }
        }
        position = at;
        return at < fed && fail(Cause.VARINT_PASSES);
    }

    private boolean expectTag() {
        expected = OtlpLayout.START_GROUP;
        return true;
    }

    private boolean onTag(int value) {
        tag = value;
        if (tag >>> 3 == 0) {
            return fail(Cause.FIELD_NUMBER);
        }
        return switch (tag & 7) {
            case OtlpLayout.VARINT -> {
                expected = OtlpLayout.VARINT;
                yield true;
            }
            case OtlpLayout.LENGTH -> {
                expected = OtlpLayout.LENGTH;
                yield true;
            }
            case OtlpLayout.FIXED64 -> step(8);
            case OtlpLayout.FIXED32 -> step(4);
            case OtlpLayout.START_GROUP -> openGroup();
            case OtlpLayout.END_GROUP -> closeGroup();
            default -> fail(Cause.WIRE_TYPE);
        };
    }

    private boolean onLength(int length) {
        expected = OtlpLayout.START_GROUP;
        if (length < 0) {
            return fail(Cause.NEGATIVE);
        }
        if (groups == 0) {
            if (level == leaf) {
                if (tag == recordTag && ++records > recordsMax) {
                    return fail(Cause.TOO_MANY);
                }
            } else if (OtlpLayout.isChild(level, tag)) {
                return enter(length);
            }
        }
        return step(length);
    }

    private boolean step(int length) {
        if (length > end - position) {
            return fail(Cause.PASSES);
        }
        position += length;
        return true;
    }

    private boolean enter(int length) {
        if (length > end - position) {
            return fail(Cause.PASSES);
        }
        end = position + length;
        level++;
        ends[level] = end;
        if (level == 1 && ++resources == Integer.MAX_VALUE) {
            return fail(Cause.TOO_MANY);
        }
        if (level == OtlpLayout.METRIC) {
            recordsBeforeMetric = records;
            metricMember = 0;
        } else if (level > OtlpLayout.METRIC && tag != metricMember) {
            metricMember = tag;
            records = recordsBeforeMetric;
        }
        return true;
    }

    private boolean leave() {
        if (groups > 0) {
            return fail(Cause.GROUP_OPEN);
        }
        level--;
        end = ends[level];
        return true;
    }

    private boolean openGroup() {
        if (level + groups >= OtlpLayout.DEPTH_MAX) {
            return fail(Cause.DEPTH);
        }
        groupTags[groups++] = tag + (OtlpLayout.END_GROUP - OtlpLayout.START_GROUP);
        return true;
    }

    private boolean closeGroup() {
        if (groups == 0 || groupTags[groups - 1] != tag) {
            return fail(Cause.GROUP_END);
        }
        groups--;
        return true;
    }

    private boolean fail(Cause why) {
        cause = why;
        return false;
    }
}
