package dev.colonnade.agent;

import dev.colonnade.agent.config.ByteSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What was asked for on the command line.
///
/// Read by hand: picocli, the usual library, costs about 100 ms of processor time at the start, an
/// ahead-of-time cache or not, and this agent starts beside every copy of an application.
sealed interface CommandLine {
    /// Where the configuration comes from.
    ///
    /// @param uris paths, or `file:PATH`, `env:NAME`, `yaml:TEXT`, in order
    /// @param sets `a.b.c=value`, which go before them
    /// @param warnings what was accepted and has no effect
    record Sources(List<String> uris, List<String> sets, List<String> warnings) {}

    /// Runs the agent.
    record Run(Sources sources) implements CommandLine {}

    /// Checks everything that a start would need, and starts nothing.
    record Validate(Sources sources) implements CommandLine {}

    /// Prints the configuration, merged and expanded.
    ///
    /// @param isRedacted whether secrets are left out
    record PrintConfig(Sources sources, boolean isRedacted) implements CommandLine {}

    /// Lists the components.
    record ShowComponents() implements CommandLine {}

    /// Asks how much fits into a limit.
    ///
    /// @param limitBytes what the container allows, in bytes
    /// @param agent where a running agent's metrics are, from which figures are taken; null for
    ///   those that were measured with standard data
    record Size(long limitBytes, @Nullable String agent) implements CommandLine {}

    /// Tells the version.
    record ShowVersion() implements CommandLine {}

    /// Tells what can be asked for.
    record Help() implements CommandLine {}

    /// Something that cannot be understood.
    record Wrong(String why) implements CommandLine {}

    /// What `--help` prints.
    String USAGE =
            """
            colonnade receives telemetry, holds it in little memory until it can be shipped, and ships it on.

            usage: colonnade COMMAND [--config URI]... [--set KEY=VALUE]...

            commands
              run            receive, hold and ship; what --config alone means
              validate       tell everything that is wrong: keys, references, files, certificates, folders, addresses;
                             starts nothing, exits with 1 when something is wrong
              print-config   print the configuration as it is understood, merged and expanded, without secrets
              components     list the receivers, processors, exporters, connectors and extensions
              sizing         tell how many records fit: sizing --limit 64MiB [--agent http://127.0.0.1:8888/metrics]
              version        print the version
              help           print this

            options
              --config URI     a configuration in the OpenTelemetry Collector's format; again for more, of which a later one
                               changes the earlier: maps are merged, lists and values are replaced, null takes away.
                               PATH or file:PATH   a file
                               env:NAME            the text in an environment variable
                               yaml:a::b: VALUE    the text itself, with :: between keys
              --set KEY=VALUE  one value, after all of --config: --set exporters.otlp_grpc.timeout=10s
              --feature-gates  accepted for the Collector's sake, has no effect
              --mode MODE      for print-config: redacted (the default) or unredacted

            in a configuration
              ${env:NAME}  ${env:NAME:-default}  ${file:PATH}  $$ for a dollar sign

            signals      SIGTERM or SIGINT drains and stops, a second one stops now
            exit codes   0 stopped clean, 1 bad configuration or not started, 2 stopped with records lost, 3 out of heap

            examples
              colonnade --config agent.yaml
              colonnade validate --config agent.yaml --config production.yaml
              colonnade run --config env:COLONNADE_CONFIG --set service.telemetry.logs.level=debug
            """;

    /// Options of older Collectors, and what replaced them.
    Map<String, String> RETIRED =
            Map.of(
                    "--log-level", "set service::telemetry::logs::level",
                    "--log-profile", "set service::telemetry::logs",
                    "--log-format", "set service::telemetry::logs::encoding",
                    "--metrics-addr", "set service::telemetry::metrics::readers",
                    "--metrics-level", "set service::telemetry::metrics::level",
                    "--mem-ballast-size-mib", "memory is bounded by storage::memory",
                    "--new-metrics", "there is only one kind of metrics",
                    "--legacy-metrics", "there is only one kind of metrics");

    /// Reads the arguments.
    static CommandLine parse(String... arguments) {
        if (arguments.length > 0 && arguments[0].equals("sizing")) {
            return sizing(arguments);
        }
        return new Reader(arguments).read();
    }

    /// Goes through the arguments once.
    final class Reader {
        private final String[] arguments;
        private final List<String> uris = new ArrayList<>();
        private final List<String> sets = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private String command = "";
        private String mode = "redacted";
        private int index;

        private Reader(String... arguments) {
            this.arguments = arguments;
        }

        private CommandLine read() {
            while (index < arguments.length) {
                String argument = arguments[index++];
                @Nullable CommandLine answer =
                        argument.startsWith("-") ? option(argument) : command(argument);
                if (answer != null) {
                    return answer;
                }
            }
            Sources sources = new Sources(uris, sets, warnings);
            if (command.equals("components")) {
                return new ShowComponents();
            }
            if (uris.isEmpty()) {
                return new Wrong("at least one config flag must be provided: --config FILE");
            }
            return switch (command) {
                case "validate" -> new Validate(sources);
                case "print-config" -> new PrintConfig(sources, mode.equals("redacted"));
                default -> new Run(sources);
            };
        }

        private @Nullable CommandLine command(String argument) {
            switch (argument) {
                case "help" -> {
                    return new Help();
                }
                case "version" -> {
                    return new ShowVersion();
                }
                case "run", "validate", "components", "print-config", "print-initial-config" -> {
                    if (command.isEmpty()) {
                        command = argument.replace("initial-", "");
                        return null;
                    }
                }
                case "featuregate" -> {
                    return new Wrong("there are no feature gates");
                }
                default -> {}
            }
            return new Wrong("unknown argument: " + argument);
        }

        private @Nullable CommandLine option(String argument) {
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            @Nullable String value = equals < 0 ? null : argument.substring(equals + 1);
            return switch (name) {
                case "--help", "-h" -> new Help();
                case "--version", "-v" -> new ShowVersion();
                case "--config" -> configs(value);
                case "--set" -> set(value == null ? next() : value);
                case "--feature-gates" -> gates(value == null ? next() : value);
                case "--mode", "--format", "--validate" ->
                        printing(name, value == null ? next() : value);
                default -> {
                    @Nullable String instead = RETIRED.get(name);
                    yield new Wrong(
                            instead == null
                                    ? "unknown argument: " + argument
                                    : name + " is no longer an option: " + instead);
                }
            };
        }

        private @Nullable CommandLine set(@Nullable String value) {
            if (value == null || value.indexOf('=') < 1) {
                return new Wrong("--set needs KEY=VALUE");
            }
            sets.add(value);
            return null;
        }

        private @Nullable CommandLine gates(@Nullable String value) {
            warnings.add("--feature-gates has no effect: " + (value == null ? "" : value));
            return null;
        }

        private @Nullable CommandLine configs(@Nullable String value) {
            @Nullable String first = value == null ? next() : value;
            if (first == null || first.isEmpty()) {
                return new Wrong("--config needs a file");
            }
            uris.add(first);
            // Further names up to the next option are files too.
            while (value == null && index < arguments.length && !arguments[index].startsWith("-")) {
                uris.add(arguments[index++]);
            }
            return null;
        }

        /// What the Collector's print-config takes.
        private @Nullable CommandLine printing(String name, @Nullable String value) {
            if (!command.equals("print-config")) {
                return new Wrong(name + " belongs to print-config, which it has to follow");
            }
            List<String> choices =
                    switch (name) {
                        case "--mode" -> List.of("redacted", "unredacted");
                        case "--format" -> List.of("yaml");
                        default -> List.of("true");
                    };
            if (value == null || !choices.contains(value)) {
                return new Wrong(name + " must be one of " + String.join(", ", choices));
            }
            mode = name.equals("--mode") ? value : mode;
            return null;
        }

        /// The argument after an option, unless that is an option itself.
        private @Nullable String next() {
            boolean isThere = index < arguments.length && !arguments[index].startsWith("--");
            return isThere ? arguments[index++] : null;
        }
    }

    private static CommandLine sizing(String... arguments) {
        OptionalLong limit = OptionalLong.empty();
        @Nullable String agent = null;
        for (int index = 1; index < arguments.length; index += 2) {
            String option = arguments[index];
            if (option.equals("--help") || option.equals("-h")) {
                return new Help();
            }
            if (index + 1 == arguments.length) {
                return new Wrong(option + " needs a value");
            }
            String value = arguments[index + 1];
            switch (option) {
                case "--limit" -> {
                    limit = ByteSize.parse(value);
                    if (limit.isEmpty()) {
                        return new Wrong("--limit needs a size such as 64MiB, found: " + value);
                    }
                }
                case "--agent" -> agent = value;
                default -> {
                    return new Wrong("unknown argument: " + option);
                }
            }
        }
        return limit.isEmpty()
                ? new Wrong("sizing needs --limit, such as --limit 64MiB")
                : new Size(limit.getAsLong(), agent);
    }
}
