package dev.colonnade.pipeline;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/// The process's event loops, one thread each; every store has a shard per loop.
///
/// The native epoll transport is used where it loads, NIO elsewhere.
public final class Loops {
    private final boolean epoll = Epoll.isAvailable();
    private final MultiThreadIoEventLoopGroup group;
    private final List<EventLoop> loops = new ArrayList<>();

    /// Makes `count` loops, at least one; their threads start with their first task.
    public Loops(int count, ThreadFactory threads) {
        IoHandlerFactory handler = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        group = new MultiThreadIoEventLoopGroup(count, threads, handler);
        for (EventExecutor executor : group) {
            loops.add((EventLoop) executor);
        }
    }

    /// Has what loops consist of loaded and initialised, so that the first ones are made quickly.
    public static void prepare() {
        if (Epoll.isAvailable()) {
            EpollIoHandler.newFactory();
        }
        PooledByteBufAllocator.DEFAULT.metric();
    }

    /// All loops as a group, for a listener that spreads its connections over them.
    public MultiThreadIoEventLoopGroup group() {
        return group;
    }

    /// The loop with that index.
    public EventLoop loop(int index) {
        return loops.get(index);
    }

    /// How many there are.
    public int count() {
        return loops.size();
    }

    /// The index of `loop`, which must be one of these.
    public int indexOf(EventLoop loop) {
        int index = loops.indexOf(loop);
        if (index < 0) {
            throw new IllegalArgumentException("not a loop of this process: loop=" + loop);
        }
        return index;
    }

    /// The channel type of listeners.
    public Class<? extends ServerSocketChannel> serverChannel() {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /// The channel type of listeners on unix sockets; only where [#isNative].
    public Class<? extends ServerChannel> unixServerChannel() {
        if (!epoll) {
            throw new IllegalStateException("unix sockets need the native transport");
        }
        return EpollServerDomainSocketChannel.class;
    }

    /// The channel type of clients.
    public Class<? extends SocketChannel> clientChannel() {
        return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    /// The channel type of clients of unix sockets; only where [#isNative].
    public Class<? extends Channel> unixClientChannel() {
        if (!epoll) {
            throw new IllegalStateException("unix sockets need the native transport");
        }
        return EpollDomainSocketChannel.class;
    }

    /// Whether the native transport is in use.
    public boolean isNative() {
        return epoll;
    }

    /// Ends the threads after what is queued has run; tasks queued later are refused.
    public Future<?> close() {
        return group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
}
