package dev.colonnade.benchmarks;

import dev.colonnade.benchmarks.data.Body;
import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.benchmarks.data.Identity;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/// Writes a generator's request bodies, one after the other, to standard output: what other
/// compressors are given for comparison.
///
/// `BodiesMain --data NAME --records N`: as many whole requests as hold at least N records, with
/// fresh ids, times and text in each.
public final class BodiesMain {
    private BodiesMain() {}

    /// Writes the bodies.
    public static void main(String[] args) throws IOException {
        Options options = Options.parse(args, Set.of("data", "records"), Set.of());
        DataSet data = DataSet.ofTitle(options.text("data"));
        OutputStream out = new BufferedOutputStream(System.out, 1 << 20);
        for (byte[] body : StorageMain.bodies(data, options.integer("records", 64_000, 1))) {
            out.write(body);
        }
        out.flush();
    }

    /// A request as the load generator would send it, at 50 requests a second.
    static byte[] body(Body template, Identity identity, int request) {
        byte[] bytes = new byte[template.length()];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        template.copyTo(segment);
        template.patch(
                segment, identity, request, 1_790_000_000_000_000_000L + request * 20_000_000L, 0);
        return bytes;
    }
}
