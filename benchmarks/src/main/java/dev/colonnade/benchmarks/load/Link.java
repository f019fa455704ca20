package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Loops;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps one socket to the target open: connects, and connects again 100 ms after it broke.
// What a write or a close comes to shows as a closed channel.
@SuppressWarnings("FutureReturnValueIgnored")
final class Link {
    private static final int AGAIN_MS = 100;

    private final EventLoop loop;
    private final Plan plan;
    private final Supplier<ChannelHandler[]> handlers;
    private final Runnable lost;
    private @Nullable Channel channel;
    private boolean closed;
    private long connects;

    /// @param handlers makes the handlers of each new socket
    /// @param lost called after each loss of a socket that was up
    Link(EventLoop loop, Plan plan, Supplier<ChannelHandler[]> handlers, Runnable lost) {
        this.loop = loop;
        this.plan = plan;
        this.handlers = handlers;
        this.lost = lost;
    }

    @Nullable Channel channel() {
        return channel;
    }

    long connects() {
        return connects;
    }

    void connect() {
        if (closed) {
            return;
        }
        new Bootstrap()
                .group(loop)
                .channel(Loops.clientChannel())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel fresh) {
                                fresh.pipeline().addLast(handlers.get());
                            }
                        })
                .connect(plan.host(), plan.port())
                .addListener((ChannelFuture future) -> connected(future));
    }

    private void connected(ChannelFuture future) {
        if (!future.isSuccess()) {
            again();
            return;
        }
        Channel up = future.channel();
        channel = up;
        connects++;
        up.closeFuture()
                .addListener(_ -> {
                    channel = null;
                    lost.run();
                    again();
                });
    }

    private void again() {
        if (!closed) {
            loop.schedule(this::connect, AGAIN_MS, TimeUnit.MILLISECONDS);
        }
    }

    void close() {
        closed = true;
        Channel up = channel;
        if (up != null) {
            up.close();
        }
    }

    /// Drops the socket, to connect again.
    void drop() {
        Channel up = channel;
        if (up != null) {
            up.close();
        }
    }
}
