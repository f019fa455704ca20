package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RequestContext;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What is known of the sender of one request after another on a connection or stream.
///
/// Of a request's head only the keys are kept that something behind the receiver asks for, and of
/// them only as much as all requests under way on the loop may hold.
final class SenderContext implements RequestContext {
    /// What all requests under way on a loop may keep of their heads, in characters.
    static final int CHARS_MAX = 512 << 10;

    private static final String HOST = "host";

    private final ReceiverLoop loop;
    private final Map<String, List<String>> values = new HashMap<>(0);
    private @Nullable Channel channel;
    private int chars;

    SenderContext(ReceiverLoop loop) {
        this.loop = loop;
    }

    /// Starts over with a request of HTTP/1.1; false where there is no room for what it brought.
    ///
    /// @param names the keys to keep, in lower case
    boolean read(Channel connection, HttpHeaders headers, List<String> names) {
        return read(connection, names, headers::getAll);
    }

    /// Starts over with a gRPC call, as the other. Its `:authority` is its host.
    boolean read(Channel connection, Http2Headers headers, List<String> names) {
        return read(
                connection,
                names,
                name -> {
                    List<CharSequence> written = headers.getAll(name);
                    @Nullable CharSequence authority = headers.authority();
                    if (written.isEmpty() && name.equals(HOST) && authority != null) {
                        return List.of(authority);
                    }
                    return written;
                });
    }

    private boolean read(
            Channel connection,
            List<String> names,
            Function<String, List<? extends CharSequence>> head) {
        clear();
        channel = connection;
        for (String name : names) {
            List<? extends CharSequence> written = head.apply(name);
            if (!written.isEmpty()) {
                List<String> texts = new ArrayList<>(written.size());
                for (CharSequence text : written) {
                    texts.add(text.toString());
                    chars += text.length();
                }
                values.put(name, texts);
            }
        }
        if (chars > 0 && !loop.takeHeadRoom(chars)) {
            chars = 0;
            values.clear();
            return false;
        }
        return true;
    }

    /// Forgets the request.
    void clear() {
        channel = null;
        if (!values.isEmpty()) {
            values.clear();
            loop.takeHeadRoom(-chars);
            chars = 0;
        }
    }

    @Override
    public List<String> metadata(String key) {
        return values.isEmpty()
                ? List.of()
                : values.getOrDefault(key.toLowerCase(Locale.ROOT), List.of());
    }

    @Override
    public String clientAddress() {
        Channel connection = channel;
        return connection != null
                        && connection.remoteAddress() instanceof InetSocketAddress peer
                        && peer.getAddress() != null
                ? NetUtil.toAddressString(peer.getAddress())
                : "";
    }
}
