package dev.colonnade.benchmarks.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DescriptorTest {
    @ParameterizedTest
    @EnumSource(DataSet.class)
    void readsItsOwnText(DataSet set) {
        Descriptor descriptor = new Descriptor(65_535, 1000, set, 0x7FFF_FFFF, 128, true);
        String text = descriptor.text(6);
        assertThat(text).hasSize(Descriptor.TEXT_LENGTH);
        assertThat(Descriptor.parse(text)).isEqualTo(descriptor);
        assertThat(Descriptor.serviceOf(text)).isEqualTo(6);
    }

    @Test
    void otherInstanceIdsAreNone() {
        assertThat(Descriptor.parse("node-17")).isNull();
        assertThat(Descriptor.parse("627cc493-f310-47de-96bd-71410b7dec09")).isNull();
        assertThat(Descriptor.parse("c010ffff-ffff-ff00-0000-000100010001")).isNotNull();
        // The same with an impossible ring.
        assertThat(Descriptor.parse("c010ffff-ffff-ff00-0000-0001ffff0001")).isNull();
    }

    @Test
    void refusesValuesOutOfRange() {
        assertThatThrownBy(() -> new Descriptor(0, 1, DataSet.SPANS, 1, 1, false))
                .hasMessageContaining("generator=0");
        assertThatThrownBy(() -> new Descriptor(1, 0, DataSet.SPANS, 1, 1, false))
                .hasMessageContaining("recordsPerRequest=0");
        assertThatThrownBy(() -> new Descriptor(1, 1, DataSet.SPANS, 1, 70_000, false))
                .hasMessageContaining("ring=70000");
    }
}
