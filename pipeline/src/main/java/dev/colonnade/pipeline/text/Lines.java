package dev.colonnade.pipeline.text;

import dev.colonnade.pipeline.json.OtlpEnum;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/// Lines of text, and the values in them.
final class Lines {
    private static final long SECOND_NANOS = 1_000_000_000;

    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder()
                    .appendPattern("uuuu-MM-dd HH:mm:ss")
                    .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
                    .appendLiteral(" +0000 UTC")
                    .toFormatter(Locale.ROOT);

    private final Appendable out;

    Lines(Appendable out) {
        this.out = out;
    }

    void line(String text) throws IOException {
        out.append(text).append('\n');
    }

    /// A line of a span's head: the name is filled up to fifteen columns.
    void padded(String name, String value) throws IOException {
        line("    " + name + " ".repeat(Math.max(0, 15 - name.length())) + ": " + value);
    }

    /// A list of attributes below `header`, which is left out when there are none.
    void attributes(String header, String indent, List<MessageView> attributes) throws IOException {
        if (attributes.isEmpty()) {
            return;
        }
        line(header + ":");
        for (MessageView attribute : attributes) {
            line(
                    indent
                            + "     -> "
                            + attribute.text("key")
                            + ": "
                            + AnyValues.typed(attribute.message("value")));
        }
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /// A time in nanoseconds since 1970, read as unsigned.
    static String time(long nanos) {
        long seconds = Long.divideUnsigned(nanos, SECOND_NANOS);
        Instant time = Instant.ofEpochSecond(seconds, Long.remainderUnsigned(nanos, SECOND_NANOS));
        return TIME.format(LocalDateTime.ofInstant(time, ZoneOffset.UTC));
    }

    /// `Server` for `SPAN_KIND_SERVER`; empty for a number without a name.
    static String label(OtlpEnum values, long value) {
        if (value < 0 || value >= values.labels().size()) {
            return "";
        }
        String label = values.labels().get((int) value);
        return label.charAt(0) + label.substring(1).toLowerCase(Locale.ROOT);
    }
}
