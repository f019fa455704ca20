package dev.colonnade.exporters.delivery;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// A Netty loop, with the process's clock.
public final class NettyLoop implements DeliveryLoop {
    private final EventLoop loop;
    private final LongSupplier nanoClock;

    /// A view of `loop`.
    public NettyLoop(EventLoop loop, LongSupplier nanoClock) {
        this.loop = loop;
        this.nanoClock = nanoClock;
    }

    @Override
    public long nanos() {
        return nanoClock.getAsLong();
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(task);
    }

    @Override
    public Timer schedule(Runnable task, long delayNanos) {
        ScheduledFuture<?> future = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }
}
