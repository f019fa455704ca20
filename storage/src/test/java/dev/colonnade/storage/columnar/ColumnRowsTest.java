package dev.colonnade.storage.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.TestMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is promised of single columns, each promise by its name: that they come back, as bytes and
/// through Arrow, and in how little they are held.
final class ColumnRowsTest {
    private static final long NOW = 1_790_000_000_000_000_000L;
    private static final int ROWS = 60_000;
    private static final Limits LIMITS = new Limits(65_535, 64 << 20);

    private final TestMemory memory = TestMemory.of(512L << 20);
    private final MemoryBudget scratch = memory.budget("scratch");
    private final BudgetShare share = BudgetShare.of(scratch);
    private final SplittableRandom random = new SplittableRandom(5);

    @AfterEach
    void provesThatNothingLeaked() {
        memory.close();
    }

    @Test
    void aBoolDrawnAtRandomIsHeldInLessThanTwoBits() {
        byte[] bytes = records(ROWS, _ -> log().attribute("b", bool(random.nextInt(2))));
        long without = packedBytes(records(ROWS, _ -> log()));
        assertThat((packedBytes(bytes) - without) * 8.0 / ROWS).isBetween(1.0, 2.0);
    }

    @Test
    void boolsAreBitsToWhoReadsArrow() {
        byte[] bytes = records(1_000, row -> log().attribute("b", bool(row % 3 == 0 ? 1 : 0)));
        comesBack(List.of(bytes));
        arrow(
                List.of(bytes),
                batch -> {
                    FieldVector vector = batch.root().getVector("attributes.b");
                    assertThat(vector).isInstanceOf(BitVector.class);
                    assertThat(vector.getDataBuffer().capacity()).isLessThan(200);
                    for (int row = 0; row < 1_000; row++) {
                        assertThat(values(batch, "b", row)).containsExactly(row % 3 == 0);
                    }
                });
    }

    @Test
    void numbersThatRiseOrFallEvenlyAreHeldInNothing() {
        long without = packedBytes(records(ROWS, _ -> log()));
        long with =
                packedBytes(
                        records(
                                ROWS,
                                row ->
                                        log().attribute("up", integer(Long.MIN_VALUE + 7L * row))
                                                .attribute("down", integer(-3L * row))));
        assertThat(with - without).isLessThan(500);
    }

    @Test
    void negativeNumbersNearZeroAreHeldInAByte() {
        long without = packedBytes(records(ROWS, _ -> log()));
        long with =
                packedBytes(
                        records(
                                ROWS,
                                _ -> log().attribute("n", integer(random.nextInt(256) - 128))));
        assertThat((with - without) / (double) ROWS).isBetween(0.95, 1.05);
    }

    @Test
    void numbersWhoseDifferencesOverflowComeBack() {
        long[] extremes = {Long.MIN_VALUE, Long.MAX_VALUE, 0, -1, 1, Long.MIN_VALUE + 1};
        comesBack(
                List.of(
                        records(5_000, row -> log().attribute("n", integer(extremes[row % 2]))),
                        records(
                                5_000,
                                _ -> log().attribute("n", integer(extremes[random.nextInt(6)]))),
                        records(2, row -> log().attribute("n", integer(extremes[row])))));
    }

    @Test
    void timesKeepTheirNanoseconds() {
        byte[] times =
                records(
                        5_000,
                        row ->
                                new Otlp()
                                        .fixed64(1, NOW + 1_000_000_000L * row + row % 3)
                                        .fixed64(11, row % 7 == 0 ? 0 : NOW + random.nextInt(9)));
        comesBack(List.of(times, Otlp.logs(new Otlp().fixed64(1, -1))));
    }

    @Test
    void aColumnThatAppearsMidwayIsNullBeforeAndStaysInLine() {
        byte[] before = records(300, row -> log().attribute("n", integer(row)));
        byte[] after =
                records(
                        200,
                        row ->
                                log().attribute("n", integer(300 + row))
                                        .attribute("late", integer(-row)));
        comesBack(List.of(before, after));
        arrow(
                List.of(before, after),
                batch -> {
                    for (int row = 0; row < 500; row++) {
                        assertThat(value(batch, "n", row)).isEqualTo((long) row);
                        assertThat(value(batch, "late", row))
                                .isEqualTo(row < 300 ? null : (Object) (300L - row));
                    }
                });
    }

    @Test
    void anAttributeWhoseTypeChangesKeepsBothTypes() {
        byte[] bytes =
                records(
                        400,
                        row ->
                                log().attribute(
                                                "v",
                                                row % 3 == 0
                                                        ? integer(row)
                                                        : row % 3 == 1
                                                                ? text("t" + row)
                                                                : real(row)));
        comesBack(List.of(bytes));
    }

    @Test
    void aHundredNumbersAndThenATextAreNumbersAndAText() {
        byte[] bytes =
                records(101, row -> log().attribute("v", row < 100 ? integer(row) : text("x")));
        comesBack(List.of(bytes));
        arrow(
                List.of(bytes),
                batch -> {
                    for (int row = 0; row < 100; row++) {
                        assertThat(values(batch, "v", row)).containsExactly((long) row);
                    }
                    assertThat(values(batch, "v", 100)).containsExactly("x");
                });
    }

    @Test
    void emptyAndNullAndZeroAreThreeValues() {
        List<Otlp> logs =
                List.of(
                        log().attribute("v", text("")),
                        log(),
                        log().attribute("v", integer(0)),
                        log().attribute("v", text("0")));
        byte[] bytes = Otlp.logs(logs.toArray(new Otlp[0]));
        comesBack(List.of(bytes));
        arrow(
                List.of(bytes),
                batch -> {
                    assertThat(values(batch, "v", 0)).containsExactly("");
                    assertThat(values(batch, "v", 1)).isEmpty();
                    assertThat(values(batch, "v", 2)).containsExactly(0L);
                    assertThat(values(batch, "v", 3)).containsExactly("0");
                });
    }

    @Test
    void negativeZeroAndEveryNanComeBackBitForBit() {
        long[] bits = {
            Double.doubleToRawLongBits(-0.0),
            0,
            Double.doubleToRawLongBits(Double.NaN),
            0x7FF0_0000_0000_0001L,
            0xFFF8_0000_0000_1234L,
            Double.doubleToRawLongBits(Double.NEGATIVE_INFINITY),
        };
        comesBack(
                List.of(
                        records(
                                600,
                                row ->
                                        log().attribute(
                                                        "d",
                                                        new Otlp().fixed64(4, bits[row % 6])))));
    }

    @Test
    void textsThatAreNoUtf8ComeBack() {
        byte[][] texts = {
            {(byte) 0xC0, (byte) 0x80},
            {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
            {(byte) 0xE2, (byte) 0x82},
            {(byte) 0xFF, 'a', '1', '2', '3', (byte) 0x80},
            {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
        };
        comesBack(
                List.of(
                        records(
                                1_000,
                                row ->
                                        log().message(5, new Otlp().bytes(1, texts[row % 5]))
                                                .attribute(
                                                        "t",
                                                        new Otlp().bytes(1, texts[row * 3 % 5]))
                                                .bytes(12, texts[row % 5]))));
    }

    @Test
    void aRequestOfMoreRecordsThanABatchCanCountHasABlockToItself() {
        int count = 65_536;
        byte[] bytes = records(count, row -> new Otlp().varint(2, row));
        try (BlockEncoder encoder = new BlockEncoder(Signal.LOGS, memory.pool(), share, LIMITS)) {
            encoder.begin();
            assertThat(add(encoder, bytes, count)).isEqualTo(Added.ADDED);
            assertThat(add(encoder, bytes, 1)).isEqualTo(Added.FULL);
            Block block = requireNonNull(encoder.seal(Shape.PACKED, share));
            assertThat(block.records()).isEqualTo(count);
            assertThat(read(block)).containsExactly(bytes);
        }
    }

    @Test
    void aMillionDistinctValuesTakeNoMoreThanTheyHold() {
        int requests = 16;
        long bytes = 0;
        for (int request = 0; request < requests; request++) {
            bytes +=
                    packedBytes(
                            records(
                                    62_500,
                                    _ ->
                                            new Otlp()
                                                    .attribute(
                                                            "id",
                                                            text(hexadecimal(random.nextLong())))));
        }
        double each = bytes / (62_500.0 * requests);
        assertThat(each).as("eight random bytes as sixteen digits").isBetween(8.0, 9.0);
    }

    @Test
    void aDictionaryOfDistinctValuesIsGivenUpAndOneOfRepeatsIsNot() {
        byte[] distinct = records(5_000, row -> log().attribute("v", text("value " + row)));
        Block block = block(Shape.PACKED, List.of(distinct));
        assertThat(block.dictionaryOverflows()).isOne();
        assertThat(read(block)).containsExactly(distinct);
        byte[] repeated = records(5_000, row -> log().attribute("v", text("value " + row / 2)));
        block = block(Shape.PACKED, List.of(repeated));
        assertThat(block.dictionaryOverflows()).isZero();
        assertThat(block.dictionaryHits()).isGreaterThanOrEqualTo(2_500);
        assertThat(read(block)).containsExactly(repeated);
    }

    /// Scenario: the second half of each value is what the first is multiplied by.
    @Test
    void valuesOfOneHashAreToldApart() {
        List<byte[]> values = valuesOfOneHash(HashKey.FIXED, 500);
        assertThat(hashes(values, HashKey.FIXED)).hasSize(1);
        comesBack(
                List.of(
                        records(
                                500,
                                row ->
                                        log().attribute(
                                                        "v",
                                                        new Otlp().bytes(7, values.get(row))))));
    }

    /// Scenario: a sender knows how values are hashed, and one process' seed, but not another's.
    @Test
    void valuesOfOneHashUnderOneSeedHaveTheirOwnUnderAnother() {
        List<byte[]> values = valuesOfOneHash(HashKey.of(1), 10_000);
        assertThat(hashes(values, HashKey.of(1))).hasSize(1);
        assertThat(hashes(values, HashKey.of(2))).hasSize(10_000);
        long[] numbers = new long[1_000];
        long inverse = inverse(HashKey.of(1).multiplier());
        for (int index = 0; index < numbers.length; index++) {
            numbers[index] = (index + 1) * inverse;
        }
        assertThat(Arrays.stream(numbers).map(n -> HashKey.of(1).place(n, 12)).distinct())
                .hasSize(1);
        assertThat(Arrays.stream(numbers).map(n -> HashKey.of(2).place(n, 12)).distinct())
                .hasSizeGreaterThan(700);
    }

    /// Scenario: words whose highest bits cancel each other where only the lower half of a product
    /// is kept, whatever it was multiplied by.
    @Test
    void noDifferenceCancelsItselfWhateverTheSeed() {
        List<byte[]> values =
                List.of(words(1, 2, 3), words(1 ^ Long.MIN_VALUE, 2, 3 ^ Long.MIN_VALUE));
        for (int seed = 0; seed < 1_000; seed++) {
            assertThat(hashes(values, HashKey.of(seed))).as("seed %d", seed).hasSize(2);
        }
    }

    @Test
    void whatIsReadDoesNotDependOnTheSeed() {
        byte[] bytes =
                records(
                        2_000,
                        row ->
                                log().message(5, text("took " + row * 7L + " ms of " + row % 50))
                                        .attribute("v", text("value " + row % 700)));
        for (long seed = 0; seed < 3; seed++) {
            ColumnarFormat format = new ColumnarFormat(LIMITS).hashing(seed);
            try (BlockWriter writer = format.writer(Signal.LOGS, memory.pool(), share)) {
                writer.begin();
                assertThat(add(writer, bytes, 2_000)).isEqualTo(Added.ADDED);
                Block block = (Block) requireNonNull(writer.seal(Shape.PACKED, share));
                assertThat(read(block)).containsExactly(bytes);
            }
        }
    }

    /// What is multiplied by zero is zero, whatever it is.
    private static List<byte[]> valuesOfOneHash(HashKey key, int count) {
        List<byte[]> values = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            values.add(words(index, key.multiplier()));
        }
        return values;
    }

    private static Set<Long> hashes(List<byte[]> values, HashKey key) {
        Set<Long> hashes = new HashSet<>();
        try (Arena arena = Arena.ofConfined()) {
            for (byte[] value : values) {
                MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, value);
                hashes.add(Strings.hash(bytes.address(), value.length, key));
            }
        }
        return hashes;
    }

    private static byte[] words(long... words) {
        ByteBuffer value = ByteBuffer.allocate(words.length * Long.BYTES);
        value.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(words);
        return value.array();
    }

    /// What an odd number has to be multiplied by to be one: each step doubles the right bits.
    private static long inverse(long odd) {
        long inverse = odd;
        for (int bits = 3; bits < Long.SIZE; bits *= 2) {
            inverse *= 2 - odd * inverse;
        }
        return inverse;
    }

    @Test
    void aBlockIsGivenBackOnce() {
        Block block = block(Shape.PACKED, List.of(records(10, _ -> log())));
        block.release();
        assertThatThrownBy(block::release).hasMessageContaining("block released twice");
    }

    private static String hexadecimal(long value) {
        String digits = Long.toHexString(value);
        return "0".repeat(16 - digits.length()) + digits;
    }

    /// Checks that the entries come back in both shapes, and that none was kept as bytes.
    private void comesBack(List<byte[]> entries) {
        for (Shape shape : List.of(Shape.PACKED, Shape.COLUMN)) {
            Block block = block(shape, entries);
            assertThat(block.opaqueEntries()).isZero();
            assertThat(read(block)).containsExactlyElementsOf(entries);
        }
    }

    private long packedBytes(byte[] entry) {
        Block block = block(Shape.PACKED, List.of(entry));
        long bytes = block.usedBytes();
        assertThat(read(block)).containsExactly(entry);
        return bytes;
    }

    private Block block(Shape shape, List<byte[]> entries) {
        try (BlockEncoder encoder = new BlockEncoder(Signal.LOGS, memory.pool(), share, LIMITS)) {
            encoder.begin();
            for (byte[] entry : entries) {
                assertThat(add(encoder, entry, 1)).isEqualTo(Added.ADDED);
            }
            return requireNonNull(encoder.seal(shape, share));
        }
    }

    private static Added add(BlockWriter encoder, byte[] entry, int records) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, entry);
            return encoder.add(bytes.address(), entry.length, NOW, 0, records);
        }
    }

    /// The entries of a block, which is released.
    private List<byte[]> read(Block block) {
        List<byte[]> entries = new ArrayList<>();
        try (BlockDecoder decoder = new BlockDecoder(memory.pool(), share);
                Arena arena = Arena.ofConfined()) {
            assertThat(decoder.open(block)).isTrue();
            while (decoder.nextLength() != BlockReader.END) {
                MemorySegment target = arena.allocate(decoder.nextLength());
                decoder.write(target.address());
                entries.add(target.toArray(ValueLayout.JAVA_BYTE));
            }
        }
        block.release();
        return entries;
    }

    private void arrow(List<byte[]> entries, Consumer<ColumnBatch> check) {
        for (Shape shape : List.of(Shape.PACKED, Shape.COLUMN)) {
            Block block = block(shape, entries);
            try (RootAllocator allocator = SlabAllocation.allocator(memory.pool(), scratch);
                    ColumnBatch batch =
                            requireNonNull(
                                    ColumnBatch.of(
                                            block,
                                            memory.pool(),
                                            share,
                                            allocator,
                                            block::release))) {
                check.accept(batch);
            }
        }
    }

    private static @Nullable Object value(ColumnBatch batch, String key, int row) {
        List<Object> values = values(batch, key, row);
        assertThat(values).hasSizeLessThan(2);
        return values.isEmpty() ? null : values.getFirst();
    }

    /// What the columns of an attribute, one for each type, have in a row.
    private static List<Object> values(ColumnBatch batch, String key, int row) {
        List<Object> values = new ArrayList<>();
        for (FieldVector vector : batch.root().getFieldVectors()) {
            String name = vector.getName();
            boolean isOfKey =
                    name.equals("attributes." + key) || name.startsWith("attributes." + key + ":");
            if (isOfKey && !vector.isNull(row)) {
                values.add(plain(batch, vector, row));
            }
        }
        return values;
    }

    private static Object plain(ColumnBatch batch, FieldVector vector, int row) {
        @Nullable DictionaryEncoding encoding = vector.getField().getDictionary();
        if (encoding == null) {
            return vector.getObject(row);
        }
        int index = (int) vector.getObject(row);
        Dictionary dictionary = batch.dictionaries().lookup(encoding.getId());
        return dictionary.getVector().getObject(index).toString();
    }

    private static byte[] records(int records, IntFunction<Otlp> record) {
        Otlp[] made = new Otlp[records];
        for (int row = 0; row < records; row++) {
            made[row] = record.apply(row);
        }
        return Otlp.logs(made);
    }

    private static Otlp log() {
        return new Otlp().varint(2, 9);
    }

    private static Otlp text(String value) {
        return new Otlp().text(1, value);
    }

    private static Otlp bool(long value) {
        return new Otlp().varint(2, value);
    }

    private static Otlp integer(long value) {
        return new Otlp().varint(3, value);
    }

    private static Otlp real(double value) {
        return new Otlp().fixed64(4, Double.doubleToRawLongBits(value));
    }
}
