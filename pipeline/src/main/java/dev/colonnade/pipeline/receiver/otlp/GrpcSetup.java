package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.tls.Tls;
import io.netty.channel.Channel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the pipeline of gRPC connections.
final class GrpcSetup implements Listener.Setup {
    private final OtlpGrpcConfig config;
    private final @Nullable Tls tls;
    private final @Nullable Gate gate;
    private final List<ReceiverLoop> loops;
    private final List<Meter> meters;
    private final GrpcAnswers answers;

    GrpcSetup(
            OtlpGrpcConfig config,
            @Nullable Tls tls,
            @Nullable Gate gate,
            List<ReceiverLoop> loops,
            List<Meter> meters) {
        this.config = config;
        this.tls = tls;
        this.gate = gate;
        this.loops = loops;
        this.meters = meters;
        answers = new GrpcAnswers(config.body().codecs());
    }

    @Override
    public void connect(Channel channel, int loop) {
        ReceiverLoop part = loops.get(loop);
        if (tls != null) {
            channel.pipeline()
                    .addLast(
                            tls.newHandler(channel.alloc()),
                            new HandshakeWitness(meters.get(loop)));
        }
        GrpcConnection connection =
                new GrpcConnection(part, config, answers, meters.get(loop), gate);
        channel.pipeline().addLast(GrpcHandler.of(connection, part, config.streams()));
    }

    @Override
    public void refuse(int loop) {
        meters.get(loop).refused(Refusal.CONNECTIONS, 0);
    }
}
