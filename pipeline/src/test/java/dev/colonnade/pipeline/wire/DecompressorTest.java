package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DecompressorTest {
    private static final int WINDOW = 4096;
    private static final int MANY = 1 << 30;

    private final OffHeapBytes window = OffHeapBytes.allocate(WINDOW);
    private final Decompressor decompressor = new Decompressor(window.address(), WINDOW);
    private final ByteArrayOutputStream inflated = new ByteArrayOutputStream();

    @AfterEach
    void close() {
        decompressor.close();
        decompressor.close();
        window.close();
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void inflatesWhatOthersCompress(Codec codec) {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 100; round++) {
            byte[] plain = plain(random, random.nextInt(round % 4 == 0 ? 100_000 : 600));
            byte[] body = compress(codec, plain);
            assertThat(inflate(codec, body)).isEqualTo(plain.length);
            assertThat(inflated.toByteArray()).isEqualTo(plain);
        }
    }

    @Test
    void passesAnIdentityBodyInOnePiece() {
        byte[] plain = new byte[3 * WINDOW];
        try (OffHeapBytes body = OffHeapBytes.copyOf(plain)) {
            int[] calls = new int[1];
            long length =
                    decompressor.inflate(
                            Codec.IDENTITY,
                            body.address(),
                            plain.length,
                            MANY,
                            1,
                            (address, count) -> {
                                assertThat(address).isEqualTo(body.address());
                                assertThat(count).isEqualTo(plain.length);
                                calls[0]++;
                                return true;
                            });
            assertThat(length).isEqualTo(plain.length);
            assertThat(calls[0]).isEqualTo(1);
        }
    }

    @Test
    void inflatesBareDeflateSentAsDeflate() {
        byte[] plain = plain(new SplittableRandom(2), 30_000);
        Deflater bare = new Deflater(6, true);
        byte[] body = deflate(plain, bare);
        bare.end();
        assertThat(inflate(Codec.DEFLATE, body)).isEqualTo(plain.length);
        assertThat(inflated.toByteArray()).isEqualTo(plain);
    }

    @Test
    void inflatesMembersInARow() {
        byte[] one = plain(new SplittableRandom(3), 10_000);
        byte[] two = plain(new SplittableRandom(4), 7);
        byte[] body = join(gzip(one), gzip(new byte[0]), gzip(two));
        assertThat(inflate(Codec.GZIP, body)).isEqualTo(one.length + two.length);
        assertThat(inflated.toByteArray()).isEqualTo(join(one, two));
    }

    @Test
    void inflatesFramesInARowAndSkipsThoseToSkip() {
        byte[] one = plain(new SplittableRandom(5), 200_000);
        byte[] two = plain(new SplittableRandom(6), 7);
        byte[] skippable = HexFormat.of().parseHex("502a4d1803000000aabbcc");
        byte[] body = join(skippable, Zstd.compress(one, 3), skippable, Zstd.compress(two, 1));
        assertThat(inflate(Codec.ZSTD, body)).isEqualTo(one.length + two.length);
        assertThat(inflated.toByteArray()).isEqualTo(join(one, two));
    }

    @Test
    void readsEveryGzipHeaderField() {
        byte[] plain = plain(new SplittableRandom(7), 500);
        byte[] bare = gzip(plain);
        byte[] rest = Arrays.copyOfRange(bare, 10, bare.length);
        byte[] header =
                HexFormat.of()
                        .parseHex("1f8b081e00000000" + "00ff" + "0300aabbcc" + "6e00" + "6300");
        CRC32 crc = new CRC32();
        crc.update(header);
        byte[] check = {(byte) crc.getValue(), (byte) (crc.getValue() >>> 8)};
        assertThat(inflate(Codec.GZIP, join(header, check, rest))).isEqualTo(plain.length);
        assertThat(inflated.toByteArray()).isEqualTo(plain);
        check[0] ^= 1;
        assertThat(inflate(Codec.GZIP, join(header, check, rest)))
                .isEqualTo(Decompressor.MALFORMED);
        for (int length = 0; length < header.length + 2; length++) {
            byte[] cut = Arrays.copyOf(join(header, check), length);
            assertThat(inflate(Codec.GZIP, cut)).isEqualTo(Decompressor.MALFORMED);
        }
        byte[] reserved = bare.clone();
        reserved[3] = 0x20;
        assertThat(inflate(Codec.GZIP, reserved)).isEqualTo(Decompressor.MALFORMED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Codec.class,
            names = {"GZIP", "DEFLATE", "ZSTD"})
    void refusesEveryTruncation(Codec codec) {
        byte[] body = compress(codec, plain(new SplittableRandom(8), 3_000));
        for (int length = 0; length < body.length; length++) {
            assertThat(inflate(codec, Arrays.copyOf(body, length)))
                    .as("length=%d of %d", length, body.length)
                    .isEqualTo(Decompressor.MALFORMED);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Codec.class,
            names = {"GZIP", "DEFLATE", "ZSTD"})
    void refusesBytesBehindTheEnd(Codec codec) {
        byte[] body = compress(codec, plain(new SplittableRandom(9), 3_000));
        for (String garbage :
                new String[] {"00", "1f", "ffffffffffffffff", "1f8b0800000000000000"}) {
            byte[] more = join(body, HexFormat.of().parseHex(garbage));
            assertThat(inflate(codec, more)).as(garbage).isEqualTo(Decompressor.MALFORMED);
        }
    }

    /// Damage that a format's own check does not see must leave the content as it was.
    @ParameterizedTest
    @EnumSource(
            value = Codec.class,
            names = {"GZIP", "DEFLATE", "ZSTD"})
    void noticesChangedBits(Codec codec) {
        byte[] plain = plain(new SplittableRandom(10), 2_000);
        byte[] body = compress(codec, plain);
        SplittableRandom random = new SplittableRandom(11);
        int refused = 0;
        for (int round = 0; round < 2_000; round++) {
            byte[] damaged = body.clone();
            damaged[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
            long length = inflate(codec, damaged);
            if (length < 0) {
                refused++;
            } else {
                assertThat(inflated.toByteArray()).isEqualTo(plain);
            }
        }
        assertThat(refused).isGreaterThan(1_900);
        assertThat(inflate(codec, body)).isEqualTo(plain.length);
    }

    @ParameterizedTest
    @EnumSource(
            value = Codec.class,
            names = {"GZIP", "DEFLATE", "ZSTD"})
    void refusesRandomBytes(Codec codec) {
        SplittableRandom random = new SplittableRandom(12);
        for (int round = 0; round < 2_000; round++) {
            byte[] body = new byte[random.nextInt(200)];
            random.nextBytes(body);
            // Random bits can be bare deflate, which carries no check.
            if (codec != Codec.DEFLATE) {
                assertThat(inflate(codec, body)).isEqualTo(Decompressor.MALFORMED);
            } else {
                assertThat(inflate(codec, body)).isGreaterThanOrEqualTo(Decompressor.RATIO);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void stopsABombAtTheSizeLimit(Codec codec) {
        byte[] plain = new byte[5_000_000];
        byte[] body = compress(codec, plain);
        assertThat(inflate(codec, body, plain.length, MANY)).isEqualTo(plain.length);
        assertThat(inflate(codec, body, plain.length - 1, MANY)).isEqualTo(Decompressor.TOO_LARGE);
        assertThat(inflated.size()).isLessThan(plain.length);
        assertThat(inflate(codec, body, 10, MANY)).isEqualTo(Decompressor.TOO_LARGE);
        assertThat(inflated.size()).isLessThanOrEqualTo(10);
    }

    @ParameterizedTest
    @EnumSource(
            value = Codec.class,
            names = {"GZIP", "DEFLATE", "ZSTD"})
    void stopsABombAtTheRatioLimit(Codec codec) {
        byte[] body = compress(codec, new byte[5_000_000]);
        assertThat(inflate(codec, body, MANY, 100)).isEqualTo(Decompressor.RATIO);
        assertThat(inflated.size()).isBetween(1, Decompressor.RATIO_BYTES_MIN);
        assertThat(inflate(codec, body, MANY, 5_000_000 / body.length + 1)).isEqualTo(5_000_000);
    }

    @ParameterizedTest
    @EnumSource(
            value = Codec.class,
            names = {"GZIP", "DEFLATE", "ZSTD"})
    void allowsAnyRatioBelowAMebibyte(Codec codec) {
        byte[] fits = compress(codec, new byte[Decompressor.RATIO_BYTES_MIN]);
        assertThat(inflate(codec, fits, MANY, 1)).isEqualTo(Decompressor.RATIO_BYTES_MIN);
        byte[] over = compress(codec, new byte[Decompressor.RATIO_BYTES_MIN + 1]);
        assertThat(inflate(codec, over, MANY, 1)).isEqualTo(Decompressor.RATIO);
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void stopsWhenTheSinkSaysNo(Codec codec) {
        byte[] body = compress(codec, plain(new SplittableRandom(13), 50_000));
        try (OffHeapBytes source = OffHeapBytes.copyOf(body)) {
            int[] calls = new int[1];
            long code =
                    decompressor.inflate(
                            codec,
                            source.address(),
                            body.length,
                            MANY,
                            MANY,
                            (_, _) -> ++calls[0] < (codec == Codec.IDENTITY ? 1 : 3));
            assertThat(code).isEqualTo(Decompressor.REFUSED);
            assertThat(calls[0]).isEqualTo(codec == Codec.IDENTITY ? 1 : 3);
        }
    }

    @Test
    void refusesAZstdWindowAboveEightMebibytes() {
        byte[] plain = plain(new SplittableRandom(14), 1_000);
        for (int log = 10; log <= 27; log++) {
            byte[] body = withoutSize(plain, log);
            boolean fits = 1 << log <= Decompressor.ZSTD_WINDOW_BYTES_MAX;
            assertThat(inflate(Codec.ZSTD, body))
                    .as("windowLog=%d", log)
                    .isEqualTo(fits ? plain.length : Decompressor.WINDOW);
        }
        // A frame in one segment, whose window is its content: 8 MiB, and one byte more.
        assertThat(inflate(Codec.ZSTD, HexFormat.of().parseHex("28b52ffda0" + "00008000")))
                .isEqualTo(Decompressor.MALFORMED);
        assertThat(inflate(Codec.ZSTD, HexFormat.of().parseHex("28b52ffda0" + "01008000")))
                .isEqualTo(Decompressor.WINDOW);
        assertThat(inflate(Codec.ZSTD, HexFormat.of().parseHex("28b52ffde0" + "ff".repeat(11))))
                .isEqualTo(Decompressor.WINDOW);
    }

    @Test
    void refusesMoreMembersThanAnyoneSends() {
        byte[] member = gzip(new byte[0]);
        byte[] frame = Zstd.compress(new byte[0]);
        assertThat(inflate(Codec.GZIP, repeat(member, Decompressor.MEMBERS_MAX))).isZero();
        assertThat(inflate(Codec.GZIP, repeat(member, Decompressor.MEMBERS_MAX + 1)))
                .isEqualTo(Decompressor.MALFORMED);
        assertThat(inflate(Codec.ZSTD, repeat(frame, Decompressor.MEMBERS_MAX))).isZero();
        assertThat(inflate(Codec.ZSTD, repeat(frame, Decompressor.MEMBERS_MAX + 1)))
                .isEqualTo(Decompressor.MALFORMED);
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void inflatesIntoAPlaceThatIsJustLargeEnough(Codec codec) {
        byte[] plain = plain(new SplittableRandom(15), 20_000);
        byte[] body = compress(codec, plain);
        try (OffHeapBytes source = OffHeapBytes.copyOf(body);
                OffHeapBytes target = OffHeapBytes.allocate(plain.length)) {
            assertThat(
                            decompressor.inflateInto(
                                    codec,
                                    source.address(),
                                    body.length,
                                    target.address(),
                                    plain.length))
                    .isEqualTo(plain.length);
            assertThat(target.toArray(plain.length)).isEqualTo(plain);
            assertThat(
                            decompressor.inflateInto(
                                    codec,
                                    source.address(),
                                    body.length,
                                    target.address(),
                                    plain.length - 1))
                    .isEqualTo(Decompressor.TOO_LARGE);
        }
    }

    @Test
    void skimsThroughTheWindow() {
        byte[] plain = new RandomOtlp(new SplittableRandom(16)).request(Signal.LOGS, 500);
        Skim skim = new Skim();
        for (Codec codec : Codec.values()) {
            byte[] body = compress(codec, plain);
            try (OffHeapBytes source = OffHeapBytes.copyOf(body)) {
                skim.begin(Signal.LOGS);
                long length =
                        decompressor.inflate(
                                codec, source.address(), body.length, MANY, MANY, skim::feed);
                assertThat(length).isEqualTo(plain.length);
                assertThat(skim.finish()).isTrue();
                assertThat(skim.records()).isEqualTo(500);
            }
        }
    }

    private long inflate(Codec codec, byte[] body) {
        return inflate(codec, body, MANY, MANY);
    }

    private long inflate(Codec codec, byte[] body, long inflatedBytesMax, int ratioMax) {
        inflated.reset();
        try (OffHeapBytes source = OffHeapBytes.copyOf(body)) {
            return decompressor.inflate(
                    codec,
                    source.address(),
                    body.length,
                    inflatedBytesMax,
                    ratioMax,
                    (address, length) -> {
                        byte[] piece = new byte[length];
                        OffHeap.copy(address, piece, 0, length);
                        inflated.writeBytes(piece);
                        return true;
                    });
        }
    }

    private static byte[] compress(Codec codec, byte[] plain) {
        return switch (codec) {
            case IDENTITY -> plain;
            case GZIP -> gzip(plain);
            case DEFLATE -> {
                Deflater zlib = new Deflater();
                byte[] body = deflate(plain, zlib);
                zlib.end();
                yield body;
            }
            case ZSTD -> {
                try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
                    yield zstd.setLevel(3).setChecksum(true).compress(plain);
                }
            }
        };
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    private static byte[] deflate(byte[] plain, Deflater deflater) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream stream = new DeflaterOutputStream(out, deflater)) {
            stream.write(plain);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    /// A frame that names its window and not its size, as streaming encoders write it.
    private static byte[] withoutSize(byte[] plain, int windowLog) {
        try (ZstdCompressCtx ctx = new ZstdCompressCtx()) {
            ctx.setContentSize(false).setLevel(1).setChecksum(true);
            byte[] frame = ctx.compress(plain);
            assertThat(frame[4] & 0x20).isZero();
            frame[5] = (byte) ((windowLog - 10) << 3);
            return frame;
        }
    }

    private static byte[] plain(SplittableRandom random, int length) {
        byte[] plain = new byte[length];
        for (int i = 0; i < length; i++) {
            plain[i] =
                    random.nextInt(3) == 0 || i < 40
                            ? (byte) random.nextInt(64, 100)
                            : plain[i - 1 - random.nextInt(40)];
        }
        return plain;
    }

    private static byte[] repeat(byte[] bytes, int count) {
        byte[] repeated = new byte[bytes.length * count];
        for (int i = 0; i < count; i++) {
            System.arraycopy(bytes, 0, repeated, i * bytes.length, bytes.length);
        }
        return repeated;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
