package dev.colonnade.agent.config;

import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.pipeline.receiver.otlp.CorsConfig;
import dev.colonnade.pipeline.receiver.otlp.OtlpGrpcConfig;
import dev.colonnade.pipeline.receiver.otlp.OtlpGrpcConfig.KeepAlive;
import dev.colonnade.pipeline.receiver.otlp.OtlpGrpcConfig.Streams;
import dev.colonnade.pipeline.receiver.otlp.OtlpHttpConfig;
import dev.colonnade.pipeline.receiver.otlp.OtlpHttpConfig.Paths;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Access;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Body;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Pace;
import dev.colonnade.pipeline.receiver.otlp.TlsServerConfig;
import dev.colonnade.pipeline.receiver.otlp.TlsServerConfig.Pem;
import dev.colonnade.pipeline.tls.TlsTuning;
import dev.colonnade.storage.Codec;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads what is written of an `otlp` receiver, with the Collector's keys.
final class OtlpReceiverBinding {
    private static final Endpoint GRPC_ENDPOINT = new Endpoint("localhost", 4317);
    private static final Endpoint HTTP_ENDPOINT = new Endpoint("localhost", 4318);

    /// How often an authority is looked at that may change, where nothing else says how often.
    private static final Duration AUTHORITY_RELOAD = Duration.ofSeconds(10);

    private static final int MESSAGE_MEBIBYTES_MAX = Body.MESSAGE_BYTES_LIMIT >> 20;

    private OtlpReceiverBinding() {}

    /// The receiver's settings; null when they do not go together.
    static @Nullable OtlpReceiverConfig bind(Section receiver, AuthBinding auth) {
        Section protocols = receiver.sectionOrEmpty("protocols");
        @Nullable Section grpc = protocols.section("grpc");
        @Nullable Section http = protocols.section("http");
        @Nullable OtlpGrpcConfig grpcConfig = null;
        @Nullable OtlpHttpConfig httpConfig = null;
        if (grpc != null) {
            @Nullable OtlpGrpcConfig written = grpc.whole(section -> grpc(section, auth));
            grpcConfig = grpc.isDisabled() ? null : written;
        }
        if (http != null) {
            @Nullable OtlpHttpConfig written = http.whole(section -> http(section, auth));
            httpConfig = http.isDisabled() ? null : written;
        }
        if (grpcConfig == null && httpConfig == null) {
            if ((grpc == null || grpc.isDisabled()) && (http == null || http.isDisabled())) {
                receiver.error("must specify at least one protocol when using the OTLP receiver");
            }
            return null;
        }
        return new OtlpReceiverConfig(grpcConfig, httpConfig);
    }

    private static OtlpGrpcConfig grpc(Section grpc, AuthBinding auth) {
        grpc.retired("tls_settings", "write tls");
        Endpoint endpoint = endpoint(grpc, GRPC_ENDPOINT);
        OtlpGrpcConfig absent = OtlpGrpcConfig.at(endpoint);
        @Nullable TlsServerConfig tls = tls(grpc);
        int mebibytes = grpc.integer("max_recv_msg_size_mib", 0, MESSAGE_MEBIBYTES_MAX, 0);
        Streams streams = absent.streams();
        int streamsMax = grpc.integer("max_concurrent_streams", 0, Integer.MAX_VALUE, 0);
        grpc.unwritten("max_recv_msg_size_mib", absent.body().messageBytesMax() >> 20);
        grpc.unwritten("max_concurrent_streams", streams.concurrentMax());
        grpc.unsupported("dialer", "read_buffer_size", "write_buffer_size", "middlewares");
        return new OtlpGrpcConfig(
                endpoint,
                tls,
                mebibytes == 0 ? absent.body() : Body.of(mebibytes << 20),
                absent.connectionsMax(),
                new Streams(
                        streamsMax == 0 ? streams.concurrentMax() : streamsMax,
                        streams.headerListBytesMax(),
                        streams.frameBytesMax(),
                        streams.initialWindowBytes(),
                        streams.waitingBytesMax()),
                keepAlive(grpc, absent.keepAlive()),
                absent.pace(),
                access(grpc, auth, endpoint, tls));
    }

    private static KeepAlive keepAlive(Section grpc, KeepAlive absent) {
        Section keepalive = grpc.sectionOrEmpty("keepalive");
        Section server = keepalive.sectionOrEmpty("server_parameters");
        Section enforced = keepalive.sectionOrEmpty("enforcement_policy");
        return new KeepAlive(
                server.duration("max_connection_idle", absent.connectionIdleMax()),
                server.duration("max_connection_age", absent.connectionAgeMax()),
                server.duration("max_connection_age_grace", absent.connectionAgeGrace()),
                server.duration("time", absent.time()),
                server.duration("timeout", absent.timeout()),
                enforced.duration("min_time", absent.minTime()),
                enforced.bool("permit_without_stream", absent.permitWithoutStream()));
    }

    private static OtlpHttpConfig http(Section http, AuthBinding auth) {
        http.retired("cors_allowed_origins", "write cors::allowed_origins");
        http.retired("cors_allowed_headers", "write cors::allowed_headers");
        http.retired("tls_settings", "write tls");
        Endpoint endpoint = endpoint(http, HTTP_ENDPOINT);
        OtlpHttpConfig absent = OtlpHttpConfig.at(endpoint);
        @Nullable TlsServerConfig tls = tls(http);
        int bytesMax = http.integer("max_request_body_size", 0, Body.MESSAGE_BYTES_LIMIT, 0);
        http.unwritten("max_request_body_size", absent.body().messageBytesMax());
        Body body = bytesMax == 0 ? absent.body() : Body.of(bytesMax);
        Pace pace = absent.pace();
        Duration bodyTimeout = http.duration("read_timeout", pace.bodyTimeout());
        http.unsupported(
                "dialer",
                "response_headers",
                "write_timeout",
                "middlewares",
                "keep_alives_enabled");
        Paths paths =
                new Paths(
                        path(http, "logs_url_path", absent.paths().logs()),
                        path(http, "traces_url_path", absent.paths().traces()),
                        path(http, "metrics_url_path", absent.paths().metrics()));
        return new OtlpHttpConfig(
                endpoint,
                tls,
                new Body(
                        body.messageBytesMax(),
                        body.inflatedBytesMax(),
                        body.ratioMax(),
                        codecs(http, body.codecs())),
                absent.connectionsMax(),
                paths,
                absent.headerBytesMax(),
                http.duration("read_header_timeout", absent.readHeaderTimeout()),
                http.duration("idle_timeout", absent.idleTimeout()),
                new Pace(bodyTimeout, pace.stallTimeout(), pace.bytesPerSecondMin()),
                cors(http),
                access(http, auth, endpoint, tls));
    }

    private static Access access(
            Section protocol, AuthBinding auth, Endpoint endpoint, @Nullable TlsServerConfig tls) {
        AuthConfig.@Nullable Server who = auth.server(protocol);
        auth.warnIfOpen(protocol, endpoint, tls != null || who != null);
        return new Access(protocol.bool("include_metadata", Access.DEFAULT.includeMetadata()), who);
    }

    private static @Nullable CorsConfig cors(Section http) {
        @Nullable Section cors = http.section("cors");
        if (cors == null) {
            return null;
        }
        List<String> origins = cors.texts("allowed_origins");
        List<String> headers = cors.texts("allowed_headers");
        List<String> exposed = cors.texts("exposed_headers");
        int maxAge = cors.integer("max_age", -1, Integer.MAX_VALUE, 0);
        @Nullable CorsConfig bound =
                cors.whole(_ -> new CorsConfig(origins, headers, exposed, maxAge));
        return cors.isDisabled() ? null : bound;
    }

    /// Paths are written as such or as a whole URL, of which the path counts.
    private static String path(Section http, String key, String absent) {
        String written = http.text(key, absent);
        try {
            String path = URI.create(written).getPath();
            return path == null || path.isEmpty() ? "/" : path;
        } catch (IllegalArgumentException _) {
            http.error(key, "expected a path such as /v1/logs, found \"" + written + "\"");
            return absent;
        }
    }

    private static Set<Codec> codecs(Section http, Set<Codec> absent) {
        if (!http.has("compression_algorithms")) {
            return absent;
        }
        Map<String, Codec> names = new LinkedHashMap<>();
        names.put("", Codec.IDENTITY);
        for (Codec codec : Codec.values()) {
            if (codec != Codec.IDENTITY) {
                names.put(codec.label(), codec);
            }
        }
        Set<Codec> codecs = EnumSet.noneOf(Codec.class);
        for (String name : http.texts("compression_algorithms")) {
            @Nullable Codec codec = names.get(name);
            if (codec == null) {
                http.error(
                        "compression_algorithms",
                        "compression \""
                                + name
                                + "\" is not supported, supported: "
                                + names.keySet());
            } else {
                codecs.add(codec);
            }
        }
        return codecs.isEmpty() ? absent : codecs;
    }

    private static Endpoint endpoint(Section protocol, Endpoint absent) {
        @Nullable String written = protocol.text("endpoint");
        protocol.unwritten("endpoint", absent);
        String transport = protocol.text("transport", "tcp");
        if (transport.equals("unix")) {
            return unix(protocol, written, absent);
        }
        if (!transport.equals("tcp")) {
            protocol.error(
                    "transport",
                    "transport \"" + transport + "\" is not supported, only tcp and unix are");
        }
        return written == null ? absent : hostAndPort(protocol, written, absent);
    }

    /// What `endpoint` says, which is `written`; `absent` where it is wrong.
    static Endpoint hostAndPort(Section protocol, String written, Endpoint absent) {
        int colon = written.lastIndexOf(':');
        String host = colon < 0 ? written : written.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            protocol.error(
                    "endpoint",
                    "expected host:port, found \""
                            + written
                            + "\"; an IPv6 address stands in brackets, as in [::1]:4317");
            return absent;
        }
        int port;
        try {
            port = Integer.parseInt(written.substring(colon + 1));
        } catch (NumberFormatException _) {
            port = -1;
        }
        if (colon < 0 || port < 0 || port > 65_535) {
            protocol.error("endpoint", "expected host:port, found \"" + written + "\"");
            return absent;
        }
        return new Endpoint(host, port);
    }

    /// The file of a unix socket; as the Collector has it the endpoint is the path itself.
    private static Endpoint unix(Section protocol, @Nullable String written, Endpoint absent) {
        String path = written == null ? "" : written;
        for (String scheme : List.of("unix://", "unix:")) {
            if (path.startsWith(scheme)) {
                path = path.substring(scheme.length());
            }
        }
        if (path.isEmpty()) {
            protocol.error("endpoint", "transport unix needs the path of a socket as its endpoint");
            return absent;
        }
        try {
            return Endpoint.unix(Path.of(path));
        } catch (IllegalArgumentException wrong) {
            protocol.error("endpoint", String.valueOf(wrong.getMessage()));
            return absent;
        }
    }

    private static @Nullable TlsServerConfig tls(Section protocol) {
        @Nullable Section tls = protocol.section("tls");
        if (tls == null) {
            return null;
        }
        @Nullable Pem certificate = pem(tls, "cert");
        @Nullable Pem key = pem(tls, "key");
        @Nullable String clientAuthority = tls.text("client_ca_file");
        String minVersion = tls.text("min_version", TlsServerConfig.MIN_VERSION_DEFAULT);
        @Nullable String maxVersion = tls.text("max_version");
        TlsTuning tuning = TlsBinding.tuning(tls);
        if (tls.bool("client_ca_file_reload", false) && tuning.reloadInterval().isZero()) {
            tuning = new TlsTuning(tuning.cipherSuites(), tuning.curves(), AUTHORITY_RELOAD);
        }
        TlsTuning tuned = tuning;
        TlsBinding.tell(tuned, tls);
        tls.unsupported(
                "ca_file",
                "ca_pem",
                "include_insecure_cipher_suites",
                "include_system_ca_certs_pool",
                "tpm");
        if (tls.isDisabled()) {
            return null;
        }
        if (certificate == null || key == null) {
            tls.error(
                    "TLS configuration must include both certificate and key for server"
                            + " connections");
            return null;
        }
        @Nullable Pem authority =
                clientAuthority == null ? null : new Pem.File(Path.of(clientAuthority));
        return tls.whole(_ ->
                new TlsServerConfig(certificate, key, authority, minVersion, maxVersion, tuned));
    }

    private static @Nullable Pem pem(Section tls, String what) {
        @Nullable String file = tls.text(what + "_file");
        @Nullable String text = tls.secret(what + "_pem");
        if (file != null && text != null) {
            tls.error(what + "_pem", "provide either a file or the PEM, not both");
        }
        if (file != null) {
            return new Pem.File(Path.of(file));
        }
        return text == null ? null : new Pem.Text(text);
    }
}
