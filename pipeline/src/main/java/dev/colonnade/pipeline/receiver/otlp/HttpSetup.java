package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.tls.Tls;
import io.netty.channel.Channel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the pipeline of HTTP connections.
final class HttpSetup implements Listener.Setup {
    private final OtlpHttpConfig config;
    private final @Nullable Cors cors;
    private final @Nullable Tls tls;
    private final @Nullable Gate gate;
    private final List<ReceiverLoop> loops;
    private final List<Meter> meters;

    HttpSetup(
            OtlpHttpConfig config,
            @Nullable Tls tls,
            @Nullable Gate gate,
            List<ReceiverLoop> loops,
            List<Meter> meters) {
        this.config = config;
        cors = Cors.of(config.cors());
        this.tls = tls;
        this.gate = gate;
        this.loops = loops;
        this.meters = meters;
    }

    @Override
    public void connect(Channel channel, int loop) {
        HttpConnection connection =
                new HttpConnection(
                        loops.get(loop),
                        config,
                        new HttpVerdict(config, cors, gate),
                        meters.get(loop),
                        tls == null);
        if (tls == null) {
            channel.config().setRecvByteBufAllocator(new BodyAllocator(connection));
        } else {
            channel.pipeline()
                    .addLast(
                            tls.newHandler(channel.alloc()),
                            new HandshakeWitness(meters.get(loop)));
        }
        channel.pipeline().addLast(connection.decoder(), connection);
    }

    @Override
    public void refuse(int loop) {
        meters.get(loop).refused(Refusal.CONNECTIONS, 0);
    }
}
