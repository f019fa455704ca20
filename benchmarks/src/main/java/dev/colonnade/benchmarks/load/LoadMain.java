package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Console;
import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Loops;
import dev.colonnade.benchmarks.Options;
import dev.colonnade.benchmarks.TinyHttp;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
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
import org.jspecify.annotations.Nullable;

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
/// --sink URL                    the sink's control address: what it got in the same seconds, and its verdict at the end
/// --settle S                    how long the sink may see nothing new before the backlog counts as drained, default 10
/// --drain-fast                  ends the sink's misbehaviour before waiting for the backlog
/// --metrics URL                 Prometheus page of that process: garbage per request, its own latency histograms
/// --ledger FILE                 writes what became of each request, for the sink to check
/// --json                        prints JSON; otherwise name=value lines
/// --serve                       alone: reads such command lines from standard input and runs them in one warm process
/// ```
public final class LoadMain {
    private static final long CONNECT_SECONDS = 30;

    private LoadMain() {}

    /// Runs one plan.
    public static void main(String[] args) throws InterruptedException, IOException {
        if (args.length == 1 && args[0].equals("--serve")) {
            serve();
            return;
        }
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

    /// Runs plans from standard input, one per line, in one warm process; each ends with a line
    /// `end` or `failed`.
    private static void serve() throws InterruptedException, IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            try {
                String[] args = line.trim().split(" +", -1);
                Console.OUT.print(run(Options.parse(args, named(), flags())).toLines());
                Console.OUT.println("end");
            } catch (IllegalArgumentException
                    | IOException
                    | ExecutionException
                    | TimeoutException
                    | CompletionException e) {
                Console.ERR.println("load failed: " + e);
                Console.OUT.println("failed");
            }
        }
    }

    static Set<String> named() {
        Set<String> named = new HashSet<>(Plan.NAMED);
        named.addAll(Set.of("watch-pid", "sink", "metrics", "ledger", "settle"));
        return named;
    }

    static Set<String> flags() {
        Set<String> flags = new HashSet<>(Plan.FLAGS);
        flags.addAll(Set.of("json", "drain-fast"));
        return flags;
    }

    /// Runs the plan of a command line and returns its figures.
    static Facts run(Options options)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        Plan plan = Plan.of(options, (int) (ProcessHandle.current().pid() % 0xFFFF) + 1);
        URI sink = uri(options, "sink");
        Observer observer =
                new Observer(options.number("watch-pid", 0, 0), sink, uri(options, "metrics"));
        try (Slots slots = new Slots(plan, epochNanos())) {
            EventLoopGroup group = Loops.single();
            try {
                EventLoop loop = group.next();
                Engine engine =
                        new Engine(plan, slots, loop, System::nanoTime, epochNanos(), observer);
                engine.start();
                engine.started().get(CONNECT_SECONDS, TimeUnit.SECONDS);
                Console.OUT.println("ready port=" + plan.port());
                engine.done().get();
                Facts facts = describe(plan, slots).putAll("", engine.facts());
                return facts.putAll("", verify(options, sink, loop, engine));
            } finally {
                // Before the slots go: the loop may still hold their memory.
                group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
            }
        }
    }

    private static Facts verify(Options options, @Nullable URI sink, EventLoop loop, Engine engine)
            throws IOException, InterruptedException, ExecutionException {
        String ledger = options.text("ledger", "");
        if (!ledger.isEmpty()) {
            Files.writeString(Path.of(ledger), engine.ledger().toText());
        }
        if (sink == null) {
            return new Facts();
        }
        if (options.has("drain-fast")) {
            TinyHttp.post(sink.resolve("/mode"), "");
        }
        long patience = options.secondsAsNanos("settle", 10);
        return new Verification(sink, loop, System::nanoTime, patience)
                .run(engine.ledger(), engine.acceptedRecords());
    }

    private static long epochNanos() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    private static @Nullable URI uri(Options options, String name) {
        return options.has(name) ? URI.create(options.text(name)) : null;
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
