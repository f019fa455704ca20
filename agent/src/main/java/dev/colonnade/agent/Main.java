package dev.colonnade.agent;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentInfo;
import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.telemetry.AotCache;
import dev.colonnade.agent.telemetry.Console;
import dev.colonnade.agent.telemetry.ForeignLog;
import dev.colonnade.pipeline.StartException;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The process: reads its arguments, runs the agent, ends with an exit code that says how it went.
public final class Main {
    private static final String COMPONENT = "colonnade";

    private Main() {}

    /// Runs what `arguments` ask for and ends the process.
    public static void main(String[] arguments) {
        Thread.setDefaultUncaughtExceptionHandler(Main::uncaught);
        Console console = Console.ofProcess();
        ForeignLog.toConsole(console);
        int code;
        try {
            code = run(arguments, console, System.out, System.err);
        } catch (OutOfMemoryError _) {
            code = Summary.EXIT_OUT_OF_HEAP;
        }
        System.out.flush();
        // Not exit: nothing is left that a hook would have to close.
        Runtime.getRuntime().halt(code);
    }

    /// Does what is asked for.
    ///
    /// @return the exit code
    static int run(String[] arguments, Console console, PrintStream out, PrintStream err) {
        return switch (CommandLine.parse(arguments)) {
            case CommandLine.Help _ -> {
                out.print(CommandLine.USAGE);
                yield Summary.EXIT_CLEAN;
            }
            case CommandLine.ShowVersion _ -> {
                out.println("colonnade " + Version.text());
                yield Summary.EXIT_CLEAN;
            }
            case CommandLine.Size size -> Sizing.run(size, out, err);
            case CommandLine.Wrong wrong -> {
                err.println("colonnade: " + wrong.why());
                err.println("see colonnade --help");
                yield Summary.EXIT_NOT_STARTED;
            }
            case CommandLine.ShowComponents _ -> {
                out.print(ComponentList.text(ComponentInfo.all(), Version.text()));
                yield Summary.EXIT_CLEAN;
            }
            case CommandLine.Validate validate -> {
                @Nullable AgentConfig config =
                        load(
                                validate.sources(),
                                err,
                                loader -> loader.dryRun(InstantSource.system()));
                yield config == null || !fits(config, err)
                        ? Summary.EXIT_NOT_STARTED
                        : Summary.EXIT_CLEAN;
            }
            case CommandLine.PrintConfig print -> {
                @Nullable String yaml =
                        load(print.sources(), err, loader -> loader.resolved(print.isRedacted()));
                out.print(yaml == null ? "" : yaml);
                yield yaml == null ? Summary.EXIT_NOT_STARTED : Summary.EXIT_CLEAN;
            }
            case CommandLine.Run run -> {
                Preparation preparation = Preparation.begin();
                @Nullable AgentConfig config = load(run.sources(), err, ConfigLoader::load);
                preparation.await();
                yield config == null ? Summary.EXIT_NOT_STARTED : serve(config, console);
            }
        };
    }

    /// Whether memory can be divided as the configuration wants it.
    private static boolean fits(AgentConfig config, PrintStream err) {
        try {
            ColonnadeAgent.plan(config, Surroundings.ofProcess());
            return true;
        } catch (StartException e) {
            err.println(e.getMessage());
            return false;
        }
    }

    private interface Loading<T> {
        T from(ConfigLoader loader) throws ConfigException;
    }

    private static <T> @Nullable T load(
            CommandLine.Sources sources, PrintStream err, Loading<T> loading) {
        sources.warnings().forEach(warning -> err.println("warning: " + warning));
        ConfigLoader loader = ConfigLoader.of(sources.uris(), sources.sets(), System.getenv());
        try {
            T loaded = loading.from(loader);
            loader.warnings().forEach(warning -> err.println("warning: " + warning.shown()));
            return loaded;
        } catch (ConfigException e) {
            loader.warnings().forEach(warning -> err.println("warning: " + warning.shown()));
            e.problems().forEach(problem -> err.println(problem.shown()));
            return null;
        }
    }

    private static int serve(AgentConfig config, Console console) {
        if (!Version.buildOfClasses().equals(Version.buildOfJar())) {
            console.write(Level.ERROR, COMPONENT, Version.mixed(), null);
            return Summary.EXIT_NOT_STARTED;
        }
        try {
            console.configure(config.service().telemetry().logs());
        } catch (IOException e) {
            console.write(
                    Level.ERROR, COMPONENT, "cannot write the log: cause=" + e.getMessage(), null);
            return Summary.EXIT_NOT_STARTED;
        }
        CountDownLatch stop = new CountDownLatch(1);
        AtomicReference<@Nullable ColonnadeAgent> started = new AtomicReference<>();
        StopSignals.hear(() -> onSignal(stop, started));
        ColonnadeAgent agent;
        try {
            agent = ColonnadeAgent.start(config);
        } catch (StartException e) {
            console.write(Level.ERROR, COMPONENT, String.valueOf(e.getMessage()), null);
            return Summary.EXIT_NOT_STARTED;
        }
        started.set(agent);
        Announcement.lines(config, agent)
                .forEach(line -> console.write(Level.INFO, COMPONENT, line, null));
        AotCache.ofProcess()
                .complaint()
                .ifPresent(line -> console.write(Level.WARNING, COMPONENT, line, null));
        try {
            stop.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        console.write(Level.INFO, COMPONENT, Announcement.stopping(config.service()), null);
        Summary summary =
                agent.stop(config.service().shutdownGrace(), config.service().shutdownDeadline());
        for (Summary.Exporter exporter : summary.exporters()) {
            boolean lost = exporter.held() + exporter.lost() > 0;
            console.write(lost ? Level.ERROR : Level.INFO, COMPONENT, exporter.toString(), null);
        }
        console.tellRest();
        return summary.exitCode();
    }

    private static void onSignal(
            CountDownLatch stop, AtomicReference<@Nullable ColonnadeAgent> started) {
        ColonnadeAgent agent = started.get();
        if (stop.getCount() == 0 && agent != null) {
            agent.hasten();
        }
        stop.countDown();
    }

    private static void uncaught(Thread thread, Throwable thrown) {
        if (thrown instanceof OutOfMemoryError) {
            Runtime.getRuntime().halt(Summary.EXIT_OUT_OF_HEAP);
        }
        Console.ofProcess()
                .write(
                        Level.ERROR,
                        COMPONENT,
                        "thread ended by an error: thread=" + thread.getName(),
                        thrown);
    }
}
