package dev.colonnade.exporters.debug;

import dev.colonnade.exporters.DebugExporterConfig.Verbosity;
import dev.colonnade.pipeline.text.TelemetryText;
import dev.colonnade.storage.Signal;
import java.io.IOException;

/// Makes the line of counts, and below it a line for each record or everything that is in it.
///
/// This is done on the loop, on the heap, so it is bounded: a request larger than
/// [#REQUEST_BYTES_MAX] is not shown, and a text is cut at [#TEXT_CHARS_MAX].
final class TextLines implements Printer {
    /// The largest request that is shown, in bytes of plain OTLP: its fields become objects.
    static final int REQUEST_BYTES_MAX = 512 << 10;

    /// The longest text of a request, in characters.
    static final int TEXT_CHARS_MAX = 512 << 10;

    private final Verbosity verbosity;
    private final BasicLines basic = new BasicLines();

    TextLines(Verbosity verbosity) {
        this.verbosity = verbosity;
    }

    @Override
    public String print(Signal signal, int records, long address, int length) {
        String counts = basic.print(signal, records, address, length);
        if (address == 0) {
            return counts + "\n(not shown: no memory to inflate the request)";
        }
        if (length > REQUEST_BYTES_MAX) {
            return counts
                    + ("\n(not shown: request bytes=" + length)
                    + (", bytes max=" + REQUEST_BYTES_MAX + ")");
        }
        CutText text = new CutText(TEXT_CHARS_MAX);
        try {
            text.append(counts).append('\n');
            String damage =
                    verbosity == Verbosity.NORMAL
                            ? TelemetryText.normal(signal, address, length, text)
                            : TelemetryText.detailed(signal, address, length, text);
            if (!damage.isEmpty()) {
                text.append("(damaged: ").append(damage).append(")");
            }
            return text.toString().stripTrailing();
        } catch (IOException _) {
            return text + "\n(cut: characters max=" + TEXT_CHARS_MAX + ")";
        }
    }
}
