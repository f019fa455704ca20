package dev.colonnade.agent;

/// What the process needs beside telemetry, in bytes: the sum of named users.
///
/// The figures are upper ends of what was seen, see RATIONALE.md; at run time the control group's
/// own figure corrects the budget where they prove too small.
final class RuntimeReserve {
    /// Metaspace and class data, with every class of the agent loaded.
    private static final long METASPACE_BYTES = 16L << 20;

    /// Compiled code and the compiler's own memory while it works.
    private static final long CODE_BYTES = 16L << 20;

    /// The rest of the C heap: symbols, collector, natives, the admin loop's buffers.
    private static final long NATIVE_BYTES = 8L << 20;

    /// A loop's stack and its socket buffers on the way in and out of the transport.
    private static final long LOOP_BYTES = 1L << 20;

    private RuntimeReserve() {}

    /// The reserve of a process with this heap and so many loops.
    static long bytes(long heapBytesMax, int loops) {
        return heapBytesMax + METASPACE_BYTES + CODE_BYTES + NATIVE_BYTES + loops * LOOP_BYTES;
    }
}
