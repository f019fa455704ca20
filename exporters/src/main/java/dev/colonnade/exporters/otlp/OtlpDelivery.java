package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Endpoint;
import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.delivery.Delivery;
import dev.colonnade.exporters.delivery.DeliveryConfig;
import dev.colonnade.exporters.delivery.DeliveryLoop;
import dev.colonnade.exporters.delivery.NettyLoop;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.pipeline.auth.Authenticators;
import dev.colonnade.pipeline.auth.ClientAuthenticator;
import dev.colonnade.pipeline.tls.Tls;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Joins delivery to the process's loops.
final class OtlpDelivery {
    private OtlpDelivery() {}

    /// Checks that a unix socket can be connected to where `target` is one.
    static void checkSockets(String exporter, Endpoint target, ExporterContext context)
            throws StartException {
        if (target.socket() != null && !context.loops().isNative()) {
            throw new StartException(
                    "exporter "
                            + exporter
                            + " cannot connect to unix:"
                            + target.socket()
                            + ": unix sockets need Linux's epoll, which cannot be used here");
        }
    }

    /// What an exporter says of itself with each request; null where it says nothing.
    static @Nullable ClientAuthenticator authenticator(
            AuthConfig.@Nullable Client auth, ExporterContext context) throws StartException {
        return auth == null
                ? null
                : new Authenticators(context.blocking(), context.nanoClock()).client(auth);
    }

    /// Ends the watch over an exporter's certificates, where there is one.
    static void close(@Nullable Tls tls) {
        if (tls != null) {
            tls.close();
        }
    }

    static Delivery of(DeliveryConfig config, ExporterContext context) {
        List<DeliveryLoop> loops = new ArrayList<>();
        for (int index = 0; index < context.loops().count(); index++) {
            loops.add(new NettyLoop(context.loops().loop(index), context.nanoClock()));
        }
        return new Delivery(
                config,
                loops,
                context.memory(),
                context.sendFloors(),
                context.telemetry(),
                context.random(),
                context.logger());
    }
}
