package dev.colonnade.storage.columnar;

import dev.colonnade.storage.Signal;
import org.jspecify.annotations.Nullable;

/// Which fields a message of OTLP has, and how each is kept in columns.
///
/// Looked up by the whole tag, number and wire type, so that a known field with another wire type
/// is an unknown field. Field numbers: opentelemetry-proto 1.7, all of them up to 16.
final class MessageType {
    // How a field is kept. Kinds below MESSAGES are those of unknown fields as well.
    static final byte GROUP = 0;
    static final byte FIXED64 = 1;
    static final byte FIXED32 = 2;
    static final byte VARINT = 3;

    /// A byte string, whatever it means, in a dictionary.
    static final byte BLOB = 4;

    /// A byte string that is 16, or 8, bytes long where it is what it should be.
    static final byte ID16 = 5;

    static final byte ID8 = 6;

    /// A message that has a table of its own: any number of them in a row, or a single one.
    static final byte MESSAGES = 7;

    static final byte MESSAGE = 8;

    /// All attributes that stand together as one byte string in a dictionary.
    static final byte SET = 9;

    /// Packed lists of numbers.
    static final byte PACKED64 = 10;

    static final byte PACKED_VARINT = 11;

    /// A `KeyValue`: one column for each key and type of value.
    static final byte ATTRIBUTE = 12;

    /// An `AnyValue`: one column for each type.
    static final byte VALUE = 13;

    private static final int TAGS = 256;
    private static final int WIRE_VARINT = 0;
    private static final int WIRE_FIXED64 = 1;
    private static final int WIRE_BYTES = 2;
    private static final int WIRE_FIXED32 = 5;

    private static final MessageType EXEMPLAR =
            new MessageType().with(FIXED64, 2, 3, 6).with(ID8, 4).with(ID16, 5).with(SET, 7);
    private static final MessageType BUCKETS =
            new MessageType().with(VARINT, 1).with(PACKED_VARINT, 2);
    private static final MessageType QUANTILE = new MessageType().with(FIXED64, 1, 2);
    private static final MessageType NUMBER_POINT =
            new MessageType()
                    .with(FIXED64, 2, 3, 4, 6)
                    .with(SET, 7)
                    .with(VARINT, 8)
                    .messages(5, EXEMPLAR);
    private static final MessageType HISTOGRAM_POINT =
            new MessageType()
                    .with(FIXED64, 2, 3, 4, 5, 11, 12)
                    .with(PACKED64, 6)
                    .with(BLOB, 7)
                    .with(SET, 9)
                    .with(VARINT, 10)
                    .messages(8, EXEMPLAR);
    private static final MessageType EXPONENTIAL_POINT =
            new MessageType()
                    .with(FIXED64, 2, 3, 4, 5, 7, 12, 13, 14)
                    .with(SET, 1)
                    .with(VARINT, 6, 10)
                    .message(8, BUCKETS)
                    .message(9, BUCKETS)
                    .messages(11, EXEMPLAR);
    private static final MessageType SUMMARY_POINT =
            new MessageType()
                    .with(FIXED64, 2, 3, 4, 5)
                    .with(SET, 7)
                    .with(VARINT, 8)
                    .messages(6, QUANTILE);
    private static final MessageType METRIC =
            new MessageType()
                    .with(BLOB, 1, 2, 3, 12)
                    .message(5, data(NUMBER_POINT))
                    .message(7, data(NUMBER_POINT))
                    .message(9, data(HISTOGRAM_POINT))
                    .message(10, data(EXPONENTIAL_POINT))
                    .message(11, data(SUMMARY_POINT));
    private static final MessageType LOG =
            new MessageType()
                    .with(FIXED64, 1, 11)
                    .with(VARINT, 2, 7)
                    .with(BLOB, 3, 12)
                    .with(VALUE, 5)
                    .with(ATTRIBUTE, 6)
                    .with(FIXED32, 8)
                    .with(ID16, 9)
                    .with(ID8, 10);
    private static final MessageType EVENT =
            new MessageType().with(FIXED64, 1).with(BLOB, 2).with(ATTRIBUTE, 3).with(VARINT, 4);
    private static final MessageType LINK =
            new MessageType()
                    .with(ID16, 1)
                    .with(ID8, 2)
                    .with(BLOB, 3)
                    .with(ATTRIBUTE, 4)
                    .with(VARINT, 5)
                    .with(FIXED32, 6);
    private static final MessageType STATUS = new MessageType().with(BLOB, 2).with(VARINT, 3);
    private static final MessageType SPAN =
            new MessageType()
                    .with(ID16, 1)
                    .with(ID8, 2, 4)
                    .with(BLOB, 3, 5)
                    .with(VARINT, 6, 10, 12, 14)
                    .with(FIXED64, 7, 8)
                    .with(ATTRIBUTE, 9)
                    .messages(11, EVENT)
                    .messages(13, LINK)
                    .message(15, STATUS)
                    .with(FIXED32, 16);

    private static final MessageType LOGS = request(LOG);
    private static final MessageType TRACES = request(SPAN);
    private static final MessageType METRICS = request(METRIC);

    private final byte[] kinds = new byte[TAGS];
    private final @Nullable MessageType[] children = new @Nullable MessageType[TAGS];

    private MessageType() {}

    /// The export request of a signal.
    static MessageType of(Signal signal) {
        return switch (signal) {
            case LOGS -> LOGS;
            case TRACES -> TRACES;
            case METRICS -> METRICS;
        };
    }

    /// How the field with that tag is kept; an unknown one by its wire type.
    byte kind(int tag) {
        byte known = tag < TAGS ? kinds[tag] : GROUP;
        return known != GROUP ? known : kindOfUnknown(tag);
    }

    /// The type of the messages in the field with that tag, whose kind says that they have one.
    MessageType child(int tag) {
        MessageType child = tag < TAGS ? children[tag] : null;
        if (child == null) {
            throw new IllegalStateException("field is no message: tag=" + tag);
        }
        return child;
    }

    /// How an unknown field is kept; [#GROUP] when it is a group, or nothing.
    static byte kindOfUnknown(int tag) {
        return switch (tag & 7) {
            case WIRE_VARINT -> VARINT;
            case WIRE_FIXED64 -> FIXED64;
            case WIRE_BYTES -> BLOB;
            case WIRE_FIXED32 -> FIXED32;
            default -> GROUP;
        };
    }

    private static MessageType request(MessageType record) {
        MessageType scopes = new MessageType().with(BLOB, 1, 3).messages(2, record);
        MessageType resources = new MessageType().with(BLOB, 1, 3).messages(2, scopes);
        return new MessageType().messages(1, resources);
    }

    private static MessageType data(MessageType point) {
        return new MessageType().messages(1, point).with(VARINT, 2, 3);
    }

    private MessageType with(byte kind, int... fields) {
        int wire =
                switch (kind) {
                    case FIXED64 -> WIRE_FIXED64;
                    case FIXED32 -> WIRE_FIXED32;
                    case VARINT -> WIRE_VARINT;
                    default -> WIRE_BYTES;
                };
        for (int field : fields) {
            kinds[field << 3 | wire] = kind;
        }
        return this;
    }

    private MessageType messages(int field, MessageType child) {
        children[field << 3 | WIRE_BYTES] = child;
        return with(MESSAGES, field);
    }

    private MessageType message(int field, MessageType child) {
        children[field << 3 | WIRE_BYTES] = child;
        return with(MESSAGE, field);
    }
}
