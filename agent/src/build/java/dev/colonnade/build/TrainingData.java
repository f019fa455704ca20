package dev.colonnade.build;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Telemetry to train with, as OTLP/JSON: the usual kinds of fields, with fresh ids and figures.
final class TrainingData {
    private static final long START_SECONDS = 1_767_225_600L;

    private TrainingData() {}

    static String logs(int round, int count) {
        SplittableRandom random = new SplittableRandom(round);
        return request(
                "Log",
                "logRecords",
                count,
                i ->
                        """
                        {"timeUnixNano":"%s","observedTimeUnixNano":"%s","severityNumber":9,
                         "severityText":"INFO","body":{"stringValue":"took %d ms to answer user %08x"},
                         "traceId":"%s","spanId":"%s","flags":1,"attributes":%s}
                        """
                                .formatted(
                                        time(round, i),
                                        time(round, i),
                                        random.nextInt(5_000),
                                        random.nextInt(),
                                        hex(random, 4),
                                        hex(random, 2),
                                        attributes(random)));
    }

    static String spans(int round, int count) {
        SplittableRandom random = new SplittableRandom(1_000 + round);
        return request(
                "Span",
                "spans",
                count,
                i ->
                        """
                        {"traceId":"%s","spanId":"%s","parentSpanId":"%s","name":"GET /orders",
                         "kind":2,"startTimeUnixNano":"%s","endTimeUnixNano":"%s","attributes":%s,
                         "events":[{"timeUnixNano":"%s","name":"retry","attributes":%s}],
                         "status":{"code":1}}
                        """
                                .formatted(
                                        hex(random, 4),
                                        hex(random, 2),
                                        hex(random, 2),
                                        time(round, i),
                                        time(round, i + 1),
                                        attributes(random),
                                        time(round, i),
                                        attributes(random)));
    }

    static String points(int round, int count) {
        SplittableRandom random = new SplittableRandom(2_000 + round);
        return request(
                "Metric",
                "metrics",
                count,
                i ->
                        (i % 10 == 9
                                        ? """
                                        {"name":"latency","unit":"s","histogram":{"aggregationTemporality":2,
                                         "dataPoints":[{"timeUnixNano":"%s","count":"3","sum":%s,
                                         "bucketCounts":["1","2","0"],"explicitBounds":[0.1,1],"attributes":%s}]}}
                                        """
                                        : """
                                        {"name":"requests","sum":{"aggregationTemporality":2,"isMonotonic":true,
                                         "dataPoints":[{"timeUnixNano":"%s","asDouble":%s,"attributes":%s}]}}
                                        """)
                                .formatted(
                                        time(round, i),
                                        String.format(Locale.ROOT, "%.3f", random.nextDouble(100)),
                                        attributes(random)));
    }

    private static String request(
            String kind, String list, int count, java.util.function.IntFunction<String> record) {
        String records =
                IntStream.range(0, count).mapToObj(record).collect(Collectors.joining(","));
        return """
        {"resource%ss":[{"resource":{"attributes":[
          {"key":"service.name","value":{"stringValue":"orders"}},
          {"key":"host.name","value":{"stringValue":"node-7"}}]},
          "scope%ss":[{"scope":{"name":"training","version":"1"},"%s":[%s]}]}]}
        """
                .formatted(kind, kind, list, records);
    }

    private static String attributes(SplittableRandom random) {
        return """
        [{"key":"http.route","value":{"stringValue":"/orders/{id}"}},
         {"key":"http.response.status_code","value":{"intValue":"%d"}},
         {"key":"client.address","value":{"stringValue":"10.0.%d.%d"}},
         {"key":"retry","value":{"boolValue":%b}},
         {"key":"load","value":{"doubleValue":0.%d}},
         {"key":"tags","value":{"arrayValue":{"values":[{"stringValue":"a"},{"stringValue":"b"}]}}}]
        """
                .formatted(
                        200 + random.nextInt(5),
                        random.nextInt(256),
                        random.nextInt(256),
                        random.nextBoolean(),
                        1 + random.nextInt(998));
    }

    private static String time(int round, int i) {
        return START_SECONDS
                + round
                + String.format(Locale.ROOT, "%09d", i * 1_000_003L % 1_000_000_000L);
    }

    private static String hex(SplittableRandom random, int words) {
        return IntStream.range(0, words)
                .mapToObj(_ -> String.format(Locale.ROOT, "%08x", random.nextInt()))
                .collect(Collectors.joining());
    }
}
