package dev.colonnade.pipeline.receiver.otlp;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the pipeline of gRPC connections.
final class GrpcSetup implements Listener.Setup {
    private final OtlpGrpcConfig config;
    private final @Nullable SslContext tls;
    private final List<ReceiverLoop> loops;
    private final List<Meter> meters;
    private final GrpcAnswers answers;

    GrpcSetup(
            OtlpGrpcConfig config,
            @Nullable SslContext tls,
            List<ReceiverLoop> loops,
            List<Meter> meters) {
        this.config = config;
        this.tls = tls;
        this.loops = loops;
        this.meters = meters;
        answers = new GrpcAnswers(config.body().codecs());
    }

    @Override
    public void connect(Channel channel, int loop) {
        ReceiverLoop part = loops.get(loop);
        if (tls != null) {
            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
        }
        GrpcConnection connection = new GrpcConnection(part, config, answers, meters.get(loop));
        channel.pipeline().addLast(GrpcHandler.of(connection, part, config.streams()));
    }

    @Override
    public void refuse(int loop) {
        meters.get(loop).refused(Refusal.CONNECTIONS, 0);
    }
}
