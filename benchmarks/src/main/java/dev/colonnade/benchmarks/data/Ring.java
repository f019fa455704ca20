package dev.colonnade.benchmarks.data;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A generator's distinct bodies, the same for the same descriptor wherever they are built.
///
/// Text, attributes and shapes repeat after [#size()] requests; ids and times do not, unless the
/// descriptor says that bodies repeat as they are. A body is drawn when it is first asked for. Not
/// for several threads.
public final class Ring {
    private final Descriptor descriptor;
    private final @Nullable Body[] bodies;

    /// A ring of which nothing is drawn yet.
    public Ring(Descriptor descriptor) {
        this.descriptor = descriptor;
        this.bodies = new @Nullable Body[descriptor.ring()];
    }

    /// How many bodies fit the purpose: about 64,000 records when ids are fresh in each request,
    /// twice as many when bodies repeat, and in any case between 64 and 8,192 bodies.
    public static int sizeFor(int recordsPerRequest, boolean repeating) {
        return Math.clamp((repeating ? 128_000L : 64_000L) / recordsPerRequest, 64, 8192);
    }

    /// What the ring is built from.
    public Descriptor descriptor() {
        return descriptor;
    }

    /// Distinct bodies.
    public int size() {
        return bodies.length;
    }

    /// The body at a place in the ring, 0 to `size() - 1`.
    public Body body(int index) {
        Body body = bodies[index];
        if (body == null) {
            // Seeds next to each other give unrelated draws: SplittableRandom mixes its seed.
            long seed = ((long) descriptor.seed() << Integer.SIZE) + index;
            body = builder(new SplittableRandom(seed)).build();
            bodies[index] = body;
        }
        return body;
    }

    private BodyBuilder builder(SplittableRandom random) {
        return switch (descriptor.dataSet()) {
            case LOGS_350, TRICKLE -> new LogBodies(descriptor, random, 0);
            case LOGS_1K -> new LogBodies(descriptor, random, 1000);
            case SPANS -> new SpanBodies(descriptor, random);
            case POINTS -> new PointBodies(descriptor, random);
        };
    }

    /// Draws a body.
    interface BodyBuilder {
        Body build();
    }
}
