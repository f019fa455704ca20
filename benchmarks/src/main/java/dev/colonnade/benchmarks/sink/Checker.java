package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Wire;
import dev.colonnade.benchmarks.data.Descriptor;
import dev.colonnade.benchmarks.data.Expected;
import dev.colonnade.benchmarks.data.PointTime;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells lost, repeated and changed records from good ones. Used by one thread.
///
/// Checked of every record: it stands in a resource with a generator's descriptor, its id (a point:
/// its time) gives a sequence number of that generator, the number is marked, and the record has
/// the length that was sent. Checked of every `compareEvery`-th record: all its bytes, its service
/// and its metric. Checked of every resource and scope: all its bytes. Not checked: the order of
/// records, and to which request they belonged.
final class Checker {
    /// How much is compared.
    enum Depth {
        /// Sequence numbers only, for paths that are meant to edit records.
        IDS,
        /// Sequence numbers and content.
        FULL
    }

    /// Resources remembered, so that their descriptor is not read again: twice the services of a
    /// generator.
    private static final int KNOWN_MAX = 16;

    /// A resource that was found good.
    private static final class Known {
        private final byte[] resource;
        private final Track track;
        private final int service;

        Known(byte[] resource, Track track, int service) {
            this.resource = resource;
            this.track = track;
            this.service = service;
        }
    }

    private final Depth depth;
    private final int compareEvery;
    private final Map<Integer, Track> tracks = new HashMap<>();

    private final @Nullable Known[] known = new @Nullable Known[KNOWN_MAX];
    private int nextKnown;
    private int service;
    private @Nullable Track track;
    private int metricOffset;
    private int metricLength;
    private int metricField;
    private int untilCompare;

    private long unidentified;
    private long changedRecords;
    private long changedResources;
    private long changedScopes;
    private long compared;

    /// @param compareEvery one record in so many is compared byte by byte
    Checker(Depth depth, int compareEvery) {
        this.depth = depth;
        this.compareEvery = compareEvery;
    }

    /// Forgets everything.
    void reset() {
        tracks.clear();
        Arrays.fill(known, null);
        track = null;
        unidentified = 0;
        changedRecords = 0;
        changedResources = 0;
        changedScopes = 0;
        compared = 0;
    }

    @Nullable Track track(int generator) {
        return tracks.get(generator);
    }

    void leaveResource() {
        track = null;
        metricField = 0;
    }

    void enterResource(byte[] bytes, int offset, int length) {
        for (Known each : known) {
            if (each != null
                    && Arrays.equals(
                            each.resource,
                            0,
                            each.resource.length,
                            bytes,
                            offset,
                            offset + length)) {
                track = each.track;
                service = each.service;
                return;
            }
        }
        identify(bytes, offset, length);
    }

    private void identify(byte[] bytes, int offset, int length) {
        String text = instanceId(bytes, offset, length);
        Descriptor descriptor = text == null ? null : Descriptor.parse(text);
        if (text == null || descriptor == null) {
            return;
        }
        Track found = tracks.get(descriptor.generator());
        if (found == null) {
            found = new Track(descriptor, depth == Depth.FULL);
            tracks.put(descriptor.generator(), found);
        }
        int number = Descriptor.serviceOf(text);
        Expected expected = found.expected();
        boolean same = found.descriptor().equals(descriptor);
        if (same) {
            track = found;
            service = number;
        }
        if (!same || (expected != null && !expected.isResource(number, bytes, offset, length))) {
            changedResources++;
            return;
        }
        known[nextKnown] =
                new Known(Arrays.copyOfRange(bytes, offset, offset + length), found, number);
        nextKnown = (nextKnown + 1) % KNOWN_MAX;
    }

    private static @Nullable String instanceId(byte[] bytes, int offset, int length) {
        Wire resource = new Wire().over(bytes, offset, length);
        while (resource.next()) {
            Wire pair =
                    new Wire()
                            .over(
                                    bytes,
                                    resource.offset(),
                                    resource.isBytes() ? resource.length() : 0);
            if (resource.field() != 1 || !pair.next() || !pair.isBytes()) {
                continue;
            }
            String key = new String(bytes, pair.offset(), pair.length(), StandardCharsets.UTF_8);
            if (key.equals("service.instance.id") && pair.next() && pair.isBytes()) {
                Wire any = new Wire().over(bytes, pair.offset(), pair.length());
                if (any.next() && any.isBytes()) {
                    return new String(bytes, any.offset(), any.length(), StandardCharsets.UTF_8);
                }
            }
        }
        return null;
    }

    void enterScope(byte[] bytes, int offset, int length) {
        Expected expected = track == null ? null : track.expected();
        if (expected != null && !expected.isScope(bytes, offset, length)) {
            changedScopes++;
        }
    }

    void enterMetric(byte[] bytes, int nameOffset, int nameLength, int field) {
        if (nameOffset + nameLength > bytes.length) {
            throw new IndexOutOfBoundsException(
                    "metric name is out of range: offset=" + nameOffset);
        }
        metricOffset = nameOffset;
        metricLength = nameLength;
        metricField = field;
    }

    /// A log record or span: its span id and its number among the records that share it, -1 when it
    /// has none.
    void numberedRecord(byte[] bytes, int offset, int length, long spanId, long number) {
        Track now = track;
        long first = now == null ? -1 : now.identity().sequenceOf(spanId);
        if (now == null || first < 0 || number < 0) {
            unidentified++;
            return;
        }
        record(now, bytes, offset, length, first + number);
    }

    /// A data point: its start and its time.
    void timedRecord(byte[] bytes, int offset, int length, long start, long time) {
        Track now = track;
        long sequence =
                now == null
                        ? -1
                        : PointTime.sequence(time, start, now.descriptor().recordsPerRequest());
        if (now == null || sequence < 0) {
            unidentified++;
            return;
        }
        record(now, bytes, offset, length, sequence);
    }

    private void record(Track now, byte[] bytes, int offset, int length, long sequence) {
        if (!now.mark(sequence)) {
            unidentified++;
            return;
        }
        Expected expected = now.expected();
        if (expected == null) {
            return;
        }
        if (!expected.hasLength(sequence, length)) {
            changedRecords++;
        } else if (--untilCompare <= 0) {
            untilCompare = compareEvery;
            compared++;
            if (!expected.isRecord(sequence, bytes, offset, length)
                    || expected.serviceOf(sequence) != service
                    || (metricField != 0
                            && !expected.isMetric(
                                    sequence, bytes, metricOffset, metricLength, metricField))) {
                changedRecords++;
            }
        }
    }

    /// The findings so far.
    Facts facts() {
        long distinct = 0;
        long repeats = 0;
        for (Track each : tracks.values()) {
            distinct += each.distinct();
            repeats += each.repeats();
        }
        return new Facts()
                .put("check", depth == Depth.FULL ? "full" : "ids")
                .put("records_distinct", distinct)
                .put("records_duplicate", repeats)
                .put("records_unidentified", unidentified)
                .put("records_compared", compared)
                .put("records_changed", changedRecords)
                .put("resources_changed", changedResources)
                .put("scopes_changed", changedScopes);
    }
}
