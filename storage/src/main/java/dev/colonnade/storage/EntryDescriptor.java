package dev.colonnade.storage;

/// The layout of a held batch in a segment's entry table: 40 bytes, little endian.
///
/// ```
///    0              8       12      16      20      24      28       32    33      34     35    36
///   +--------------+-------+-------+-------+-------+-------+--------+-----+-------+------+-----+-----+
///   | received ns  | slot  | offset| length| wire  |records|metadata|codec|pending|worst | pad |delay|
///   | 8            | 4     | 4     | 4     | bytes | 4     | id 4   | 1   | 1     | drop1| 1   | ns 4|
///   +--------------+-------+-------+-------+-------+-------+--------+-----+-------+------+-----+-----+
/// ```
///
/// `slot` and `offset` say where the payload is, `length` how long it is as held, `wire bytes` how
/// long as plain OTLP. `pending` counts the cursors that have not settled the entry; `worst drop`
/// is 0 or the ordinal of a [DropReason] plus one. `delay` is the time from receipt to storing, at
/// most two seconds.
final class EntryDescriptor {
    static final int BYTES = 40;

    static final int RECEIVED = 0;
    static final int SLOT = 8;
    static final int OFFSET = 12;
    static final int LENGTH = 16;
    static final int WIRE_BYTES = 20;
    static final int RECORDS = 24;
    static final int METADATA = 28;
    static final int CODEC = 32;
    static final int PENDING = 33;
    static final int WORST_DROP = 34;
    static final int STORE_DELAY = 36;

    /// The most cursors a store can have: what `pending` can count.
    static final int CURSORS_MAX = Byte.MAX_VALUE;

    private EntryDescriptor() {}
}
