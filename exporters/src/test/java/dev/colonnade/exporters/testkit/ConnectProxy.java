package dev.colonnade.exporters.testkit;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// An HTTP proxy whose every tunnel leads to one port, whatever name was asked for.
public final class ConnectProxy implements AutoCloseable {
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final Backend backend;

    /// A proxy to a port of the loopback.
    public ConnectProxy(int target) {
        backend = Backend.of(_ -> new Tunnel(target));
    }

    /// Where it listens.
    public int port() {
        return backend.port();
    }

    /// The heads of the requests for tunnels.
    public List<String> heads() {
        return List.copyOf(heads);
    }

    @Override
    public void close() {
        backend.close();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a proxy of a test
    private final class Tunnel extends ChannelInboundHandlerAdapter {
        private final int target;
        private final StringBuilder head = new StringBuilder();
        private @Nullable Channel behind;

        private Tunnel(int target) {
            this.target = target;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel to = behind;
            if (to != null) {
                to.writeAndFlush(message);
                return;
            }
            ByteBuf bytes = (ByteBuf) message;
            head.append(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
            if (head.indexOf("\r\n\r\n") > 0) {
                heads.add(head.toString());
                open(context);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            Channel to = behind;
            if (to != null) {
                to.close();
            }
        }

        private void open(ChannelHandlerContext context) {
            Channel front = context.channel();
            behind =
                    new Bootstrap()
                            .group(front.eventLoop())
                            .channel(NioSocketChannel.class)
                            .handler(
                                    new ChannelInboundHandlerAdapter() {
                                        @Override
                                        public void channelActive(ChannelHandlerContext on) {
                                            front.writeAndFlush(
                                                    Unpooled.copiedBuffer(
                                                            "HTTP/1.1 200 OK\r\n\r\n",
                                                            StandardCharsets.US_ASCII));
                                        }

                                        @Override
                                        public void channelRead(
                                                ChannelHandlerContext on, Object bytes) {
                                            front.writeAndFlush(bytes);
                                        }

                                        @Override
                                        public void channelInactive(ChannelHandlerContext on) {
                                            front.close();
                                        }
                                    })
                            .connect("127.0.0.1", target)
                            .channel();
        }
    }
}
