package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Console;
import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Loops;
import dev.colonnade.benchmarks.Options;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The load generator as a program; prints `ready port=...` when all connections are up, figures at
/// the end.
///
/// ```
/// --target HOST:PORT            where to
/// --protocol grpc|http          default grpc
/// --codec none|gzip|zstd        default none; bodies are compressed in advance and then repeat
/// --level N                     of the codec; default 6 for gzip, 3 for zstd
/// --data NAME                   logs-350 (default), logs-1k, spans, points, trickle
/// --records-per-request N       default by data set
/// --connections N               default 4 on grpc, 16 on http
/// --in-flight N                 requests per connection on grpc, default 4
/// --rate N                      records a second, open loop; 0 (default) = as fast as answers come
/// --warmup S --duration S       default 2 and 10 seconds
/// --timeout S                   for one answer, default 30
/// --seed N --generator N        default 1 and one made from the process id
/// --ring N                      distinct bodies, default about 64,000 records (128,000 compressed)
/// --retry                       sends refused requests again after the advised delay
/// --watch-pid N                 measures the processor time and memory of that process
/// --sink URL                    asks the sink's control address for what it counted
/// --ledger FILE                 writes what became of each request, for the sink to check
/// --json                        prints JSON; otherwise name=value lines
/// ```
public final class LoadMain {
    private static final long CONNECT_SECONDS = 30;

    private LoadMain() {}

    /// Runs one plan.
    public static void main(String[] args) throws InterruptedException {
        try {
            Options options = Options.parse(args, named(), flags());
            Facts facts = run(options);
            Console.OUT.print(options.has("json") ? facts.toJson() + "\n" : facts.toLines());
        } catch (IllegalArgumentException e) {
            Console.ERR.println("load cannot start: " + e.getMessage());
            System.exit(2);
        } catch (IOException | ExecutionException | TimeoutException | CompletionException e) {
            Console.ERR.println("load failed: " + e);
            System.exit(1);
        }
    }

    static Set<String> named() {
        Set<String> named = new HashSet<>(Plan.NAMED);
        named.addAll(Set.of("watch-pid", "sink", "ledger"));
        return named;
    }

    static Set<String> flags() {
        Set<String> flags = new HashSet<>(Plan.FLAGS);
        flags.add("json");
        return flags;
    }

    /// Runs the plan of a command line and returns its figures.
    static Facts run(Options options)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        Plan plan = Plan.of(options, (int) (ProcessHandle.current().pid() % 0xFFFF) + 1);
        Slots slots = new Slots(plan, epochNanos());
        String sink = options.text("sink", "");
        Observer observer =
                new Observer(
                        options.number("watch-pid", 0, 0),
                        sink.isEmpty() ? null : URI.create(sink));
        EventLoopGroup group = Loops.single();
        try {
            Engine engine =
                    new Engine(plan, slots, group.next(), System::nanoTime, epochNanos(), observer);
            engine.start();
            engine.started().get(CONNECT_SECONDS, TimeUnit.SECONDS);
            Console.OUT.println("ready port=" + plan.port());
            engine.done().get();
            String ledger = options.text("ledger", "");
            if (!ledger.isEmpty()) {
                Files.writeString(Path.of(ledger), engine.ledger().toText());
            }
            return describe(plan, slots).putAll("", engine.facts());
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static long epochNanos() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    private static Facts describe(Plan plan, Slots slots) {
        return new Facts()
                .put("data", plan.dataSet().title())
                .put("protocol", plan.protocol().name().toLowerCase(Locale.ROOT))
                .put("codec", plan.compressed() ? plan.codec() + "-" + plan.level() : "none")
                .put("records_per_request", plan.recordsPerRequest())
                .put("body_bytes_per_record", slots.meanBodyBytes() / plan.recordsPerRequest())
                .put("wire_bytes_per_record", slots.meanWireBytes() / plan.recordsPerRequest())
                .put("ring_bodies", slots.size())
                .put(
                        "ids_and_times",
                        plan.compressed() ? "repeat with the ring" : "fresh in each request")
                .put("connections", plan.connections())
                .put("in_flight", plan.inFlight())
                .put("rate_records_per_s", plan.recordsPerSecond())
                .put("generator", plan.generator())
                .put("seed", plan.seed())
                .put("measured_s", plan.durationNanos() / 1e9);
    }
}
