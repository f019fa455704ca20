package dev.colonnade.agent;

import java.util.ArrayList;
import java.util.List;

/// What was asked for on the command line.
sealed interface CommandLine {
    /// Runs the agent on these files.
    record Run(List<String> files) implements CommandLine {}

    /// Checks these files.
    record Validate(List<String> files) implements CommandLine {}

    /// Tells the version.
    record ShowVersion() implements CommandLine {}

    /// Tells what can be asked for.
    record Help() implements CommandLine {}

    /// Something that cannot be understood.
    record Wrong(String why) implements CommandLine {}

    /// What `--help` prints.
    String USAGE =
            """
            usage: colonnade run --config FILE [--config FILE]...    receive, hold and ship telemetry
                   colonnade validate --config FILE...               tell everything that is wrong with the files
                   colonnade version
                   colonnade --help

            Without a command, --config means run. A later FILE overrides the earlier ones.
            Signals: SIGTERM or SIGINT drains and stops, a second one stops now.
            Exit codes: 0 stopped clean, 1 bad configuration or not started, 2 stopped with records lost, 3 out of heap.
            """;

    /// Reads the arguments.
    static CommandLine parse(String... arguments) {
        List<String> files = new ArrayList<>();
        String command = "";
        for (int index = 0; index < arguments.length; index++) {
            String argument = arguments[index];
            switch (argument) {
                case "--help", "-h", "help" -> {
                    return new Help();
                }
                case "--version", "-v", "version" -> {
                    return new ShowVersion();
                }
                case "--config" -> {
                    if (index + 1 == arguments.length || arguments[index + 1].startsWith("--")) {
                        return new Wrong("--config needs a file");
                    }
                    // Further names up to the next option are files too.
                    while (index + 1 < arguments.length && !arguments[index + 1].startsWith("-")) {
                        files.add(arguments[++index]);
                    }
                }
                default -> {
                    if (argument.startsWith("--config=") && argument.length() > 9) {
                        files.add(argument.substring(9));
                    } else if (command.isEmpty() && List.of("run", "validate").contains(argument)) {
                        command = argument;
                    } else {
                        return new Wrong("unknown argument: " + argument);
                    }
                }
            }
        }
        if (files.isEmpty()) {
            return new Wrong("at least one config flag must be provided: --config FILE");
        }
        return command.equals("validate") ? new Validate(files) : new Run(files);
    }
}
