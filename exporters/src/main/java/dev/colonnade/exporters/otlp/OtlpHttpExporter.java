package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Endpoint;
import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.delivery.Delivery;
import dev.colonnade.exporters.delivery.DeliveryConfig;
import dev.colonnade.exporters.delivery.Transport;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.pipeline.auth.ClientAuthenticator;
import dev.colonnade.pipeline.tls.Tls;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Signal;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// `otlp_http`, also called `otlphttp`: OTLP over HTTP/1.1, in protobuf or JSON.
public final class OtlpHttpExporter implements Exporter {
    private final String id;
    private final OtlpHttpExporterConfig config;
    private final ExporterContext context;
    private final AuthConfig.@Nullable Client auth;
    private final Delivery delivery;
    private @Nullable Tls watched;

    /// An exporter with settings that have no [OtlpHttpExporterConfig#problems].
    public OtlpHttpExporter(String id, OtlpHttpExporterConfig config, ExporterContext context) {
        this(id, config, null, context);
    }

    /// The same, which shows credentials or forwards headers where `auth` is there.
    public OtlpHttpExporter(
            String id,
            OtlpHttpExporterConfig config,
            AuthConfig.@Nullable Client auth,
            ExporterContext context) {
        this(
                config,
                auth,
                context,
                DeliveryConfig.of(
                                id,
                                config.compression(),
                                config.compressionLevel(),
                                config.timeout(),
                                config.queue(),
                                config.retry())
                        .withEncoding(config.encoding()));
    }

    OtlpHttpExporter(
            OtlpHttpExporterConfig config, ExporterContext context, DeliveryConfig delivery) {
        this(config, null, context, delivery);
    }

    private OtlpHttpExporter(
            OtlpHttpExporterConfig config,
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
        Map<Signal, Endpoint> endpoints = config.targets();
        Map<Signal, @Nullable HttpProxy> proxies = new EnumMap<>(Signal.class);
        boolean needsTls = false;
        for (Map.Entry<Signal, Endpoint> entry : endpoints.entrySet()) {
            Endpoint target = entry.getValue();
            needsTls |= target.tls();
            if (target.socket() != null) {
                OtlpDelivery.checkSockets(id, target, context);
                continue;
            }
            proxies.put(
                    entry.getKey(),
                    HttpProxy.of(
                            config.proxy().proxyFor(target.host(), target.port(), target.tls())));
        }
        @Nullable Tls tls = needsTls ? TlsContexts.client(config.tls(), null, context) : null;
        watched = tls;
        @Nullable ClientAuthenticator authenticator = OtlpDelivery.authenticator(auth, context);
        delivery.start(loop -> open(loop, endpoints, proxies, tls, authenticator));
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

    private Transport open(
            int loop,
            Map<Signal, Endpoint> endpoints,
            Map<Signal, @Nullable HttpProxy> proxies,
            @Nullable Tls tls,
            @Nullable ClientAuthenticator authenticator) {
        AtomicReference<@Nullable HttpTransport> transport = new AtomicReference<>();
        Runnable onClosed =
                () -> {
                    HttpTransport told = transport.get();
                    if (told != null) {
                        told.completeWhenClosed();
                    }
                };
        Map<Endpoint, HttpPool> pools = new HashMap<>();
        Map<Signal, HttpTransport.Target> targets = new EnumMap<>(Signal.class);
        String written = config.userAgent();
        String userAgent = written == null ? context.userAgent() : written;
        endpoints.forEach((signal, endpoint) -> {
            @Nullable HttpProxy proxy = proxies.get(signal);
            Endpoint server =
                    new Endpoint(
                            endpoint.host(),
                            endpoint.port(),
                            endpoint.tls(),
                            "",
                            endpoint.socket());
            HttpPool pool =
                    pools.computeIfAbsent(server, _ -> pool(loop, server, proxy, tls, onClosed));
            HttpRequestHeads heads =
                    new HttpRequestHeads(
                            config,
                            endpoint,
                            endpoint.tls() ? null : proxy,
                            userAgent,
                            authenticator);
            targets.put(signal, new HttpTransport.Target(pool, heads));
        });
        HttpTransport made = new HttpTransport(targets);
        transport.set(made);
        return made;
    }

    private HttpPool pool(
            int loop,
            Endpoint server,
            @Nullable HttpProxy proxy,
            @Nullable Tls tls,
            Runnable onClosed) {
        @Nullable String override = config.tls().serverNameOverride();
        ClientConnector connector =
                new ClientConnector(
                        context.loops().loop(loop),
                        server.socket() == null
                                ? context.loops().clientChannel()
                                : context.loops().unixClientChannel(),
                        context.blocking(),
                        server,
                        proxy,
                        server.tls(),
                        server.tls() ? tls : null,
                        override == null ? server.host() : override);
        return new HttpPool(
                connector,
                context.nanoClock(),
                context.clock(),
                config.client(),
                context.loops().count(),
                onClosed);
    }
}
