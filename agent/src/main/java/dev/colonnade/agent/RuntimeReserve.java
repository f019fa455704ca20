package dev.colonnade.agent;

/// What the process needs beside telemetry, in bytes: the sum of named users.
///
/// The figures are upper ends of what was seen, see RATIONALE.md; at run time the control group's
/// own figure corrects the budget where they prove too small.
final class RuntimeReserve {
    /// How much of the largest heap may be missing here: so much more than its usual size the heap
    /// may grow before the correction has to take it from telemetry.
    private static final long HEAP_GROWTH_BYTES = 12L << 20;

    /// Class data, compiled code, and the compilers' own memory while they work.
    private static final long CODE_BYTES = 27L << 20;

    /// The rest of the C heap: symbols, collector, natives, Netty's buffers.
    private static final long NATIVE_BYTES = 12L << 20;

    /// Pages of programs and libraries that are needed all the time. The kernel counts them against
    /// the limit, and a process that has no room for them reads them again and again.
    private static final long FILE_BYTES = 6L << 20;

    /// A loop's stack and its socket buffers on the way in and out of the transport.
    private static final long LOOP_BYTES = 1L << 20;

    private RuntimeReserve() {}

    /// The reserve of a process with this heap and so many loops.
    static long bytes(long heapBytesMax, int loops) {
        long heap = Math.max(heapBytesMax / 2, heapBytesMax - HEAP_GROWTH_BYTES);
        return heap + CODE_BYTES + NATIVE_BYTES + FILE_BYTES + loops * LOOP_BYTES;
    }
}
