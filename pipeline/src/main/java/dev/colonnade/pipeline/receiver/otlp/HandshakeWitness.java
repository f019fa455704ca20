package dev.colonnade.pipeline.receiver.otlp;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/// Counts a TLS handshake that fails; leaves when it is over.
final class HandshakeWitness extends ChannelInboundHandlerAdapter {
    private final Meter meter;

    HandshakeWitness(Meter meter) {
        this.meter = meter;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (!handshake.isSuccess()) {
                meter.refused(Refusal.TLS, 0);
            }
            context.pipeline().remove(this);
        }
        super.userEventTriggered(context, event);
    }
}
