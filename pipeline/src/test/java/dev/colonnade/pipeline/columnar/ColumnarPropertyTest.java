package dev.colonnade.pipeline.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.pipeline.testkit.RandomWire;
import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.Block;
import dev.colonnade.storage.columnar.BlockDecoder;
import dev.colonnade.storage.columnar.BlockEncoder;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Scenario: requests of one signal, put into blocks of random sizes and shapes by one encoder,
/// some sealed early, are read back by one decoder. Guarantees: each comes back byte for byte, in
/// order; what protobuf-java writes is never opaque.
class ColumnarPropertyTest {
    private final TestMemory memory = TestMemory.of(256L << 20);
    private final BudgetShare share = BudgetShare.of(memory.budget("scratch"));

    @AfterEach
    void provesThatNothingLeaked() {
        memory.close();
    }

    @ParameterizedTest
    @EnumSource
    void requestsOfAllKindsComeBackInAnySplit(Signal signal) throws Exception {
        for (int seed = 0; seed < 8; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            RandomOtlp otlp = new RandomOtlp(random);
            List<byte[]> requests = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                requests.add(otlp.request(signal, 1 + random.nextInt(i % 10 == 0 ? 900 : 12)));
            }
            assertThat(roundTrip(signal, requests, random)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyFieldOfOtlpComesBack(Signal signal) throws Exception {
        for (int seed = 0; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            RandomMessages messages = new RandomMessages(random);
            List<byte[]> requests = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                requests.add(messages.request(signal));
            }
            assertThat(roundTrip(signal, requests, random)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyFreedomOfTheWireComesBack(Signal signal) throws Exception {
        for (int seed = 0; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            RandomWire wire = new RandomWire(random);
            List<byte[]> requests = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                requests.add(i % 2 == 0 ? wire.intact(signal) : wire.damaged(signal));
            }
            roundTrip(signal, requests, random);
        }
    }

    @ParameterizedTest
    @EnumSource
    void damagedRequestsComeBackAndTheirNeighboursStayColumns(Signal signal) throws Exception {
        int opaque = 0;
        for (int seed = 0; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            RandomMessages messages = new RandomMessages(random);
            List<byte[]> requests = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                byte[] bytes = messages.request(signal);
                requests.add(bytes);
                requests.add(damaged(bytes, random));
            }
            int kept = roundTrip(signal, requests, random);
            assertThat(kept).isLessThanOrEqualTo(20);
            opaque += kept;
        }
        assertThat(opaque).isPositive();
    }

    /// Bytes changed, cut off or repeated.
    private static byte[] damaged(byte[] bytes, SplittableRandom random) {
        if (bytes.length == 0) {
            return bytes;
        }
        byte[] damaged = bytes.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        int length = random.nextInt(3) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
        return Arrays.copyOf(damaged, length);
    }

    /// Answers how many were opaque.
    private int roundTrip(Signal signal, List<byte[]> requests, SplittableRandom random)
            throws Exception {
        Limits limits = new Limits(1 + random.nextInt(2_000), 32 << 20);
        Shape shape = random.nextInt(4) == 0 ? Shape.COLUMN : Shape.PACKED;
        int opaque = 0;
        int next = 0;
        int read = 0;
        try (BlockEncoder encoder = new BlockEncoder(signal, memory.pool(), share, limits);
                BlockDecoder decoder = new BlockDecoder(memory.pool(), share)) {
            while (next < requests.size()) {
                encoder.begin();
                int first = next;
                while (next < requests.size()
                        && (next == first || random.nextInt(15) > 0)
                        && add(encoder, requests.get(next), next)) {
                    next++;
                }
                Block block = requireNonNull(encoder.seal(shape, share));
                assertThat(block.shape()).isEqualTo(shape);
                assertThat(block.entries()).isEqualTo(next - first);
                opaque += block.opaqueEntries();
                assertThat(decoder.open(block)).isTrue();
                while (decoder.nextLength() != BlockReader.END) {
                    check(signal, decoder, requests.get(read), read, random);
                    read++;
                }
                decoder.release();
                block.release();
            }
        }
        assertThat(read).isEqualTo(requests.size());
        return opaque;
    }

    private static boolean add(BlockEncoder encoder, byte[] request, int number) {
        try (OffHeapBytes bytes = OffHeapBytes.copyOf(request)) {
            Added added = encoder.add(bytes.address(), request.length, number * 7L, number, 1);
            assertThat(added).isNotEqualTo(Added.NO_MEMORY);
            return added == Added.ADDED;
        }
    }

    private static void check(
            Signal signal,
            BlockDecoder decoder,
            byte[] request,
            int number,
            SplittableRandom random)
            throws Exception {
        assertThat(decoder.nextLength()).isEqualTo(request.length);
        assertThat(decoder.receivedNanos()).isEqualTo(number * 7L);
        assertThat(decoder.metadataId()).isEqualTo(number);
        if (random.nextInt(8) == 0) {
            decoder.skip();
            return;
        }
        try (OffHeapBytes target = OffHeapBytes.allocate(request.length)) {
            decoder.write(target.address());
            byte[] rebuilt = target.toArray(request.length);
            assertThat(rebuilt).as("request %s", number).isEqualTo(request);
            OtlpOracle oracle = OtlpOracle.whole();
            if (number % 10 == 0 && oracle.accepts(signal, request)) {
                assertThat(oracle.parse(signal, rebuilt)).isEqualTo(oracle.parse(signal, request));
            }
        }
    }
}
