package dev.colonnade.exporters.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.TlsClientConfig;
import dev.colonnade.exporters.testkit.Backend;
import dev.colonnade.exporters.testkit.Received;
import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.exporters.testkit.Script;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class GrpcDeliveryTest {
    @ParameterizedTest
    @EnumSource(Signal.class)
    void deliversEverySignal(Signal signal) throws StartException {
        byte[] request = new RandomOtlp(new Random(1)).request(signal, 100);
        Script script = Script.ok();
        try (Backend backend = Backend.grpc(script);
                Rig rig = rig(backend, Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(signal, request, 100))).isEmpty();
            assertThat(script.received()).hasSize(1);
            Received received = script.received().getFirst();
            assertThat(received.plain()).isEqualTo(request);
        }
    }

    private static Rig rig(Backend backend, Codec codec) throws StartException {
        OtlpGrpcExporterConfig config =
                OtlpGrpcExporterConfig.of("127.0.0.1:" + backend.port())
                        .withTls(TlsClientConfig.INSECURE)
                        .withCompression(codec);
        return new Rig(context -> new OtlpGrpcExporter("otlp", config, context));
    }
}
