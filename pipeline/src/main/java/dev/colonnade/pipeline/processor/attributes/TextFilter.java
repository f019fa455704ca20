package dev.colonnade.pipeline.processor.attributes;

import com.google.re2j.Pattern;
import dev.colonnade.storage.memory.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// A set of strings or of regular expressions that text is compared with; one that fits suffices.
///
/// Comparing with strings allocates nothing, an expression a copy of the text and what it needs.
final class TextFilter {
    private final byte[][] strings;
    private final Pattern[] patterns;

    private TextFilter(byte[][] strings, Pattern[] patterns) {
        this.strings = strings;
        this.patterns = patterns;
    }

    static TextFilter of(List<String> expected, boolean isRegexp) {
        if (isRegexp) {
            return new TextFilter(
                    new byte[0][], expected.stream().map(Pattern::compile).toArray(Pattern[]::new));
        }
        return new TextFilter(
                expected.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new),
                new Pattern[0]);
    }

    /// Whether the text of `length` bytes at `address` fits.
    boolean matches(long address, int length) {
        for (byte[] string : strings) {
            if (string.length == length && AttributeKeys.equal(address, string)) {
                return true;
            }
        }
        if (patterns.length == 0 || length > ExtractAction.TEXT_MAX) {
            return false;
        }
        byte[] text = new byte[length];
        OffHeap.copy(address, text, 0, length);
        return find(text);
    }

    /// Whether a text fits.
    boolean matches(byte[] text) {
        for (byte[] string : strings) {
            if (Arrays.equals(string, text)) {
                return true;
            }
        }
        return find(text);
    }

    /// Whether the string that `reader` has read fits.
    boolean matchesText(AnyValueReader reader) {
        for (byte[] string : strings) {
            if (reader.isText(string)) {
                return true;
            }
        }
        return patterns.length > 0
                && reader.textLength() <= ExtractAction.TEXT_MAX
                && find(reader.text());
    }

    private boolean find(byte[] text) {
        for (Pattern pattern : patterns) {
            if (pattern.matcher(text).find()) {
                return true;
            }
        }
        return false;
    }
}
