package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.exporters.Balancer;
import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.exporters.ConfigProblem;
import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.DebugExporterConfig.Verbosity;
import dev.colonnade.exporters.Encoding;
import dev.colonnade.exporters.HttpClientConfig;
import dev.colonnade.exporters.KeepaliveConfig;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.ProxyConfig;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.exporters.TlsClientConfig;
import dev.colonnade.exporters.file.FileExporterConfig;
import dev.colonnade.exporters.file.FileExporterConfig.Rotation;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads what is written of an exporter, with the Collector's keys. Where it is not written, what
/// would lose records in the Collector does not here: see [RetryConfig#DEFAULT] and
/// [QueueConfig#DEFAULT].
final class ExporterBinding {
    private static final Map<String, QueueLimit.Sizer> SIZERS =
            Map.of(
                    "requests", QueueLimit.Sizer.REQUESTS,
                    "items", QueueLimit.Sizer.ITEMS,
                    "bytes", QueueLimit.Sizer.BYTES);

    private static final Map<String, Balancer> BALANCERS =
            Map.of("round_robin", Balancer.ROUND_ROBIN, "pick_first", Balancer.PICK_FIRST);

    private static final Map<String, Encoding> ENCODINGS =
            Map.of("proto", Encoding.PROTO, "json", Encoding.JSON);

    private final ProxyConfig proxy;
    private final AuthBinding auth;

    /// Who writes which file.
    private final Map<Path, ComponentId> files = new HashMap<>();

    /// A reader of exporters that take proxies from `environment`.
    ExporterBinding(Map<String, String> environment, AuthBinding auth) {
        this.auth = auth;
        proxy = ProxyConfig.ofEnvironment(environment);
    }

    /// The exporter's settings, of a type that is usable.
    ExporterConfig bind(ComponentId id, Section exporter) {
        return switch (Kind.EXPORTERS.canonical(id.type())) {
            case "otlp_grpc" ->
                    new ExporterConfig.OtlpGrpc(id, otlpGrpc(exporter), auth.client(exporter));
            case "otlp_http" ->
                    new ExporterConfig.OtlpHttp(id, otlpHttp(exporter), auth.client(exporter));
            case "file" -> new ExporterConfig.File(id, file(id, exporter));
            case "debug" -> new ExporterConfig.Debug(id, debug(exporter));
            case "nop" -> new ExporterConfig.Nop(id);
            default -> throw new IllegalArgumentException("no binding: exporter=" + id);
        };
    }

    private OtlpGrpcExporterConfig otlpGrpc(Section exporter) {
        OtlpGrpcExporterConfig absent = OtlpGrpcExporterConfig.of("");
        retired(exporter);
        exporter.unsupported(
                "read_buffer_size", "write_buffer_size", "wait_for_ready", "middlewares");
        Balancer balancer = exporter.choice("balancer_name", BALANCERS, absent.balancer());
        OtlpGrpcExporterConfig config =
                new OtlpGrpcExporterConfig(
                        exporter.text("endpoint", ""),
                        tls(exporter),
                        compression(exporter, absent.compression(), Codec.GZIP, Codec.ZSTD),
                        lowerCased(exporter.secretMap("headers")),
                        exporter.duration("timeout", absent.timeout()),
                        keepalive(exporter),
                        exporter.text("user_agent"),
                        exporter.text("authority"),
                        balancer,
                        proxy,
                        queue(exporter),
                        retry(exporter));
        tell(config.problems(), exporter);
        return config;
    }

    private OtlpHttpExporterConfig otlpHttp(Section exporter) {
        OtlpHttpExporterConfig absent = OtlpHttpExporterConfig.of("");
        retired(exporter);
        exporter.unsupported(
                "profiles_endpoint",
                "read_buffer_size",
                "write_buffer_size",
                "max_idle_conns_per_host",
                "http2_read_idle_timeout",
                "http2_ping_timeout",
                "force_attempt_http2",
                "cookies",
                "middlewares");
        Map<Signal, String> own = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            @Nullable String url = exporter.text(signal.label() + "_endpoint");
            if (url != null) {
                own.put(signal, url);
            }
        }
        Encoding encoding = exporter.choice("encoding", ENCODINGS, absent.encoding());
        @Nullable String proxyUrl = exporter.text("proxy_url");
        Section parameters = exporter.sectionOrEmpty("compression_params");
        HttpClientConfig client = absent.client();
        OtlpHttpExporterConfig config =
                new OtlpHttpExporterConfig(
                        exporter.text("endpoint", ""),
                        own,
                        tls(exporter),
                        compression(
                                exporter,
                                absent.compression(),
                                Codec.GZIP,
                                Codec.ZSTD,
                                Codec.DEFLATE),
                        parameters.integer("level", Integer.MIN_VALUE, Integer.MAX_VALUE, 0),
                        exporter.secretMap("headers"),
                        exporter.duration("timeout", absent.timeout()),
                        new HttpClientConfig(
                                count(exporter, "max_idle_conns", client.maxIdleConns()),
                                count(exporter, "max_conns_per_host", client.maxConns()),
                                exporter.duration("idle_conn_timeout", client.idleConnTimeout()),
                                exporter.bool("disable_keep_alives", client.disableKeepAlives())),
                        null,
                        proxyUrl == null ? proxy : proxy.withProxyUrl(proxyUrl),
                        queue(exporter),
                        retry(exporter),
                        encoding);
        tell(config.problems(), exporter);
        return config;
    }

    private static void retired(Section exporter) {
        exporter.retired("insecure", "write tls::insecure");
        exporter.retired("ca_file", "write tls::ca_file");
        exporter.retired("cert_file", "write tls::cert_file");
        exporter.retired("key_file", "write tls::key_file");
        exporter.retired("server_name_override", "write tls::server_name_override");
        exporter.retired("batcher", "write sending_queue::batch");
        exporter.retired("per_rpc_auth", "write headers or auth");
    }

    private FileExporterConfig file(ComponentId id, Section exporter) {
        FileExporterConfig absent = FileExporterConfig.of("");
        exporter.unsupported(
                "append",
                "create_directory",
                "directory_permissions",
                "encoding",
                "group_by",
                "resource_attributes_path");
        @Nullable Section rotation = exporter.section("rotation");
        FileExporterConfig config =
                new FileExporterConfig(
                        exporter.text("path", ""),
                        rotation == null ? null : rotation(rotation),
                        exporter.text("format", absent.format()),
                        exporter.text("compression", absent.compression()),
                        exporter.duration("flush_interval", absent.flushInterval()),
                        exporter.bool("sync", absent.sync()),
                        fileRetry(exporter.sectionOrEmpty("retry_on_failure"), absent.retry()));
        tell(config.problems(), exporter);
        if (!config.path().isEmpty()) {
            Path path = Path.of(config.path()).toAbsolutePath().normalize();
            @Nullable ComponentId other = files.putIfAbsent(path, id);
            if (other != null) {
                exporter.error(
                        "path",
                        "written by exporter \""
                                + other
                                + "\" already: two writers would cut each other's records short");
            }
        }
        return config;
    }

    /// A file is tried until it can be written.
    private static RetryConfig fileRetry(Section retry, RetryConfig absent) {
        return new RetryConfig(
                true,
                retry.duration("initial_interval", absent.initialInterval()),
                retry.decimal("randomization_factor", 0, 1, absent.randomizationFactor()),
                retry.decimal("multiplier", 0, Double.MAX_VALUE, absent.multiplier()),
                retry.duration("max_interval", absent.maxInterval()),
                absent.maxElapsedTime());
    }

    private static Rotation rotation(Section rotation) {
        Rotation absent = Rotation.DEFAULT;
        return new Rotation(
                count(rotation, "max_megabytes", absent.maxMegabytes()),
                count(rotation, "max_days", absent.maxDays()),
                count(rotation, "max_backups", absent.maxBackups()),
                rotation.bool("localtime", absent.localtime()));
    }

    private static DebugExporterConfig debug(Section exporter) {
        DebugExporterConfig absent = DebugExporterConfig.DEFAULT;
        exporter.retired("loglevel", "write verbosity");
        exporter.unsupported("sending_queue");
        Map<String, Verbosity> verbosities = new LinkedHashMap<>();
        verbosities.put("basic", Verbosity.BASIC);
        verbosities.put("normal", Verbosity.NORMAL);
        verbosities.put("detailed", Verbosity.DETAILED);
        Verbosity verbosity = exporter.choice("verbosity", verbosities, absent.verbosity());
        DebugExporterConfig config =
                new DebugExporterConfig(
                        verbosity,
                        count(exporter, "sampling_initial", absent.samplingInitial()),
                        count(exporter, "sampling_thereafter", absent.samplingThereafter()),
                        exporter.bool("use_internal_logger", absent.usesInternalLogger()),
                        exporter.texts("output_paths"));
        tell(config.problems(), exporter);
        return config;
    }

    private static QueueConfig queue(Section exporter) {
        @Nullable Section queue = exporter.section("sending_queue");
        if (queue == null) {
            return QueueConfig.DEFAULT;
        }
        QueueConfig absent = QueueConfig.DEFAULT;
        queue.unsupported("storage");
        boolean enabled = !queue.isDisabled();
        queue.retired("blocking", "write block_on_overflow");
        queue.retired("persistent_storage_enabled", "write durability in storage");
        boolean blocks = queue.bool("block_on_overflow", false);
        if (blocks) {
            queue.error(
                    "block_on_overflow",
                    "not supported: senders are refused with a time to come back");
        }
        QueueLimit.@Nullable Sizer sizer = queue.choice("sizer", SIZERS);
        OptionalLong size = queue.number("queue_size", Long.MIN_VALUE, Long.MAX_VALUE);
        // The Collector counts requests where nothing is written; a written size means that.
        QueueLimit.Sizer unwritten = size.isPresent() ? QueueLimit.Sizer.REQUESTS : absent.sizer();
        return new QueueConfig(
                enabled,
                count(queue, "num_consumers", absent.numConsumers()),
                queue.bool("wait_for_result", absent.waitForResult()),
                blocks,
                sizer == null ? unwritten : sizer,
                size.isPresent() ? size.getAsLong() : null,
                batch(queue, sizer));
    }

    private static @Nullable BatchConfig batch(
            Section queue, QueueLimit.@Nullable Sizer queueSizer) {
        @Nullable Section batch = queue.section("batch");
        if (batch == null) {
            return null;
        }
        batch.unsupported("partition");
        batch.retired("min_size_items", "write min_size with sizer: items");
        batch.retired("max_size_items", "write max_size with sizer: items");
        BatchConfig absent = BatchConfig.DEFAULT;
        BatchConfig.@Nullable Sizer sizer =
                batch.choice(
                        "sizer",
                        Map.of("items", BatchConfig.Sizer.ITEMS, "bytes", BatchConfig.Sizer.BYTES));
        if (sizer == null) {
            sizer = queueSizer == QueueLimit.Sizer.BYTES ? BatchConfig.Sizer.BYTES : absent.sizer();
        }
        BatchConfig config =
                new BatchConfig(
                        batch.duration("flush_timeout", absent.flushTimeout()),
                        batch.number("min_size", Long.MIN_VALUE, Long.MAX_VALUE, absent.minSize()),
                        batch.number("max_size", Long.MIN_VALUE, Long.MAX_VALUE, absent.maxSize()),
                        sizer);
        return batch.isDisabled() ? null : config;
    }

    private static RetryConfig retry(Section exporter) {
        @Nullable Section retry = exporter.section("retry_on_failure");
        RetryConfig absent = RetryConfig.DEFAULT;
        if (retry == null) {
            return absent;
        }
        return new RetryConfig(
                !retry.isDisabled(),
                retry.duration("initial_interval", absent.initialInterval()),
                retry.decimal(
                        "randomization_factor",
                        -Double.MAX_VALUE,
                        Double.MAX_VALUE,
                        absent.randomizationFactor()),
                retry.decimal(
                        "multiplier", -Double.MAX_VALUE, Double.MAX_VALUE, absent.multiplier()),
                retry.duration("max_interval", absent.maxInterval()),
                retry.duration("max_elapsed_time", absent.maxElapsedTime()));
    }

    private static TlsClientConfig tls(Section exporter) {
        @Nullable Section tls = exporter.section("tls");
        TlsClientConfig absent = TlsClientConfig.DEFAULT;
        if (tls == null) {
            return absent;
        }
        tls.unsupported("include_insecure_cipher_suites", "tpm");
        return new TlsClientConfig(
                tls.bool("insecure", absent.insecure()),
                tls.bool("insecure_skip_verify", absent.insecureSkipVerify()),
                tls.text("server_name_override"),
                tls.text("ca_file"),
                tls.secret("ca_pem"),
                tls.text("cert_file"),
                tls.secret("cert_pem"),
                tls.text("key_file"),
                tls.secret("key_pem"),
                tls.bool("include_system_ca_certs_pool", absent.includeSystemCaCertsPool()),
                tls.text("min_version", absent.minVersion()),
                tls.text("max_version"),
                TlsBinding.tuning(tls));
    }

    private static @Nullable KeepaliveConfig keepalive(Section exporter) {
        @Nullable Section keepalive = exporter.section("keepalive");
        if (keepalive == null) {
            return null;
        }
        KeepaliveConfig absent = KeepaliveConfig.DEFAULT;
        KeepaliveConfig config =
                new KeepaliveConfig(
                        keepalive.duration("time", absent.time()),
                        keepalive.duration("timeout", absent.timeout()),
                        keepalive.bool("permit_without_stream", absent.permitWithoutStream()));
        return keepalive.isDisabled() ? null : config;
    }

    private static Codec compression(Section exporter, Codec absent, Codec... supported) {
        Map<String, Codec> names = new TreeMap<>();
        names.put("none", Codec.IDENTITY);
        for (Codec codec : supported) {
            names.put(codec.label(), codec);
        }
        String written = exporter.text("compression", absent.label());
        if (written.isEmpty()) {
            return Codec.IDENTITY;
        }
        @Nullable Codec codec = names.get(written);
        if (codec == null) {
            exporter.error(
                    "compression",
                    "unsupported compression type \""
                            + written
                            + "\", supported: "
                            + names.keySet()
                            + Suggestion.of(written, names.keySet()));
            return absent;
        }
        return codec;
    }

    private static int count(Section section, String key, int absent) {
        return section.integer(key, Integer.MIN_VALUE, Integer.MAX_VALUE, absent);
    }

    private static Map<String, String> lowerCased(Map<String, String> headers) {
        Map<String, String> lower = new TreeMap<>();
        headers.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
        return lower;
    }

    private static void tell(List<ConfigProblem> problems, Section exporter) {
        problems.forEach(problem -> exporter.errorBelow(problem.path(), problem.message()));
    }
}
