package dev.colonnade.benchmarks.data;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What a generator's telemetry must look like, built again from its descriptor.
///
/// Compares byte by byte. Ids must be those of the record's sequence number. Times of logs and
/// spans must keep their distance from the record's own last-written time; that time itself is
/// free, because it is the generator's clock. Points' times are given by the sequence number.
public final class Expected {
    private final Ring ring;
    private final Identity identity;
    private final byte[][] resources = new byte[Services.COUNT][];
    private final byte[] scope;
    private final byte[][] metricNames;
    private final int[] metricFields;
    private byte[] scratch = new byte[4096];
    private MemorySegment scratchSegment = MemorySegment.ofArray(scratch);

    /// Will hold the generator's ring: tens of megabytes, body by body.
    public Expected(Descriptor descriptor) {
        this.ring = new Ring(descriptor);
        this.identity = new Identity(descriptor.generator());
        for (int service = 0; service < Services.COUNT; service++) {
            resources[service] = Services.resource(descriptor, service).toByteArray();
        }
        this.scope = Services.scope(descriptor.dataSet()).toByteArray();
        int metrics = PointBodies.METRICS.size();
        this.metricNames = new byte[metrics][];
        this.metricFields = new int[metrics];
        for (int i = 0; i < metrics; i++) {
            PointBodies.Metric metric = PointBodies.METRICS.get(i);
            metricNames[i] = metric.name().getBytes(StandardCharsets.UTF_8);
            metricFields[i] = PointBodies.dataField(metric.shape());
        }
    }

    /// Whether the bytes are the resource of that service.
    public boolean isResource(int service, byte[] bytes, int offset, int length) {
        return service < Services.COUNT && equal(resources[service], bytes, offset, length);
    }

    /// Whether the bytes are the scope.
    public boolean isScope(byte[] bytes, int offset, int length) {
        return equal(scope, bytes, offset, length);
    }

    /// Whether the record belongs to the metric of that name, held in that field of a `Metric`.
    public boolean isMetric(long sequence, byte[] bytes, int offset, int length, int field) {
        int metric = body(sequence).recordMetric(number(sequence));
        return metricFields[metric] == field && equal(metricNames[metric], bytes, offset, length);
    }

    /// The service that the record belongs to.
    public int serviceOf(long sequence) {
        return body(sequence).recordService(number(sequence));
    }

    /// Whether the record has the right length: cheap enough for every record.
    public boolean hasLength(long sequence, int length) {
        return body(sequence).recordLength(number(sequence)) == length;
    }

    /// Whether the bytes, already known to have the right length, are the record.
    public boolean isRecord(long sequence, byte[] bytes, int offset, int length) {
        if (length > scratch.length) {
            scratch = new byte[length * 2];
            scratchSegment = MemorySegment.ofArray(scratch);
        }
        MemorySegment received = MemorySegment.ofArray(bytes).asSlice(offset, length);
        long request = sequence / ring.descriptor().recordsPerRequest();
        body(sequence).expect(scratchSegment, number(sequence), identity, request, received);
        return Arrays.mismatch(bytes, offset, offset + length, scratch, 0, length) < 0;
    }

    private Body body(long sequence) {
        return ring.body((int) (sequence / ring.descriptor().recordsPerRequest() % ring.size()));
    }

    private int number(long sequence) {
        return (int) (sequence % ring.descriptor().recordsPerRequest());
    }

    private static boolean equal(byte[] expected, byte[] bytes, int offset, int length) {
        return Arrays.mismatch(expected, 0, expected.length, bytes, offset, offset + length) < 0;
    }
}
