package dev.colonnade.storage.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoredBlock;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.TestMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What single columns must stand: values of every kind and number, and bytes that are not exact.
class ColumnsTest {
    private static final long NOW = 1_790_000_000_000_000_000L;
    private static final Limits LIMITS = new Limits(65_535, 64 << 20);

    private final TestMemory memory = TestMemory.of(512L << 20);
    private final MemoryBudget scratch = memory.budget("scratch");
    private final BudgetShare share = BudgetShare.of(scratch);
    private final SplittableRandom random = new SplittableRandom(7);

    @AfterEach
    void provesThatNothingLeaked() {
        memory.close();
    }

    @Test
    void keepsAMillionDistinctValuesOfOneAttributeInManyBlocks() {
        int opaque = 0;
        try (BlockEncoder encoder = encoder();
                BlockDecoder decoder = new BlockDecoder(memory.pool(), share)) {
            for (int block = 0; block < 16; block++) {
                List<byte[]> entries = new ArrayList<>();
                for (int entry = 0; entry < 64; entry++) {
                    Otlp[] records = new Otlp[1_000];
                    for (int record = 0; record < records.length; record++) {
                        records[record] = log().attribute("id", text(random.nextLong() + "-id"));
                    }
                    entries.add(Otlp.logs(records));
                }
                opaque += roundTrip(encoder, decoder, Shape.PACKED, entries);
            }
        }
        assertThat(opaque).isZero();
    }

    @Test
    void keepsASegmentFullOfRecordsInOneRequest() {
        Otlp[] records = new Otlp[65_535];
        for (int record = 0; record < records.length; record++) {
            records[record] = log().attribute("n", integer(record));
        }
        assertThat(single(Otlp.logs(records))).isZero();
    }

    @Test
    void keepsAnAttributeWhoseTypeChangesAndOneThatAppearsMidway() {
        byte[] bytes =
                requestOf(
                        4_000,
                        number -> {
                            Otlp value = number < 2_000 ? integer(number) : text("v" + number);
                            Otlp log = log().attribute("mixed", value);
                            return number > 1_000 ? log.attribute("late", text("here")) : log;
                        });
        assertThat(single(bytes)).isZero();
    }

    @Test
    void tellsEmptyFromAbsentFromZero() {
        List<byte[]> entries = new ArrayList<>();
        entries.add(Otlp.logs(new Otlp()));
        entries.add(Otlp.logs(new Otlp().varint(2, 0)));
        entries.add(Otlp.logs(new Otlp().text(3, "")));
        entries.add(Otlp.logs(new Otlp().message(5, new Otlp())));
        entries.add(Otlp.logs(new Otlp().message(5, text(""))));
        entries.add(Otlp.logs(new Otlp().message(5, integer(0))));
        entries.add(Otlp.logs(new Otlp().attribute("", new Otlp())));
        entries.add(Otlp.logs(new Otlp().attribute("k", text(""))));
        entries.add(Otlp.logs(new Otlp().message(6, new Otlp().text(1, "no value"))));
        entries.add(Otlp.logs(new Otlp().message(6, new Otlp())));
        entries.add(Otlp.logs(new Otlp().bytes(9, new byte[0]).bytes(10, new byte[8])));
        entries.add(new byte[0]);
        assertThat(all(entries)).isZero();
    }

    @Test
    void keepsNumbersAtTheirLimits() {
        long[] numbers = {
            0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 31, 1L << 32, 127, 128, 1L << 63 | 1
        };
        double[] doubles = {-0.0, 0.0, Double.NaN, Double.MIN_VALUE, Double.NEGATIVE_INFINITY};
        byte[] bytes =
                requestOf(
                        3_000,
                        number ->
                                log().fixed64(11, numbers[number % numbers.length])
                                        .varint(2, numbers[number * 5 % numbers.length])
                                        .attribute("i", integer(numbers[number % 7]))
                                        .attribute("d", real(doubles[number % doubles.length]))
                                        .attribute(
                                                "nan",
                                                new Otlp()
                                                        .fixed64(
                                                                4,
                                                                random.nextLong() | 0x7FFL << 52)));
        assertThat(single(bytes)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {100_000, 131_070, 131_071, 131_072, 300_000})
    void keepsLongValuesAndThoseThatAreNoText(int length) {
        byte[] invalid = Batches.bytes(random, length);
        byte[] again = invalid.clone();
        again[length - 1] ^= 1;
        byte[] bytes =
                Otlp.logs(
                        log().message(5, new Otlp().bytes(1, invalid)),
                        log().message(5, new Otlp().bytes(1, again)),
                        log().message(5, new Otlp().bytes(1, invalid)));
        assertThat(single(bytes)).isZero();
    }

    /// Scenario: texts of few skeletons, with every kind of token, some of them malformed, so that
    /// a mark in the skeleton could stand for something else.
    @Test
    void keepsTextsThatAreCutIntoTokens() {
        String[] words = {"GET", "retry", "naïve", "0x", "x0x1", "a1b2c3", "", "Ünïcode", "\u0001"};
        byte[] bytes =
                requestOf(
                        6_000,
                        number -> {
                            String text =
                                    "took "
                                            + (random.nextLong() >>> random.nextInt(64))
                                            + words[random.nextInt(number % 9 == 0 ? 9 : 3)]
                                            + " at 0"
                                            + random.nextInt(1_000)
                                            + " of 0x"
                                            + Long.toHexString(random.nextLong())
                                            + "/"
                                            + new UUID(random.nextLong(), random.nextLong())
                                            + " "
                                            + Long.toHexString(random.nextLong() >>> 20)
                                            + " 00000000-0000-0000-0000-00000000000"
                                            + "9".repeat(17 + random.nextInt(3));
                            return log().message(5, text(text))
                                    .attribute("few", text("item-" + number % 100))
                                    .attribute("same", text("a" + random.nextInt(3) + "b"));
                        });
        assertThat(single(bytes)).isZero();
    }

    @Test
    void keepsFieldsOutOfOrderAndThoseNobodyKnows() {
        byte[] bytes =
                requestOf(
                        500,
                        number ->
                                new Otlp()
                                        .attribute("b", text("2"))
                                        .bytes(9, Batches.bytes(random, 16))
                                        .varint(31, number)
                                        .attribute("a", integer(1))
                                        .fixed64(1, NOW + number)
                                        .text(200, "unknown")
                                        .text(3, "twice")
                                        .text(3, "again")
                                        .fixed64(5_000, number));
        assertThat(single(bytes)).isZero();
    }

    @Test
    void keepsInexactEntriesAsBytesAndCountsThem() {
        List<byte[]> entries = new ArrayList<>();
        // A length, a number, and a tag that are longer than they must be; a group; a field cut
        // off.
        entries.add(new byte[] {0x0A, (byte) 0x80, 0x00});
        entries.add(Otlp.logs(new Otlp().verbatim(0x10, 0x85, 0x00)));
        entries.add(Otlp.logs(new Otlp().verbatim(0x90, 0x80, 0x00, 0x05)));
        entries.add(Otlp.logs(new Otlp().verbatim(0x0B, 0x0C)));
        entries.add(Otlp.logs(log(), new Otlp().verbatim(0x09, 1, 2, 3)));
        entries.add(Otlp.logs(new Otlp().verbatim(0x2A, 0x7F)));
        int inexact = entries.size();
        entries.add(Otlp.logs(log()));
        entries.add(Otlp.logs(log(), log()));
        assertThat(all(entries)).isEqualTo(inexact);
    }

    @Test
    void keepsRecordsOfMoreKeysThanThereMayBeColumns() {
        List<byte[]> entries = new ArrayList<>();
        for (int entry = 0; entry < 40; entry++) {
            int first = entry * 100;
            entries.add(
                    requestOf(
                            100,
                            number -> {
                                Otlp log = log();
                                for (int key = 0; key < 5; key++) {
                                    log.attribute("key-" + (first + number) + key, integer(key));
                                }
                                return log;
                            }));
        }
        assertThat(all(entries)).isZero();
    }

    /// Scenario: a request of many distinct values does not fit the block any more, so that it is
    /// taken back, but for its entries in the dictionaries.
    @Test
    void countsNoFewerThanZeroHitsWhereAnEntryWasTakenBack() {
        Limits narrow = new Limits(65_535, 1 << 20, 1 << 20);
        byte[] few = requestOf(20, number -> log().message(5, text("few " + number)));
        byte[] many =
                requestOf(9_000, number -> log().message(5, text("many, of which " + number)));
        try (BlockEncoder encoder = new BlockEncoder(Signal.LOGS, memory.pool(), share, narrow)) {
            for (Shape shape : List.of(Shape.PACKED, Shape.COLUMN)) {
                encoder.begin();
                assertThat(add(encoder, few)).isEqualTo(Added.ADDED);
                assertThat(add(encoder, many)).isEqualTo(Added.FULL);
                Block block = requireNonNull(encoder.seal(shape, share));
                assertThat(block.dictionaryEntries()).isGreaterThan(1_000);
                assertThat(block.dictionaryHits()).isNotNegative();
                assertThat(read(block)).containsExactly(few);
            }
        }
    }

    /// Scenario: writer and reader have exactly what their format says, and entries are of the
    /// kinds that take most memory for their bytes. Guarantees: every entry is added to some block,
    /// and every block can be read.
    @ParameterizedTest
    @ValueSource(ints = {4, 6, 10})
    void staysWithinTheBytesOfItsFormat(int readerMebibytes) {
        staysWithin(ColumnarFormat.ofReaderBytes(readerMebibytes << 20), 3_000, false);
    }

    /// The same for blocks so small that an entry of as many records would be a block of its own.
    @ParameterizedTest
    @ValueSource(ints = {256, 512, 1024, 2048})
    void staysWithinTheBytesOfSmallBlocks(int unpackKibibytes) {
        staysWithin(ColumnarFormat.ofSmallBlocks(unpackKibibytes << 10), unpackKibibytes, true);
    }

    /// @param isExact whether a block knows what reading it takes to the byte
    private void staysWithin(ColumnarFormat format, int records, boolean isExact) {
        MemoryBudget writerFloor = memory.budget("writer", format.writerBytesMax());
        MemoryBudget readerFloor = memory.budget("reader", format.readerBytesMax());
        List<byte[]> entries = new ArrayList<>();
        for (int entry = 0; entry < 42; entry++) {
            int kind = entry % 7;
            int count = kind == 4 ? records / 50 : records;
            entries.add(requestOf(count, number -> wasteful(kind, number)));
        }
        try (BlockWriter writer =
                        format.writer(Signal.LOGS, memory.pool(), BudgetShare.of(writerFloor));
                BlockReader reader = format.reader(memory.pool(), BudgetShare.of(readerFloor))) {
            int next = 0;
            while (next < entries.size()) {
                writer.begin();
                int first = next;
                Added added = Added.ADDED;
                while (next < entries.size() && added == Added.ADDED) {
                    added = add(writer, entries.get(next));
                    assertThat(added).isNotEqualTo(Added.NO_MEMORY);
                    next += added == Added.ADDED ? 1 : 0;
                }
                if (next == first) {
                    assertThat(entries.get(next).length).isGreaterThan(format.blockWireBytesMax());
                    next++;
                    continue;
                }
                StoredBlock block = requireNonNull(writer.seal(Shape.PACKED, share));
                assertThat(reader.open(block)).isTrue();
                if (isExact) {
                    assertThat(((BlockDecoder) reader).unpackedBytes())
                            .isEqualTo(((Block) block).unpackBytes());
                }
                for (byte[] entry : entries.subList(first, next)) {
                    assertThat(written(reader)).isEqualTo(entry);
                }
                reader.release();
                block.release();
            }
        }
        assertThat(writerFloor.reserved() + readerFloor.reserved()).isZero();
    }

    /// Records that are small on the wire and large in columns.
    private Otlp wasteful(int kind, int number) {
        Otlp log = new Otlp();
        for (int field = 0; kind < 2 && field < 12; field++) {
            log.varint(20 + field, kind == 0 ? field : random.nextInt(100));
        }
        return switch (kind) {
            case 0, 1 -> log;
            case 2 -> log.attribute("k", text("" + random.nextInt())).message(5, text("" + number));
            case 3 -> log.message(5, text("1 2 3 4 5 6 7 8 9 " + random.nextInt()));
            case 5 -> log.attribute("key-" + random.nextInt(3_000), integer(number));
            case 6 -> shuffled(log);
            default -> log.message(5, new Otlp().bytes(1, Batches.bytes(random, 40_000)));
        };
    }

    /// Attributes in an order of their own in each record, so that there are as many shapes.
    private Otlp shuffled(Otlp log) {
        int left = 0xFFF;
        while (left != 0) {
            int key = random.nextInt(12);
            if ((left & 1 << key) != 0) {
                left &= ~(1 << key);
                log.attribute("k" + key, integer(key));
            }
        }
        return log;
    }

    /// Scenario: the scratch share has room for so many slabs and no more, for each number of them.
    /// Guarantees: an entry is refused or kept whole; sealing is refused or complete; nothing
    /// leaks.
    @Test
    void losesNothingWhereverMemoryEnds() {
        List<byte[]> entries = new ArrayList<>();
        for (int entry = 0; entry < 60; entry++) {
            entries.add(
                    requestOf(
                            40,
                            number ->
                                    log().message(5, text("line " + random.nextLong()))
                                            .bytes(9, Batches.bytes(random, 16))
                                            .attribute(
                                                    "k" + number, text("v" + random.nextInt()))));
        }
        int refused = 0;
        int unsealed = 0;
        for (long limit = 0; limit < 6 << 20; limit += 64 << 10) {
            scratch.limit(limit);
            try (BlockEncoder encoder = encoder()) {
                encoder.begin();
                int added = 0;
                while (added < entries.size() && add(encoder, entries.get(added)) == Added.ADDED) {
                    added++;
                }
                refused += added < entries.size() ? 1 : 0;
                if (limit % (128 << 10) == 0) {
                    // What was refused leaves nothing behind that what comes after would meet.
                    scratch.limit(memory.root().limit());
                    while (added < entries.size()) {
                        assertThat(add(encoder, entries.get(added++))).isEqualTo(Added.ADDED);
                    }
                }
                Block block = encoder.seal(Shape.PACKED, share);
                if (block == null) {
                    unsealed++;
                    scratch.limit(memory.root().limit());
                    block = requireNonNull(encoder.seal(Shape.PACKED, share));
                }
                scratch.limit(memory.root().limit());
                assertThat(block.opaqueEntries()).isZero();
                assertThat(read(block)).containsExactlyElementsOf(entries.subList(0, added));
            }
            assertThat(scratch.reserved()).isZero();
        }
        assertThat(refused).isPositive();
        assertThat(unsealed).isPositive();
    }

    @Test
    void opensNothingWhereverMemoryEnds() {
        List<byte[]> entries = new ArrayList<>();
        for (int entry = 0; entry < 30; entry++) {
            entries.add(
                    requestOf(100, number -> log().message(5, text("line " + random.nextLong()))));
        }
        MemoryBudget narrow = memory.budget("narrow");
        int refused = 0;
        try (BlockEncoder encoder = encoder();
                BlockDecoder decoder = new BlockDecoder(memory.pool(), BudgetShare.of(narrow))) {
            encoder.begin();
            for (byte[] entry : entries) {
                assertThat(add(encoder, entry)).isEqualTo(Added.ADDED);
            }
            Block block = requireNonNull(encoder.seal(Shape.PACKED, share));
            for (long limit = 0; limit < block.unpackBytes() + (1 << 20); limit += 32 << 10) {
                narrow.limit(limit);
                if (decoder.open(block)) {
                    for (byte[] entry : entries) {
                        assertThat(written(decoder)).isEqualTo(entry);
                    }
                } else {
                    refused++;
                    assertThat(narrow.reserved()).isZero();
                }
                decoder.release();
            }
            block.release();
        }
        assertThat(refused).isPositive();
    }

    private int single(byte[] entry) {
        return all(List.of(entry));
    }

    private int all(List<byte[]> entries) {
        try (BlockEncoder encoder = encoder();
                BlockDecoder decoder = new BlockDecoder(memory.pool(), share)) {
            int opaque = roundTrip(encoder, decoder, Shape.PACKED, entries);
            assertThat(roundTrip(encoder, decoder, Shape.COLUMN, entries)).isEqualTo(opaque);
            return opaque;
        }
    }

    private int roundTrip(
            BlockEncoder encoder, BlockDecoder decoder, Shape shape, List<byte[]> entries) {
        int opaque = 0;
        int next = 0;
        while (next < entries.size()) {
            encoder.begin();
            int first = next;
            while (next < entries.size() && add(encoder, entries.get(next)) == Added.ADDED) {
                next++;
            }
            assertThat(next).isGreaterThan(first);
            Block block = requireNonNull(encoder.seal(shape, share));
            assertThat(block.shape()).isEqualTo(shape);
            opaque += block.opaqueEntries();
            assertThat(decoder.open(block)).isTrue();
            for (int entry = first; entry < next; entry++) {
                assertThat(written(decoder)).as("entry %s", entry).isEqualTo(entries.get(entry));
            }
            assertThat(decoder.nextLength()).isEqualTo(BlockReader.END);
            decoder.release();
            block.release();
        }
        return opaque;
    }

    private List<byte[]> read(Block block) {
        List<byte[]> entries = new ArrayList<>();
        try (BlockDecoder decoder = new BlockDecoder(memory.pool(), share)) {
            assertThat(decoder.open(block)).isTrue();
            while (decoder.nextLength() != BlockReader.END) {
                entries.add(written(decoder));
            }
        }
        block.release();
        return entries;
    }

    private BlockEncoder encoder() {
        return new BlockEncoder(Signal.LOGS, memory.pool(), share, LIMITS);
    }

    private static Added add(BlockWriter encoder, byte[] entry) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Math.max(1, entry.length));
            MemorySegment.copy(entry, 0, bytes, ValueLayout.JAVA_BYTE, 0, entry.length);
            return encoder.add(bytes.address(), entry.length, NOW, 0, 1);
        }
    }

    private static byte[] written(BlockReader decoder) {
        int length = decoder.nextLength();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(length + 16L);
            target.fill((byte) 0x5A);
            decoder.write(target.address() + 8);
            assertThat(target.get(ValueLayout.JAVA_LONG_UNALIGNED, 0))
                    .isEqualTo(0x5A5A5A5A5A5A5A5AL);
            assertThat(target.get(ValueLayout.JAVA_LONG_UNALIGNED, length + 8L))
                    .isEqualTo(0x5A5A5A5A5A5A5A5AL);
            return target.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static byte[] requestOf(int records, IntFunction<Otlp> record) {
        Otlp[] made = new Otlp[records];
        for (int number = 0; number < records; number++) {
            made[number] = record.apply(number);
        }
        return Otlp.logs(made);
    }

    private Otlp log() {
        return new Otlp().fixed64(1, NOW + random.nextInt(1_000_000)).varint(2, 9);
    }

    private static Otlp text(String value) {
        return new Otlp().text(1, value);
    }

    private static Otlp integer(long value) {
        return new Otlp().varint(3, value);
    }

    private static Otlp real(double value) {
        return new Otlp().fixed64(4, Double.doubleToRawLongBits(value));
    }
}
