package dev.colonnade.benchmarks.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
    @Test
    void spanIdGivesItsSequenceBack() {
        Identity identity = new Identity(65_535);
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 10_000; i++) {
            long sequence = random.nextLong(1L << Identity.SEQUENCE_BITS);
            assertThat(identity.sequenceOf(identity.spanId(sequence))).isEqualTo(sequence);
        }
    }

    @Test
    void idOfAnotherGeneratorOrAChangedIdIsNotTaken() {
        Identity identity = new Identity(12);
        assertThat(new Identity(13).sequenceOf(identity.spanId(4))).isEqualTo(-1);
        int taken = 0;
        for (int bit = 0; bit < Long.SIZE; bit++) {
            if (identity.sequenceOf(identity.spanId(4) ^ 1L << bit) >= 0) {
                taken++;
            }
        }
        assertThat(taken).isZero();
    }

    @Test
    void idsOfOneSequenceNumberDiffer() {
        Identity identity = new Identity(1);
        Set<Long> ids = new HashSet<>();
        for (long sequence = 0; sequence < 1000; sequence++) {
            ids.add(identity.spanId(sequence));
            ids.add(identity.traceHigh(sequence));
            ids.add(identity.traceLow(sequence));
            ids.add(identity.requestId(sequence));
        }
        assertThat(ids).hasSize(4000);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 50, 512, 1000, 1024, 5000})
    void pointTimeGivesItsSequenceBack(int records) {
        SplittableRandom random = new SplittableRandom(records);
        long start = 1_790_000_000_000_000_000L;
        for (int i = 0; i < 1000; i++) {
            long request = random.nextLong(1 << 20);
            int number = random.nextInt(records);
            long time =
                    start
                            + (request << PointTime.slotBits(records))
                            + PointTime.offset(number, records, random.nextInt());
            assertThat(PointTime.sequence(time, start, records))
                    .isEqualTo(request * records + number);
        }
        assertThat(PointTime.sequence(start - 1, start, records)).isEqualTo(-1);
    }

    @Test
    void hexWritesEveryDigit() {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 1000; i++) {
            int value = random.nextInt();
            long ascii = Body.hex(value);
            StringBuilder text = new StringBuilder();
            for (int shift = 56; shift >= 0; shift -= 8) {
                text.append((char) (ascii >>> shift & 0xFF));
            }
            assertThat(text.toString()).isEqualTo(String.format(Locale.ROOT, "%08x", value));
        }
    }
}
