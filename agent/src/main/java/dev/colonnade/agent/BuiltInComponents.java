package dev.colonnade.agent;

import dev.colonnade.agent.config.ExporterConfig;
import dev.colonnade.agent.config.ReceiverConfig;
import dev.colonnade.agent.graph.ComponentFactory;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.telemetry.Console;
import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.debug.DebugExporter;
import dev.colonnade.exporters.file.FileExporter;
import dev.colonnade.exporters.nop.NopExporter;
import dev.colonnade.exporters.otlp.OtlpGrpcExporter;
import dev.colonnade.exporters.otlp.OtlpHttpExporter;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.pipeline.receiver.jsonfile.OtlpJsonFileReceiver;
import dev.colonnade.pipeline.receiver.otlp.ConnectionRoom;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiver;
import dev.colonnade.storage.Signal;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// Makes the components that come with the agent.
final class BuiltInComponents implements ComponentFactory {
    private final Loops loops;
    private final TelemetryMemory memory;
    private final Telemetry telemetry;
    private final LongSupplier nanoClock;
    private final RandomGenerator random;
    private final ConnectionRoom room = ConnectionRoom.ofHeap(Runtime.getRuntime().maxMemory());
    private int filesOpened;

    BuiltInComponents(
            Loops loops,
            TelemetryMemory memory,
            Telemetry telemetry,
            LongSupplier nanoClock,
            RandomGenerator random) {
        this.loops = loops;
        this.memory = memory;
        this.telemetry = telemetry;
        this.nanoClock = nanoClock;
        this.random = random;
    }

    @Override
    public Receiver receiver(ReceiverConfig config, Map<Signal, Route> routes) {
        String id = config.id().toString();
        return switch (config) {
            case ReceiverConfig.Otlp otlp ->
                    new OtlpReceiver(
                            id,
                            otlp.settings(),
                            routes,
                            loops,
                            memory.root(),
                            room,
                            telemetry,
                            nanoClock,
                            BuiltInComponents::runBlocking,
                            random);
            case ReceiverConfig.JsonFile file -> {
                int loop = filesOpened++ % loops.count();
                yield new OtlpJsonFileReceiver(
                        id,
                        file.settings(),
                        routes,
                        loops.loop(loop),
                        loop,
                        telemetry,
                        nanoClock,
                        BuiltInComponents::runBlocking,
                        System.getLogger(id));
            }
        };
    }

    @Override
    public Exporter exporter(ExporterConfig config) {
        String id = config.id().toString();
        ExporterContext context = context(id);
        return switch (config) {
            case ExporterConfig.OtlpGrpc grpc ->
                    new OtlpGrpcExporter(id, grpc.settings(), grpc.auth(), context);
            case ExporterConfig.OtlpHttp http ->
                    new OtlpHttpExporter(id, http.settings(), http.auth(), context);
            case ExporterConfig.File file -> new FileExporter(id, file.settings(), context);
            case ExporterConfig.Debug debug ->
                    new DebugExporter(id, debug.settings(), context, out(id, debug.settings()));
            case ExporterConfig.Nop _ -> new NopExporter(id, context);
        };
    }

    private static Consumer<String> out(String id, DebugExporterConfig config) {
        if (config.usesInternalLogger()) {
            return text -> Console.ofProcess().write(Level.INFO, id, text, null);
        }
        boolean toError = config.outputPaths().contains(DebugExporterConfig.STDERR);
        boolean toOutput =
                config.outputPaths().isEmpty()
                        || config.outputPaths().contains(DebugExporterConfig.STDOUT);
        return text -> {
            if (toOutput) {
                print(System.out, text);
            }
            if (toError) {
                print(System.err, text);
            }
        };
    }

    private static void print(PrintStream stream, String text) {
        stream.print(text + "\n");
        stream.flush();
    }

    private static void runBlocking(Runnable task) {
        Thread.ofVirtual().name("colonnade-blocking").start(task);
    }

    private ExporterContext context(String id) {
        return new ExporterContext(
                loops,
                memory.loops(),
                memory.sending(),
                telemetry,
                nanoClock,
                InstantSource.system(),
                random,
                BuiltInComponents::runBlocking,
                System.getLogger(id),
                Version.text());
    }
}
