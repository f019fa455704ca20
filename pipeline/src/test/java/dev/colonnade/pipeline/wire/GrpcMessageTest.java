package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class GrpcMessageTest {
    private final GrpcMessage message = new GrpcMessage();

    @Test
    void findsTheMessageWhereverChunksEnd() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 500; round++) {
            byte[] body = new byte[random.nextInt(40)];
            random.nextBytes(body);
            boolean compressed = random.nextBoolean();
            try (OffHeapBytes stream = OffHeapBytes.allocate(5 + body.length)) {
                GrpcMessage.writePrefix(stream.address(), compressed, body.length);
                OffHeap.copy(body, 0, stream.address() + 5, body.length);
                message.reset();
                byte[] seen = new byte[0];
                int at = 0;
                while (at < stream.length()) {
                    assertThat(message.isComplete()).isFalse();
                    int length = Math.min(1 + random.nextInt(8), stream.length() - at);
                    int used = message.accept(stream.address() + at, length);
                    assertThat(used).isBetween(0, length);
                    byte[] chunk =
                            Arrays.copyOfRange(
                                    stream.toArray(stream.length()), at + used, at + length);
                    int before = seen.length;
                    seen = Arrays.copyOf(seen, before + chunk.length);
                    System.arraycopy(chunk, 0, seen, before, chunk.length);
                    at += length;
                    assertThat(message.isStarted()).isEqualTo(at >= 5);
                    assertThat(message.received()).isEqualTo(Math.max(0, at - 5));
                }
                assertThat(message.isComplete()).isTrue();
                assertThat(message.isCompressed()).isEqualTo(compressed);
                assertThat(message.length()).isEqualTo(body.length);
                assertThat(seen).isEqualTo(body);
            }
        }
    }

    @Test
    void takesAnEmptyMessage() {
        assertThat(accept("0000000000")).isEqualTo(5);
        assertThat(message.isComplete()).isTrue();
        assertThat(message.length()).isZero();
    }

    @Test
    void namesALengthOfFourGibibytes() {
        assertThat(accept("00ffffffff")).isEqualTo(5);
        assertThat(message.length()).isEqualTo(0xffff_ffffL);
        assertThat(message.isComplete()).isFalse();
    }

    @Test
    void refusesAFlagThatIsNotDefined() {
        assertThat(accept("0200000000")).isEqualTo(GrpcMessage.BAD_FLAG);
        message.reset();
        assertThat(accept("8100000000")).isEqualTo(GrpcMessage.BAD_FLAG);
    }

    @Test
    void refusesASecondMessage() {
        assertThat(accept("0000000001" + "aa" + "0000000001" + "aa"))
                .isEqualTo(GrpcMessage.SECOND_MESSAGE);
        message.reset();
        assertThat(accept("0000000001" + "aa")).isEqualTo(5);
        assertThat(message.isComplete()).isTrue();
        assertThat(accept("00")).isEqualTo(GrpcMessage.SECOND_MESSAGE);
    }

    private int accept(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        try (OffHeapBytes chunk = OffHeapBytes.copyOf(bytes)) {
            return message.accept(chunk.address(), bytes.length);
        }
    }
}
