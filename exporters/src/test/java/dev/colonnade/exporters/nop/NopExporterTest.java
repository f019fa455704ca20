package dev.colonnade.exporters.nop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Signal;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class NopExporterTest {
    @Test
    void takesEverything() throws StartException {
        byte[] request = new RandomOtlp(new Random(1)).request(Signal.TRACES, 7);
        try (Rig rig = new Rig(context -> new NopExporter("nop", context))) {
            assertThat(Rig.await(rig.append(Signal.TRACES, request, 7))).isEmpty();
            assertThat(rig.store(Signal.TRACES).delivered(0)).isEqualTo(7);
        }
    }
}
