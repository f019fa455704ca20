package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.processor.WireFields;
import dev.colonnade.storage.memory.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads one `AnyValue`, off the heap or on it: which member is set and a scalar's value. Of
/// several members the last counts.
///
/// Reusable, allocates nothing but where a method says so.
final class AnyValueReader {
    static final int EMPTY = 0;
    static final int TEXT_TAG = 0x0a;
    static final int BOOL_TAG = 0x10;
    static final int INT_TAG = 0x18;
    static final int REAL_TAG = 0x21;
    static final int ITEMS_TAG = 0x2a;
    static final int ENTRIES_TAG = 0x32;
    static final int BYTES_TAG = 0x3a;

    /// A reference into a string table, used by profiles; holds no value here.
    private static final int TEXT_INDEX_TAG = 0x40;

    private final WireFields fields = new WireFields();
    private final HeapFields heapFields = new HeapFields();
    private boolean malformed;
    private int type;
    private long number;
    private byte @Nullable [] bytes;
    private long payloadAt;
    private int payloadLength;
    private long textAt;
    private int textLength;

    /// Starts over with a request.
    void begin() {
        malformed = false;
    }

    /// Whether a value was malformed since [#begin].
    boolean isMalformed() {
        return malformed;
    }

    /// Reads the value of an entry; false when it is malformed.
    boolean read(AttributeTable table, int index) {
        byte @Nullable [] array = table.valueBytes(index);
        if (array == null) {
            return read(table.valueAt(index), table.valueLength(index));
        }
        return read(array, (int) table.valueAt(index), table.valueLength(index));
    }

    /// Reads the value of `length` bytes at `address`; false when it is malformed.
    boolean read(long address, int length) {
        type = EMPTY;
        bytes = null;
        payloadAt = address;
        payloadLength = length;
        fields.over(address, length);
        while (fields.next()) {
            switch (fields.tag()) {
                case TEXT_TAG, BYTES_TAG, ITEMS_TAG, ENTRIES_TAG -> {
                    type = fields.tag();
                    textAt = fields.bodyAt();
                    textLength = fields.bodyLength();
                }
                case BOOL_TAG, INT_TAG -> {
                    type = fields.tag();
                    number = fields.bits();
                }
                case REAL_TAG -> {
                    type = REAL_TAG;
                    number = OffHeap.getLong(fields.bodyAt());
                }
                case TEXT_INDEX_TAG -> type = EMPTY;
                default -> {}
            }
        }
        malformed |= fields.isMalformed();
        return !fields.isMalformed();
    }

    /// Reads the value of `length` bytes at `offset` of an array; false when it is malformed.
    boolean read(byte[] array, int offset, int length) {
        type = EMPTY;
        bytes = array;
        payloadAt = offset;
        payloadLength = length;
        heapFields.over(array, offset, length);
        while (heapFields.next()) {
            switch (heapFields.tag()) {
                case TEXT_TAG, BYTES_TAG, ITEMS_TAG, ENTRIES_TAG -> {
                    type = heapFields.tag();
                    textAt = heapFields.bodyAt();
                    textLength = heapFields.bodyLength();
                }
                case BOOL_TAG, INT_TAG, REAL_TAG -> {
                    type = heapFields.tag();
                    number = heapFields.bits();
                }
                case TEXT_INDEX_TAG -> type = EMPTY;
                default -> {}
            }
        }
        malformed |= heapFields.isMalformed();
        return !heapFields.isMalformed();
    }

    /// The tag of the member that is set, or [#EMPTY].
    int type() {
        return type;
    }

    boolean bool() {
        return number != 0;
    }

    /// An integer, or the bits of a floating-point number.
    long number() {
        return number;
    }

    double real() {
        return Double.longBitsToDouble(number);
    }

    /// Bytes of a string, of bytes, of a list or a map.
    int textLength() {
        return textLength;
    }

    /// Whether a string is `expected`.
    boolean isText(byte[] expected) {
        if (textLength != expected.length) {
            return false;
        }
        byte @Nullable [] array = bytes;
        if (array == null) {
            return AttributeKeys.equal(textAt, expected);
        }
        int from = (int) textAt;
        return Arrays.equals(array, from, from + textLength, expected, 0, expected.length);
    }

    /// Copies `count` bytes of a string or of bytes, from `from` on, to the beginning of an array.
    void copyText(int from, byte[] target, int count) {
        byte @Nullable [] array = bytes;
        if (array == null) {
            OffHeap.copy(textAt + from, target, 0, count);
        } else {
            System.arraycopy(array, (int) textAt + from, target, 0, count);
        }
    }

    /// A copy of a string or of bytes; allocates it.
    byte[] text() {
        byte[] copy = new byte[textLength];
        copyText(0, copy, textLength);
        return copy;
    }

    /// The value as an object; null for a list or map that is malformed within or too large.
    /// Allocates.
    @Nullable AttributeValue value() {
        return switch (type) {
            case TEXT_TAG -> new AttributeValue.Text(new String(text(), StandardCharsets.UTF_8));
            case BOOL_TAG -> new AttributeValue.Bool(bool());
            case INT_TAG -> new AttributeValue.Int(number);
            case REAL_TAG -> new AttributeValue.Real(real());
            case BYTES_TAG -> new AttributeValue.Bytes(text());
            case ITEMS_TAG, ENTRIES_TAG -> list();
            default -> new AttributeValue.Empty();
        };
    }

    private @Nullable AttributeValue list() {
        if (payloadLength > ValueDecoder.BYTES_MAX) {
            return null;
        }
        byte[] payload = new byte[payloadLength];
        byte @Nullable [] array = bytes;
        if (array == null) {
            OffHeap.copy(payloadAt, payload, 0, payloadLength);
        } else {
            System.arraycopy(array, (int) payloadAt, payload, 0, payloadLength);
        }
        return ValueDecoder.decode(payload);
    }
}
