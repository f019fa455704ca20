package dev.colonnade.benchmarks.data;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What somebody must know to build a generator's records again; it travels as
/// `service.instance.id`.
///
/// ```
///  most significant long                              least significant long
///  +-------+------------+----------+---------+       +----------+---------+---------+--------+
///  | magic | generator  | records  | data set|       | seed     | ring    | service | codec  |
///  | 16 bit| 16 bit     | 24 bit   | 8 bit   |       | 32 bit   | 16 bit  | 8 bit   | 8 bit  |
///  +-------+------------+----------+---------+       +----------+---------+---------+--------+
/// ```
///
/// Written as a UUID, constant for one service of one generator, so it looks and compresses like a
/// real instance id.
///
/// @param generator 1 to 65,535, which process made the records
/// @param recordsPerRequest 1 to 2^24 - 1
/// @param dataSet which records
/// @param seed what the random draws start from
/// @param ring how many distinct bodies there are, 1 to 65,535
/// @param repeating true where bodies are sent again and again as they are (compressed in advance),
///   false where ids and times are fresh in each request
public record Descriptor(
        int generator,
        int recordsPerRequest,
        DataSet dataSet,
        int seed,
        int ring,
        boolean repeating) {

    /// The length of a descriptor's text.
    public static final int TEXT_LENGTH = 36;

    private static final long MAGIC = 0xC010L;

    /// A ring of so many records fills gigabytes.
    private static final long RING_RECORDS_MAX = 1 << 26;

    private static final int RECORDS_MAX = (1 << 24) - 1;

    /// Checks the ranges.
    public Descriptor {
        if (generator < 1 || generator > 0xFFFF) {
            throw new IllegalArgumentException("generator id out of range: generator=" + generator);
        }
        if (recordsPerRequest < 1 || recordsPerRequest > RECORDS_MAX) {
            throw new IllegalArgumentException(
                    "records per request out of range: recordsPerRequest=" + recordsPerRequest);
        }
        if (ring < 1 || ring > 0xFFFF || (long) ring * recordsPerRequest > RING_RECORDS_MAX) {
            throw new IllegalArgumentException("ring size out of range: ring=" + ring);
        }
    }

    /// The text for one of the generator's services.
    String text(int service) {
        long high =
                MAGIC << 48
                        | (long) generator << 32
                        | (long) recordsPerRequest << 8
                        | dataSet.ordinal();
        long low =
                (long) seed << 32 | (long) ring << 16 | (long) service << 8 | (repeating ? 1 : 0);
        return new UUID(high, low).toString();
    }

    /// Reads a descriptor's text; null when it is none.
    public static @Nullable Descriptor parse(String text) {
        if (text.length() != TEXT_LENGTH) {
            return null;
        }
        UUID uuid;
        try {
            uuid = UUID.fromString(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
        long high = uuid.getMostSignificantBits();
        long low = uuid.getLeastSignificantBits();
        int set = (int) high & 0xFF;
        int generator = (int) (high >>> 32) & 0xFFFF;
        int records = (int) (high >>> 8) & RECORDS_MAX;
        int ring = (int) (low >>> 16) & 0xFFFF;
        if (high >>> 48 != MAGIC
                || set >= DataSet.values().length
                || generator == 0
                || records == 0
                || ring == 0
                || (long) ring * records > RING_RECORDS_MAX) {
            return null;
        }
        return new Descriptor(
                generator,
                records,
                DataSet.values()[set],
                (int) (low >>> 32),
                ring,
                (low & 1) != 0);
    }

    /// Which of the generator's services a descriptor's text belongs to.
    public static int serviceOf(String text) {
        return (int) (UUID.fromString(text).getLeastSignificantBits() >>> 8) & 0xFF;
    }
}
