package dev.colonnade.agent;

import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.agent.telemetry.Page;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.SegmentFacts;
import dev.colonnade.storage.ShapeReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// `/debug/storage`: the segments that are held, as JSON.
///
/// Each part of a store is listed by the loop that it belongs to, between its batches, and bounded,
/// so that asking costs a loop microseconds. Whoever asks waits on a thread that serves nothing
/// else. A segment's name is its pipeline's id with `~` for `/`, its loop and its position.
final class StoragePage {
    static final String PATH = "/debug/storage";

    /// Segments listed of each pipeline and loop: more than a reader looks at, some 50 KiB.
    private static final int SEGMENTS_MAX = 256;

    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;
    private static final long WAIT_MILLIS = 2_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Map<PipelineId, HybridStore> stores;
    private final Loops loops;
    private final LongSupplier nanoClock;

    StoragePage(Map<PipelineId, HybridStore> stores, Loops loops, LongSupplier nanoClock) {
        this.stores = stores;
        this.loops = loops;
        this.nanoClock = nanoClock;
    }

    private record Part(PipelineId pipeline, int loop, SegmentFacts.Listing listing) {}

    /// The page; waits for the loops, at most two seconds.
    Page page() {
        List<CompletableFuture<List<Part>>> asked = new ArrayList<>();
        try {
            for (int index = 0; index < loops.count(); index++) {
                int loop = index;
                asked.add(CompletableFuture.supplyAsync(() -> parts(loop), loops.loop(loop)));
            }
            CompletableFuture.allOf(asked.toArray(new CompletableFuture<?>[0]))
                    .get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Page.text(UNAVAILABLE, "interrupted\n");
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            return Page.text(UNAVAILABLE, "loops do not answer: cause=" + e + "\n");
        }
        List<Part> parts = asked.stream().flatMap(part -> part.join().stream()).toList();
        return Page.json(OK, text(parts));
    }

    /// On the loop.
    private List<Part> parts(int loop) {
        List<Part> parts = new ArrayList<>();
        stores.forEach((pipeline, store) ->
                parts.add(new Part(pipeline, loop, store.shard(loop).segments(SEGMENTS_MAX))));
        return parts;
    }

    private String text(List<Part> parts) {
        long now = nanoClock.getAsLong();
        StringBuilder json = new StringBuilder("{\"parts\":[");
        String comma = "";
        for (Part part : parts) {
            json.append(comma).append("\n{");
            text(json, "pipeline", part.pipeline().toString());
            text(json, "signal", part.pipeline().signal().label());
            number(json, "loop", part.loop());
            number(json, "segments", part.listing().segments());
            json.append("\"oldest\":[");
            String between = "";
            for (SegmentFacts segment : part.listing().oldest()) {
                json.append(between).append("\n  ");
                segment(json, part, segment, now);
                between = ",";
            }
            json.append("]}");
            comma = ",";
        }
        return json.append("]}\n").toString();
    }

    private static void segment(StringBuilder json, Part part, SegmentFacts segment, long now) {
        json.append('{');
        text(json, "segment", name(part, segment));
        text(json, "shape", segment.shape().label());
        @Nullable ShapeReason reason = segment.reason();
        if (reason != null) {
            text(json, "reason", reason.label());
        }
        flag(json, "sealed", segment.isSealed());
        flag(json, "packing", segment.isBusy());
        number(json, "position", segment.position());
        number(json, "requests", segment.entries());
        number(json, "records", segment.records());
        number(json, "bytes", segment.bytes());
        number(json, "wire_bytes", segment.wireBytes());
        long age = Math.max(0, now - segment.oldestNanos()) / NANOS_PER_MILLI;
        json.append("\"age_ms\":").append(age).append('}');
    }

    /// `/debug/storage/NAME.arrows` has its records.
    private static String name(Part part, SegmentFacts segment) {
        return name(part.pipeline()) + "." + part.loop() + "." + segment.position();
    }

    /// A pipeline's id as a part of a path.
    static String name(PipelineId pipeline) {
        return pipeline.toString().replace('/', '~');
    }

    /// Ids and labels hold neither quotes nor control characters; what does is left out.
    private static void text(StringBuilder json, String name, String value) {
        json.append('"').append(name).append("\":\"");
        value.chars()
                .filter(letter -> letter >= ' ' && letter != '"' && letter != '\\')
                .forEach(letter -> json.append((char) letter));
        json.append("\",");
    }

    private static void number(StringBuilder json, String name, long value) {
        json.append('"').append(name).append("\":").append(value).append(',');
    }

    private static void flag(StringBuilder json, String name, boolean value) {
        json.append('"').append(name).append("\":").append(value).append(',');
    }
}
