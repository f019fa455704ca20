package dev.colonnade.pipeline.json;

import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;
import java.util.List;

/// Writes OTLP requests that stand as protobuf bytes off the heap as one OTLP/JSON document.
///
/// The document is canonical: names in `lowerCamelCase` by field number, no white space, values
/// that say nothing left out, 64-bit integers as text, enumerations as numbers, ids in hex, bytes
/// in base64. Its sense is what protobuf's readers make of the same bytes: the last value of a
/// field and the last alternative of a `oneof` count, messages given in parts are merged, unknown
/// fields are dropped; text that is not UTF-8 has U+FFFD in place of what is wrong.
///
/// Reusable, for one thread; it makes no objects but for doubles that are not whole.
public final class OtlpJsonWriter {
    /// How writing ended.
    public enum Result {
        WRITTEN,
        /// The bytes are damaged, see [OtlpJsonWriter#error]; what the sink has is no document.
        MALFORMED,
        /// The sink took no more.
        REFUSED
    }

    /// Messages within messages, as protobuf's readers allow.
    private static final int DEPTH_MAX = 100;

    private static final int STRIDE = OtlpMessage.FIELDS_MAX;

    /// Parts of messages noted at once, 1 MiB: senders give a message in one part, and a lease
    /// holds 1,024 requests at most.
    private static final int PARTS_MAX = 1 << 16;

    private final JsonOutput out = new JsonOutput();
    private final FieldWalker walker = new FieldWalker();

    // Of each field of each open message: where its first tag begins, how often it was given, and
    // the last number or the last content.
    private final long[] firsts = new long[(DEPTH_MAX + 1) * STRIDE];
    private final int[] counts = new int[(DEPTH_MAX + 1) * STRIDE];
    private final long[] values = new long[(DEPTH_MAX + 1) * STRIDE];
    private final int[] lengths = new int[(DEPTH_MAX + 1) * STRIDE];

    /// A stack of pairs, begin and end: the parts that each open message is given in.
    private long[] parts = new long[64];

    private int partsEnd;
    private String error = "";

    /// Begins a document without content; [#add] gives it some.
    public void begin() {
        partsEnd = 0;
        error = "";
    }

    /// Adds a request; several of one signal become one document, as concatenation would.
    public void add(long address, int length) {
        if (!addPart(address, address + length)) {
            throw new IllegalStateException("too many requests for one document");
        }
    }

    /// Writes the document, without an end of line.
    public Result write(Signal signal, ByteSink sink) {
        out.begin(sink);
        boolean isWhole = message(OtlpSchema.request(signal), 0, 0, partsEnd);
        boolean isTaken = out.end();
        partsEnd = 0;
        if (!isWhole && !error.isEmpty()) {
            return Result.MALFORMED;
        }
        return isTaken ? Result.WRITTEN : Result.REFUSED;
    }

    /// Writes one request as a document.
    public Result write(Signal signal, long address, int length, ByteSink sink) {
        begin();
        add(address, length);
        return write(signal, sink);
    }

    /// What is wrong and where: `malformed OTLP: byte=..., within=..., cause=...`, the byte counted
    /// from the beginning of the request that it is in; empty when nothing is.
    public String error() {
        return error;
    }

    private boolean addPart(long from, long to) {
        if (partsEnd + 2 > parts.length) {
            if (parts.length == 2 * PARTS_MAX) {
                return false;
            }
            parts = Arrays.copyOf(parts, parts.length * 2);
        }
        parts[partsEnd++] = from;
        parts[partsEnd++] = to;
        return true;
    }

    private boolean message(OtlpMessage message, int depth, int partsFrom, int partsTo) {
        if (depth >= DEPTH_MAX) {
            return fail(message, parts[partsFrom], "nested too deep");
        }
        if (!scan(message, depth * STRIDE, partsFrom, partsTo)) {
            return false;
        }
        List<OtlpField> fields = message.fields();
        out.put('{');
        boolean isFirst = true;
        for (int index = 0; index < fields.size(); index++) {
            OtlpField field = fields.get(index);
            if (isGiven(field, depth * STRIDE + index)) {
                if (!isFirst) {
                    out.put(',');
                }
                isFirst = false;
                out.put(field.jsonKey());
                if (!value(message, field, depth, partsFrom, partsTo)) {
                    return false;
                }
            }
        }
        out.put('}');
        return !out.isRefused();
    }

    /// Notes where the fields of a message stand.
    private boolean scan(OtlpMessage message, int base, int partsFrom, int partsTo) {
        Arrays.fill(counts, base, base + STRIDE, 0);
        for (int part = partsFrom; part < partsTo; part += 2) {
            walker.walk(parts[part], parts[part + 1]);
            while (walker.next()) {
                OtlpField field = message.field(walker.number());
                if (field != null && fits(field)) {
                    note(message, field, base);
                }
            }
            if (!walker.cause().isEmpty()) {
                return fail(message, walker.position(), walker.cause());
            }
        }
        return true;
    }

    private void note(OtlpMessage message, OtlpField field, int base) {
        if (field.isInOneof()) {
            List<OtlpField> fields = message.fields();
            for (int index = 0; index < fields.size(); index++) {
                if (index != field.index && fields.get(index).isInOneof()) {
                    counts[base + index] = 0;
                }
            }
        }
        int slot = base + field.index;
        if (counts[slot]++ == 0) {
            firsts[slot] = walker.tagAddress();
        }
        boolean isContent = walker.wireType() == OtlpType.LENGTH;
        values[slot] = isContent ? walker.address() : walker.bits();
        lengths[slot] = isContent ? walker.length() : 0;
    }

    /// Whether the walker's field is of the type that its number has, otherwise it is unknown; a
    /// packed list without numbers does not count.
    private boolean fits(OtlpField field) {
        boolean isPacked = field.isPacked() && walker.wireType() == OtlpType.LENGTH;
        return isPacked ? walker.length() > 0 : walker.wireType() == field.type().wireType();
    }

    private boolean isGiven(OtlpField field, int slot) {
        if (counts[slot] == 0) {
            return false;
        }
        if (field.isRepeated()) {
            return true;
        }
        if (field.hasPresence()) {
            return true;
        }
        return switch (field.type()) {
            case STRING, BYTES, ID -> lengths[slot] > 0;
            case BOOL, INT64, UINT64, FIXED64, SFIXED64, DOUBLE, MESSAGE -> values[slot] != 0;
            case ENUM, INT32, UINT32, SINT32, FIXED32 -> (int) values[slot] != 0;
        };
    }

    private boolean value(
            OtlpMessage message, OtlpField field, int depth, int partsFrom, int partsTo) {
        int slot = depth * STRIDE + field.index;
        if (field.isRepeated()) {
            out.put('[');
            boolean isWhole = list(message, field, depth, partsFrom, partsTo);
            out.put(']');
            return isWhole;
        }
        if (field.type() != OtlpType.MESSAGE) {
            scalar(field, values[slot], lengths[slot]);
            return true;
        }
        int mark = partsEnd;
        boolean isCollected =
                counts[slot] == 1
                        ? addPart(values[slot], values[slot] + lengths[slot])
                        : collect(field, slot, partsFrom, partsTo);
        if (!isCollected) {
            return fail(message, firsts[slot], "message in too many parts");
        }
        boolean isWhole = message(field.message(), depth + 1, mark, partsEnd);
        partsEnd = mark;
        return isWhole;
    }

    /// Adds the parts of a message field that was given several times.
    private boolean collect(OtlpField field, int slot, int partsFrom, int partsTo) {
        int left = counts[slot];
        for (int part = partsFrom; part < partsTo && left > 0; part += 2) {
            if (!holds(part, firsts[slot]) && left == counts[slot]) {
                continue;
            }
            walker.walk(holds(part, firsts[slot]) ? firsts[slot] : parts[part], parts[part + 1]);
            while (left > 0 && walker.next()) {
                if (walker.number() == field.number() && fits(field)) {
                    left--;
                    if (walker.length() > 0 && !addPart(walker.address(), walker.position())) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private boolean holds(int part, long address) {
        return address >= parts[part] && address < parts[part + 1];
    }

    /// Writes the elements of a list, which may be scattered over the message.
    private boolean list(
            OtlpMessage message, OtlpField field, int depth, int partsFrom, int partsTo) {
        int slot = depth * STRIDE + field.index;
        int total = counts[slot];
        int left = total;
        boolean isFirst = true;
        for (int part = partsFrom; part < partsTo && left > 0; part += 2) {
            boolean isFirstPart = holds(part, firsts[slot]);
            if (!isFirstPart && left == total) {
                continue;
            }
            long at = isFirstPart ? firsts[slot] : parts[part];
            while (left > 0 && at < parts[part + 1]) {
                walker.walk(at, parts[part + 1]);
                if (!walker.next()) {
                    return fail(message, walker.position(), walker.cause());
                }
                at = walker.position();
                if (walker.number() == field.number() && fits(field)) {
                    left--;
                    boolean isPacked = field.isPacked() && walker.wireType() == OtlpType.LENGTH;
                    if (!isFirst) {
                        out.put(',');
                    }
                    isFirst = false;
                    if (!element(field, depth, isPacked)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private boolean element(OtlpField field, int depth, boolean isPacked) {
        if (isPacked) {
            return packed(field, walker.address(), walker.position());
        }
        if (field.type() != OtlpType.MESSAGE) {
            boolean isContent = walker.wireType() == OtlpType.LENGTH;
            scalar(field, isContent ? walker.address() : walker.bits(), walker.length());
            return true;
        }
        int mark = partsEnd;
        boolean isWhole =
                addPart(walker.address(), walker.position())
                        && message(field.message(), depth + 1, mark, partsEnd);
        partsEnd = mark;
        return isWhole;
    }

    private boolean packed(OtlpField field, long from, long to) {
        int size = field.type().wireType() == OtlpType.BITS_64 ? 8 : 4;
        boolean isVarint = field.type().wireType() == OtlpType.VARINT;
        if (!isVarint && (to - from) % size != 0) {
            return fail(from, field.name(), "packed numbers end within one");
        }
        long at = from;
        while (at < to) {
            if (at > from) {
                out.put(',');
            }
            long bits = 0;
            if (isVarint) {
                int shift = 0;
                byte next;
                do {
                    if (at == to || shift > 63) {
                        return fail(at, field.name(), "packed varint does not end");
                    }
                    next = OffHeap.getByte(at++);
                    bits |= (long) (next & 0x7f) << shift;
                    shift += 7;
                } while (next < 0);
            } else {
                bits = size == 8 ? OffHeap.getLong(at) : OffHeap.getInt(at);
                at += size;
            }
            scalar(field, bits, 0);
        }
        return true;
    }

    /// Writes a value: a number by its bits, content by its address and length.
    private void scalar(OtlpField field, long value, int length) {
        int low = (int) value;
        switch (field.type()) {
            case STRING -> out.string(value, length);
            case BYTES -> out.base64(value, length);
            case ID -> out.hex(value, length);
            case BOOL -> out.ascii(value != 0 ? "true" : "false");
            case DOUBLE -> out.decimal(Double.longBitsToDouble(value));
            case ENUM, INT32 -> out.integer(low, false);
            case UINT32, FIXED32 -> out.integer(Integer.toUnsignedLong(low), false);
            case SINT32 -> out.integer((low >>> 1) ^ -(low & 1), false);
            case INT64, SFIXED64 -> quoted(value, false);
            case UINT64, FIXED64 -> quoted(value, true);
            case MESSAGE -> throw new IllegalStateException("message as a value: field=" + field);
        }
    }

    private void quoted(long value, boolean isUnsigned) {
        out.put('"');
        out.integer(value, isUnsigned);
        out.put('"');
    }

    private boolean fail(OtlpMessage message, long address, String cause) {
        return fail(address, message.name(), cause);
    }

    private boolean fail(long address, String within, String cause) {
        long from = parts[0];
        for (int part = 0; part < partsEnd; part += 2) {
            if (address >= parts[part] && address <= parts[part + 1]) {
                from = parts[part];
                break;
            }
        }
        error =
                "malformed OTLP: byte="
                        + (address - from)
                        + ", within="
                        + within
                        + ", cause="
                        + cause;
        return false;
    }
}
