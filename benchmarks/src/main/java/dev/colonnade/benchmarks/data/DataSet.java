package dev.colonnade.benchmarks.data;

/// A standard data set: which records, how many in a request unless told otherwise.
public enum DataSet {
    /// Log records of about 370 B: 8 attributes, real-looking text, ids shared by the 4-8 logs of a
    /// request.
    LOGS_350("logs-350", Signal.LOGS, 1000),
    /// Log records with about 1,000 B of text.
    LOGS_1K("logs-1k", Signal.LOGS, 1000),
    /// Spans of 12-14 attributes in trees, one event in ten spans.
    SPANS("spans", Signal.TRACES, 512),
    /// Gauge and sum points of 12 attributes from 100 series groups; one point in ten is a
    /// histogram's.
    POINTS("points", Signal.METRICS, 1000),
    /// One `logs-350` record per request.
    TRICKLE("trickle", Signal.LOGS, 1);

    private final String title;
    private final Signal signal;
    private final int recordsPerRequest;

    DataSet(String title, Signal signal, int recordsPerRequest) {
        this.title = title;
        this.signal = signal;
        this.recordsPerRequest = recordsPerRequest;
    }

    /// The name used on command lines and in tables.
    public String title() {
        return title;
    }

    /// The signal its records belong to.
    public Signal signal() {
        return signal;
    }

    /// Records per request unless the command line says otherwise.
    public int recordsPerRequest() {
        return recordsPerRequest;
    }

    /// The data set of that title.
    ///
    /// @throws IllegalArgumentException when there is none
    public static DataSet ofTitle(String title) {
        for (DataSet set : values()) {
            if (set.title.equals(title)) {
                return set;
            }
        }
        throw new IllegalArgumentException("unknown data set: name=" + title);
    }
}
