package dev.colonnade.exporters.debug;

import dev.colonnade.storage.Signal;

/// Makes a line of counts: `Logs {"resource logs": 1, "log records": 10}`.
final class BasicLines implements Printer {
    private final NestedCounts counts = new NestedCounts();

    @Override
    public String print(Signal signal, int records, long address, int length) {
        boolean isCounted = address != 0;
        if (isCounted) {
            counts.count(address, length);
        }
        return line(signal, records, isCounted);
    }

    private String line(Signal signal, int records, boolean isCounted) {
        StringBuilder line = new StringBuilder(64);
        switch (signal) {
            case LOGS -> {
                line.append("Logs {");
                resources(line, "resource logs", isCounted);
                line.append("\"log records\": ");
            }
            case TRACES -> {
                line.append("Traces {");
                resources(line, "resource spans", isCounted);
                line.append("\"spans\": ");
            }
            case METRICS -> {
                line.append("Metrics {");
                resources(line, "resource metrics", isCounted);
                if (isCounted) {
                    line.append("\"metrics\": ").append(counts.metrics()).append(", ");
                }
                line.append("\"data points\": ");
            }
        }
        return line.append(records).append('}').toString();
    }

    private void resources(StringBuilder line, String name, boolean isCounted) {
        if (isCounted) {
            line.append('"').append(name).append("\": ");
            line.append(counts.resources()).append(", ");
        }
    }
}
