package dev.colonnade.pipeline.processor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The `batch` processor of the OpenTelemetry Collector, as settings.
///
/// There is no batching stage here: exporters merge what waits when they send. With `batch` in a
/// pipeline its sizes bound that merging, and below [#sendBatchSize] records an exporter waits up
/// to [#timeout] for more. Records are held by the store all the while, so that nothing is
/// acknowledged and then only in a batch.
///
/// @param timeout how long records wait for more; zero: they do not wait
/// @param sendBatchSize records from which on nothing is waited for; zero: nothing ever is
/// @param sendBatchMaxSize the most records in a request that is sent; zero: no limit of this kind
/// @param metadataKeys requests are only merged when they have the same values of these keys
/// @param metadataCardinalityLimit how many combinations of such values are held at a time, on each
///   loop; a request with one more is refused and told to come back. Zero: no limit of this kind
public record BatchConfig(
        Duration timeout,
        long sendBatchSize,
        long sendBatchMaxSize,
        List<String> metadataKeys,
        long metadataCardinalityLimit) {
    /// What the Collector takes for keys that are not written.
    public static final BatchConfig DEFAULT =
            new BatchConfig(Duration.ofMillis(200), 8192, 0, List.of(), 1000);

    /// The Collector reads sizes as unsigned 32-bit numbers.
    private static final long SIZE_MAX = 0xffff_ffffL;

    /// Copies the list.
    public BatchConfig {
        metadataKeys = List.copyOf(metadataKeys);
    }

    /// Everything that is wrong; empty when nothing is.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        checkSize("send_batch_size", sendBatchSize, problems);
        checkSize("send_batch_max_size", sendBatchMaxSize, problems);
        checkSize("metadata_cardinality_limit", metadataCardinalityLimit, problems);
        if (sendBatchMaxSize > 0 && sendBatchMaxSize < sendBatchSize) {
            problems.add(
                    new ConfigProblem(
                            "", "send_batch_max_size must be greater or equal to send_batch_size"));
        }
        if (timeout.isNegative()) {
            problems.add(new ConfigProblem("", "timeout must be greater or equal to 0"));
        }
        Set<String> seen = new HashSet<>();
        for (String key : metadataKeys) {
            if (!seen.add(key.toLowerCase(Locale.ROOT))) {
                problems.add(
                        new ConfigProblem(
                                "metadata_keys",
                                "duplicate entry in metadata_keys: \""
                                        + key
                                        + "\" (case-insensitive)"));
            }
        }
        return problems;
    }

    /// Records from which on an exporter sends without waiting for more; 1 where it never waits.
    public long recordsMin() {
        return timeout.isZero() ? 1 : Math.max(1, sendBatchSize);
    }

    /// The most records that an exporter puts into one request.
    public long recordsMax() {
        return sendBatchMaxSize == 0 ? Long.MAX_VALUE : sendBatchMaxSize;
    }

    private static void checkSize(String key, long value, List<ConfigProblem> problems) {
        if (value < 0 || value > SIZE_MAX) {
            problems.add(
                    new ConfigProblem(key, "must be between 0 and 4294967295: value=" + value));
        }
    }
}
