package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class CompressorTest {
    private final Compressor compressor = new Compressor();

    @AfterEach
    void close() {
        compressor.close();
        compressor.close();
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void makesOneStreamOfPiecesThatOthersInflate(Codec codec) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        RandomOtlp otlp = new RandomOtlp(random);
        for (int round = 0; round < 60; round++) {
            byte[] plain =
                    round == 0 ? new byte[0] : otlp.request(Signal.LOGS, 1 + random.nextInt(300));
            int level = 1 + round % (codec == Codec.ZSTD ? 5 : 9);
            byte[] compressed = compress(codec, level, plain, 1 + random.nextInt(5));
            assertThat(inflate(codec, compressed, plain.length)).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void staysWithinItsBound(Codec codec) throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        for (int length : new int[] {0, 1, 10, 1_000, 70_000, 1_000_000}) {
            byte[] noise = new byte[length];
            random.nextBytes(noise);
            for (int pieces = 1; pieces <= 7; pieces += 3) {
                byte[] compressed = compress(codec, 1, noise, pieces);
                assertThat(compressed.length).isLessThanOrEqualTo(Compressor.bound(codec, length));
                assertThat(inflate(codec, compressed, length)).isEqualTo(noise);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void saysWhenTheTargetIsTooSmall(Codec codec) throws IOException {
        byte[] plain = new RandomOtlp(new SplittableRandom(3)).request(Signal.TRACES, 40);
        byte[] compressed = compress(codec, 1, plain, 2);
        try (OffHeapBytes source = OffHeapBytes.copyOf(plain)) {
            for (int capacity = 0; capacity < compressed.length; capacity += 1 + capacity / 7) {
                assertThat(tryInto(codec, source, capacity))
                        .as("capacity=%d", capacity)
                        .isEqualTo(-1);
            }
            assertThat(tryInto(codec, source, compressed.length - 1)).isEqualTo(-1);
            assertThat(tryInto(codec, source, compressed.length + 8)).isEqualTo(compressed.length);
        }
        assertThat(inflate(codec, compress(codec, 1, plain, 3), plain.length)).isEqualTo(plain);
    }

    @Test
    void tellsEarlyThatMoreNeedNotBeAdded() {
        byte[] noise = new byte[100_000];
        new SplittableRandom(4).nextBytes(noise);
        try (OffHeapBytes source = OffHeapBytes.copyOf(noise);
                OffHeapBytes target = OffHeapBytes.allocate(1_000)) {
            compressor.begin(Codec.IDENTITY, 0, target.address(), target.length());
            assertThat(compressor.add(source.address(), 900)).isTrue();
            assertThat(compressor.add(source.address(), 900)).isTrue();
            assertThat(compressor.add(source.address(), 900)).isFalse();
            assertThat(compressor.finish()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({"GZIP, -1", "GZIP, 10", "DEFLATE, 10", "ZSTD, 0", "ZSTD, 20"})
    void refusesLevelsThatDoNotExist(Codec codec, int level) {
        assertThatThrownBy(() -> compressor.begin(codec, level, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no such compression level: codec=%s, level=%d", codec.label(), level);
    }

    @Test
    void keepsTheZstdWindowSmall() {
        byte[] plain = new RandomOtlp(new SplittableRandom(5)).request(Signal.LOGS, 6_000);
        assertThat(plain.length).isGreaterThan(1 << 20);
        for (int level : new int[] {1, 3, 19}) {
            for (int pieces : new int[] {1, 2}) {
                byte[] compressed = compress(Codec.ZSTD, level, plain, pieces);
                try (OffHeapBytes frame = OffHeapBytes.copyOf(compressed)) {
                    assertThat(ZstdFrame.read(frame.address(), frame.length()))
                            .isLessThanOrEqualTo(1L << Compressor.ZSTD_WINDOW_LOG);
                }
            }
        }
    }

    @Test
    void writesTheSizeOfAZstdFrameOfOnePiece() {
        byte[] plain = new RandomOtlp(new SplittableRandom(6)).request(Signal.LOGS, 50);
        assertThat(Zstd.getFrameContentSize(compress(Codec.ZSTD, 1, plain, 1)))
                .isEqualTo(plain.length);
    }

    private int tryInto(Codec codec, OffHeapBytes source, int capacity) {
        try (OffHeapBytes target = OffHeapBytes.allocate(capacity)) {
            compressor.begin(codec, 1, target.address(), capacity);
            int half = source.length() / 2;
            compressor.add(source.address(), half);
            compressor.add(source.address() + half, source.length() - half);
            return compressor.finish();
        }
    }

    private byte[] compress(Codec codec, int level, byte[] plain, int pieces) {
        int capacity = Compressor.bound(codec, plain.length);
        try (OffHeapBytes source = OffHeapBytes.copyOf(plain);
                OffHeapBytes target = OffHeapBytes.allocate(capacity)) {
            compressor.begin(codec, level, target.address(), capacity);
            int at = 0;
            for (int i = 1; i <= pieces; i++) {
                int end = (int) ((long) plain.length * i / pieces);
                assertThat(compressor.add(source.address() + at, end - at)).isTrue();
                at = end;
            }
            int length = compressor.finish();
            assertThat(length).isNotNegative();
            return target.toArray(length);
        }
    }

    private static byte[] inflate(Codec codec, byte[] compressed, int length) throws IOException {
        return switch (codec) {
            case IDENTITY -> compressed;
            case GZIP -> new GZIPInputStream(new ByteArrayInputStream(compressed)).readAllBytes();
            case DEFLATE ->
                    new InflaterInputStream(new ByteArrayInputStream(compressed)).readAllBytes();
            case ZSTD -> Arrays.copyOf(Zstd.decompress(compressed, length), length);
        };
    }
}
