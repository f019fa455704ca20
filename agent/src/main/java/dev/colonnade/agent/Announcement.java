package dev.colonnade.agent;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.ReceiverConfig;
import dev.colonnade.agent.config.ServiceConfig;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiver;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.storage.memory.MemoryPlan;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the agent says when it has started and when it is about to stop.
final class Announcement {
    private Announcement() {}

    /// What listens where, how memory is divided, which pipelines there are, and that it is ready.
    static List<String> lines(AgentConfig config, ColonnadeAgent agent) {
        List<String> lines = new ArrayList<>();
        for (Receiver receiver : agent.receivers()) {
            if (receiver instanceof OtlpReceiver otlp
                    && config.receivers().get(id(otlp)) instanceof ReceiverConfig.Otlp written) {
                lines.addAll(listeners(otlp, written.settings()));
            }
        }
        @Nullable InetSocketAddress metrics = agent.metricsAddress();
        if (metrics != null) {
            lines.add("metrics at http://" + text(metrics) + "/metrics");
        }
        @Nullable InetSocketAddress health = agent.healthAddress();
        if (health != null) {
            lines.add("health at http://" + text(health) + ", /status for people");
        }
        @Nullable InetSocketAddress debug = agent.debugAddress();
        if (debug != null) {
            lines.add("debug pages at http://" + text(debug) + StoragePage.PATH);
        }
        MemoryPlan plan = agent.memoryPlan();
        lines.add(
                String.format(
                        Locale.ROOT,
                        "memory: telemetry=%s, runtime=%s, limit=%s",
                        mebibytes(plan.budgetBytes()),
                        mebibytes(plan.reserveBytes()),
                        mebibytes(plan.limitBytes())));
        for (PipelineConfig pipeline : config.pipelines()) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "pipeline %s: %s -> %s",
                            pipeline.id(),
                            pipeline.receivers(),
                            pipeline.exporters()));
        }
        lines.add(
                String.format(
                        Locale.ROOT,
                        "colonnade %s is ready: loops=%d, transport=%s",
                        Version.text(),
                        agent.loops().count(),
                        agent.loops().isNative() ? "epoll" : "nio"));
        return lines;
    }

    private static ComponentId id(Receiver receiver) {
        return Objects.requireNonNull(ComponentId.parse(receiver.id()));
    }

    private static List<String> listeners(OtlpReceiver receiver, OtlpReceiverConfig config) {
        List<String> lines = new ArrayList<>();
        if (config.grpc() != null) {
            lines.add(
                    listener(receiver, "gRPC", config.grpc().endpoint(), receiver.boundGrpcPort()));
        }
        if (config.http() != null) {
            lines.add(
                    listener(receiver, "HTTP", config.http().endpoint(), receiver.boundHttpPort()));
        }
        return lines;
    }

    private static String listener(
            OtlpReceiver receiver, String protocol, Endpoint written, int port) {
        if (written.socket() != null) {
            return "receiver " + receiver.id() + " listens: OTLP/" + protocol + " at " + written;
        }
        String host = written.host().isEmpty() ? "*" : written.host();
        return String.format(
                Locale.ROOT,
                "receiver %s listens: OTLP/%s at %s",
                receiver.id(),
                protocol,
                new Endpoint(host, port));
    }

    /// That a signal came and what follows.
    static String stopping(ServiceConfig service) {
        return String.format(
                Locale.ROOT,
                "stopping: grace=%dms, deadline=%dms; a second signal stops now",
                service.shutdownGrace().toMillis(),
                service.shutdownDeadline().toMillis());
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + "MiB";
    }
}
