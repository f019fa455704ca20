package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Endpoint;
import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.delivery.Delivery;
import dev.colonnade.exporters.delivery.DeliveryConfig;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.pipeline.tls.Tls;
import dev.colonnade.storage.HybridStore;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// `otlp_grpc`, also called `otlp`: OTLP over gRPC.
public final class OtlpGrpcExporter implements Exporter {
    private final String id;
    private final OtlpGrpcExporterConfig config;
    private final ExporterContext context;
    private final AuthConfig.@Nullable Client auth;
    private final Delivery delivery;
    private @Nullable Tls watched;

    /// An exporter with settings that have no [OtlpGrpcExporterConfig#problems].
    public OtlpGrpcExporter(String id, OtlpGrpcExporterConfig config, ExporterContext context) {
        this(id, config, null, context);
    }

    /// The same, which shows credentials or forwards headers where `auth` is there.
    public OtlpGrpcExporter(
            String id,
            OtlpGrpcExporterConfig config,
            AuthConfig.@Nullable Client auth,
            ExporterContext context) {
        this(
                config,
                auth,
                context,
                DeliveryConfig.of(
                        id,
                        config.compression(),
                        0,
                        config.timeout(),
                        config.queue(),
                        config.retry()));
    }

    OtlpGrpcExporter(
            OtlpGrpcExporterConfig config, ExporterContext context, DeliveryConfig delivery) {
        this(config, null, context, delivery);
    }

    private OtlpGrpcExporter(
            OtlpGrpcExporterConfig config,
            AuthConfig.@Nullable Client auth,
            ExporterContext context,
            DeliveryConfig delivery) {
        this.auth = auth;
        this.id = delivery.exporter();
        this.config = config;
        this.context = context;
        this.delivery = OtlpDelivery.of(delivery, context);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void attach(HybridStore store, int cursor) {
        delivery.attach(store, cursor);
    }

    @Override
    public void start() throws StartException {
        Endpoint target = config.target();
        // As grpc-go does: the proxy for https:// is the proxy for gRPC of either kind.
        @Nullable HttpProxy proxy =
                target.socket() == null
                        ? HttpProxy.of(config.proxy().proxyFor(target.host(), target.port(), true))
                        : null;
        OtlpDelivery.checkSockets(id, target, context);
        @Nullable Tls tls = target.tls() ? TlsContexts.client(config.tls(), "h2", context) : null;
        watched = tls;
        @Nullable String override = config.tls().serverNameOverride();
        String serverName = override == null ? target.host() : override;
        String written = config.userAgent();
        GrpcHeaders headers =
                new GrpcHeaders(
                        config,
                        written == null ? context.userAgent() : written,
                        OtlpDelivery.authenticator(auth, context));
        delivery.start(loop ->
                new GrpcTransport(
                        new ClientConnector(
                                context.loops().loop(loop),
                                target.socket() == null
                                        ? context.loops().clientChannel()
                                        : context.loops().unixClientChannel(),
                                context.blocking(),
                                target,
                                proxy,
                                true,
                                tls,
                                serverName),
                        context.nanoClock(),
                        config,
                        headers));
    }

    @Override
    public @Nullable String trouble() {
        return delivery.trouble();
    }

    @Override
    public void flush() {
        delivery.flush();
    }

    @Override
    public CompletionStage<?> close() {
        OtlpDelivery.close(watched);
        return delivery.close();
    }
}
