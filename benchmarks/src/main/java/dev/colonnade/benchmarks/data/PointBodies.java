package dev.colonnade.benchmarks.data;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Draws bodies of metric data points from 100 series groups of 12 attributes each.
final class PointBodies implements Ring.BodyBuilder {
    private static final int GROUP_COUNT = 100;
    private static final int TEMPORALITY_CUMULATIVE = 2;
    private static final double[] BOUNDS = {1, 5, 10, 25, 50, 100, 250, 500, 1000};
    private static final String[] ZONES = {"eu-central-1a", "eu-central-1b", "eu-central-1c"};
    private static final String[] POOLS = {"web", "batch", "edge", "mail"};

    /// Shapes of a metric's data.
    enum Shape {
        GAUGE_DOUBLE,
        GAUGE_INT,
        SUM_DOUBLE,
        SUM_INT,
        HISTOGRAM
    }

    /// A metric: its name, unit and shape.
    record Metric(String name, String unit, Shape shape) {}

    static final List<Metric> METRICS =
            List.of(
                    new Metric("system.memory.usage", "By", Shape.GAUGE_INT),
                    new Metric("system.cpu.utilization", "1", Shape.GAUGE_DOUBLE),
                    new Metric("http.server.requests", "{request}", Shape.SUM_INT),
                    new Metric("http.server.wait.time", "s", Shape.SUM_DOUBLE),
                    new Metric("http.server.request.duration", "ms", Shape.HISTOGRAM),
                    new Metric("db.pool.connections", "{connection}", Shape.GAUGE_INT),
                    new Metric("queue.lag", "s", Shape.GAUGE_DOUBLE),
                    new Metric("disk.io", "By", Shape.SUM_INT),
                    new Metric("gc.pause.total", "s", Shape.SUM_DOUBLE),
                    new Metric("network.packets.dropped", "{packet}", Shape.SUM_INT));

    private static final List<List<Proto>> GROUPS =
            IntStream.range(0, GROUP_COUNT).mapToObj(PointBodies::group).toList();

    private final Descriptor descriptor;
    private final SplittableRandom random;

    PointBodies(Descriptor descriptor, SplittableRandom random) {
        this.descriptor = descriptor;
        this.random = random;
    }

    /// The field of a `Metric` message that holds the data of this shape.
    static int dataField(Shape shape) {
        return switch (shape) {
            case GAUGE_DOUBLE, GAUGE_INT -> 5;
            case SUM_DOUBLE, SUM_INT -> 7;
            case HISTOGRAM -> 9;
        };
    }

    @Override
    public Body build() {
        int records = descriptor.recordsPerRequest();
        int resources = Services.perRequest(records);
        int service = random.nextInt(Services.COUNT);
        Proto request = new Proto();
        for (int i = 0; i < resources; i++) {
            int from = (int) ((long) records * i / resources);
            int to = (int) ((long) records * (i + 1) / resources);
            Proto scopeMetrics = new Proto().message(1, Services.scope(descriptor.dataSet()));
            for (int m = 0; m < METRICS.size(); m++) {
                int first = from + (int) ((long) (to - from) * m / METRICS.size());
                int last = from + (int) ((long) (to - from) * (m + 1) / METRICS.size());
                if (last > first) {
                    scopeMetrics.message(2, metric(m, first, last));
                }
            }
            Proto resourceMetrics =
                    new Proto()
                            .mark(Body.SERVICE, service)
                            .message(1, Services.resource(descriptor, service))
                            .message(2, scopeMetrics);
            request.message(1, resourceMetrics);
            service = (service + 1) % Services.COUNT;
        }
        return new Body(request, records);
    }

    private Proto metric(int index, int first, int last) {
        Metric metric = METRICS.get(index);
        Proto data = new Proto();
        for (int number = first; number < last; number++) {
            Proto point =
                    metric.shape() == Shape.HISTOGRAM ? histogram(number) : point(metric, number);
            data.markedMessage(1, point, Body.RECORD, 0).mark(Body.RECORD_END, 0);
        }
        switch (metric.shape()) {
            case GAUGE_DOUBLE, GAUGE_INT -> {}
            case SUM_DOUBLE, SUM_INT -> data.varint(2, TEMPORALITY_CUMULATIVE).varint(3, 1);
            case HISTOGRAM -> data.varint(2, TEMPORALITY_CUMULATIVE);
        }
        return new Proto()
                .mark(Body.METRIC, index)
                .string(1, metric.name())
                .string(3, metric.unit())
                .message(dataField(metric.shape()), data);
    }

    private Proto point(Metric metric, int number) {
        Proto point = new Proto();
        times(point, number);
        switch (metric.shape()) {
            case GAUGE_INT, SUM_INT -> point.fixed64(6, random.nextLong(1 << 20));
            case GAUGE_DOUBLE, SUM_DOUBLE -> point.doubleValue(4, random.nextInt(1 << 20) / 64.0);
            case HISTOGRAM -> throw new IllegalStateException("histogram is not a number point");
        }
        return attributes(point, 7);
    }

    private Proto histogram(int number) {
        long[] counts = new long[BOUNDS.length + 1];
        long total = 0;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = random.nextInt(1 << 10);
            total += counts[i];
        }
        long[] bounds = new long[BOUNDS.length];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = Double.doubleToRawLongBits(BOUNDS[i]);
        }
        Proto point = new Proto();
        times(point, number);
        point.fixed64(4, total)
                .doubleValue(5, random.nextInt(1 << 20) / 16.0)
                .packedFixed64(6, counts)
                .packedFixed64(7, bounds);
        return attributes(point, 9);
    }

    private void times(Proto point, int number) {
        int offset =
                PointTime.offset(number, descriptor.recordsPerRequest(), random.nextInt(1 << 10));
        point.patchedFixed64(2, Body.START, 0).patchedFixed64(3, Body.SLOT_TIME, offset);
    }

    private Proto attributes(Proto point, int field) {
        for (Proto attribute : GROUPS.get(random.nextInt(GROUP_COUNT))) {
            point.message(field, attribute);
        }
        return point;
    }

    private static List<Proto> group(int number) {
        return List.of(
                Attributes.string("zone", ZONES[number % ZONES.length]),
                Attributes.string("pool", POOLS[number % POOLS.length]),
                Attributes.string("pod", "web-" + number * 7919 % 10_000),
                Attributes.integer("shard", number),
                Attributes.string("state", number % 2 == 0 ? "used" : "free"),
                Attributes.string("device", "nvme" + number % 4),
                Attributes.string("tier", number % 5 == 0 ? "gold" : "std"),
                Attributes.integer("cpu", number % 16),
                Attributes.string("os", "linux"),
                Attributes.string("arch", "amd64"),
                Attributes.string("queue", "q-" + number % 10),
                Attributes.bool("canary", number % 25 == 0));
    }
}
