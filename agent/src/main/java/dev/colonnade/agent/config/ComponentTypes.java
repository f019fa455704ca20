package dev.colonnade.agent.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which components there are: those that can be used, with their older names, and those that the
/// Collector and its contributed distribution have and Colonnade does not.
final class ComponentTypes {
    /// One kind of component, named as its section.
    @SuppressWarnings("ImmutableEnumChecker") // made by Map.of, List.of and Set.of
    enum Kind {
        RECEIVERS(
                "receiver",
                Map.of("otlpjsonfile", "otlp_json_file"),
                List.of("otlp", "otlp_json_file"),
                "nop file_log filelog host_metrics hostmetrics prometheus prometheusremotewrite"
                    + " statsd kubeletstats k8s_cluster k8s_events k8sobjects docker_stats syslog"
                    + " tcp_log tcplog udp_log udplog journald fluent_forward fluentforward jaeger"
                    + " zipkin kafka http_check httpcheck otelarrow loki influxdb carbon splunk_hec"
                    + " signalfx webhookevent redis mysql postgresql nginx receiver_creator"),
        PROCESSORS(
                "processor",
                Map.of(),
                List.of("attributes", "resource", "batch", "memory_limiter"),
                "queuebatch filter transform tail_sampling probabilistic_sampler k8s_attributes"
                    + " k8sattributes resource_detection resourcedetection redaction log_dedup"
                    + " logdedup delta_to_cumulative deltatocumulative cumulative_to_delta"
                    + " cumulativetodelta interval metrics_transform metricstransform"
                    + " metricsgeneration group_by_attrs groupbyattrs group_by_trace groupbytrace"
                    + " span schema geoip remotetap isolationforest"),
        EXPORTERS(
                "exporter",
                Map.of("otlp", "otlp_grpc", "otlphttp", "otlp_http"),
                List.of("otlp_grpc", "otlp_http", "file", "debug", "nop"),
                "prometheus prometheus_remote_write prometheusremotewrite load_balancing"
                    + " loadbalancing kafka elasticsearch opensearch clickhouse splunk_hec signalfx"
                    + " datadog aws_s3 awss3 awsxray awsemf awscloudwatchlogs google_cloud"
                    + " googlecloud azure_monitor azuremonitor zipkin syslog pulsar otelarrow"),
        CONNECTORS(
                "connector",
                Map.of(),
                List.of("forward"),
                "span_metrics spanmetrics routing failover count sum signal_to_metrics"
                        + " signaltometrics service_graph servicegraph exceptions round_robin"
                        + " roundrobin grafana_cloud grafanacloud"),
        EXTENSIONS(
                "extension",
                Map.of("healthcheck", "health_check"),
                List.of(
                        "colonnade_storage",
                        "zpages",
                        "health_check",
                        "basicauth",
                        "bearertokenauth",
                        "headers_setter"),
                "memory_limiter file_storage healthcheckv2 pprof oauth2client oidc sigv4auth"
                        + " asapauth opamp k8s_observer host_observer docker_observer redis_storage"
                        + " db_storage otlp_encoding json_log_encoding");

        private final String singular;
        private final Map<String, String> aliases;
        private final List<String> usable;
        private final Set<String> unsupported;

        Kind(String singular, Map<String, String> aliases, List<String> usable, String known) {
            this.singular = singular;
            this.aliases = aliases;
            this.usable = usable;
            unsupported = Set.of(known.split(" ", -1));
        }

        /// The present names of the types that can be used.
        List<String> usable() {
            return usable;
        }

        /// The word for one of them.
        String singular() {
            return singular;
        }

        /// The present name of a type that may be written in its older form.
        String canonical(String type) {
            return aliases.getOrDefault(type, type);
        }

        /// The older names of a type.
        List<String> olderNames(String type) {
            return aliases.entrySet().stream()
                    .filter(alias -> alias.getValue().equals(type))
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList();
        }

        /// Whether components of that type can be made.
        boolean isUsable(String type) {
            return usable.contains(canonical(type));
        }

        /// Why they cannot.
        String refusal(ComponentId id) {
            @Nullable String instead = RETIRED.get(singular + " " + id.type());
            if (instead != null) {
                return "the "
                        + singular
                        + " \""
                        + id.type()
                        + "\" is no longer part of the OpenTelemetry Collector: "
                        + instead;
            }
            if (unsupported.contains(id.type())) {
                return String.format(
                        Locale.ROOT,
                        "\"%s\" is %s %s of the OpenTelemetry Collector that Colonnade does not"
                                + " support",
                        id.type(),
                        singular.startsWith("e") ? "an" : "a",
                        singular);
            }
            return String.format(
                    Locale.ROOT,
                    "unknown type: \"%s\" for id: \"%s\" (valid values: %s)%s",
                    id.type(),
                    id,
                    usable,
                    Suggestion.of(id.type(), usable));
        }
    }

    /// Types that older Collectors had, by kind and type, and what to write now.
    private static final Map<String, String> RETIRED =
            Map.of(
                    "exporter logging", "use \"debug\"",
                    "exporter jaeger", "Jaeger takes OTLP, use \"otlp_grpc\"",
                    "exporter jaeger_thrift", "Jaeger takes OTLP, use \"otlp_http\"",
                    "exporter loki", "Loki takes OTLP, use \"otlp_http\"",
                    "exporter opencensus", "use \"otlp_grpc\"",
                    "receiver opencensus", "use \"otlp\"",
                    "processor queued_retry",
                            "use \"sending_queue\" and \"retry_on_failure\" of exporters",
                    "extension memory_ballast", "memory is bounded without it, remove it",
                    "extension ballast", "memory is bounded without it, remove it");

    private static final Set<String> ALPHA = Set.of("otlp_json_file", "zpages");

    private ComponentTypes() {}

    /// Whether the keys of that type may still change.
    static boolean isAlpha(String type) {
        return ALPHA.contains(type);
    }
}
