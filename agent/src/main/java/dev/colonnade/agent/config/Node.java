package dev.colonnade.agent.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A value of a configuration file and where it stands. Scalars keep their text: what it means is
/// decided by whoever asks for it, so a token `007` stays `007`.
sealed interface Node {
    /// Where it begins.
    Position at();

    /// Whether nothing was written, or a null.
    default boolean isNull() {
        return false;
    }

    /// How messages call it.
    String kind();

    /// A single value.
    ///
    /// @param origin what an expanded value was taken from, as ` (from ${env:X})`; else empty
    record Scalar(Position at, String text, Style style, String origin) implements Node {
        private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");

        /// A value that was written as it is.
        Scalar(Position at, String text, boolean isQuoted) {
            this(at, text, isQuoted ? Style.QUOTED : Style.PLAIN, "");
        }

        /// Whether it is text where the writer chooses the type.
        boolean isQuoted() {
            return style != Style.PLAIN;
        }

        /// Whether it may be a number, true or false, or nothing.
        boolean isTyped() {
            return style != Style.QUOTED;
        }

        /// Whether a plain `text` means nothing.
        static boolean isNullText(String text) {
            return NULLS.contains(text);
        }

        @Override
        public boolean isNull() {
            return isTyped() && NULLS.contains(text);
        }

        @Override
        public String kind() {
            return isNull() ? "nothing" : "\"" + text + "\"";
        }

        /// As [#kind], for who expects something else than text.
        String typedKind() {
            if (isTyped()) {
                return kind();
            }
            return "text: \"" + text + "\", " + (origin.isEmpty() ? "in quotes" : "put together");
        }
    }

    /// What the writing says of a scalar's type.
    enum Style {
        /// Plain: its type is in its text.
        PLAIN,
        /// In quotes, a block, or put together with an expansion: text.
        QUOTED,
        /// In quotes, and an expansion as a whole: text for whoever takes any value, else like
        /// plain, as in the Collector, which does not see those quotes.
        QUOTED_EXPANSION
    }

    /// Values in order.
    record Sequence(Position at, List<Node> items) implements Node {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /// Values by key, in order.
    record Mapping(Position at, Map<String, Entry> entries) implements Node {
        @Override
        public String kind() {
            return "a map";
        }

        /// The value under `key`; null when the key does not stand there.
        @Nullable Node value(String key) {
            Entry entry = entries.get(key);
            return entry == null ? null : entry.value;
        }

        /// Where the key itself stands, which must be there.
        Position keyAt(String key) {
            return Objects.requireNonNull(entries.get(key)).at;
        }

        /// This map changed by a later file: maps are merged, anything else is replaced.
        Mapping overlaidBy(Mapping later) {
            Map<String, Entry> merged = new LinkedHashMap<>(entries);
            later.entries.forEach((key, entry) -> {
                Entry earlier = entries.get(key);
                if (earlier != null
                        && earlier.value instanceof Mapping below
                        && entry.value instanceof Mapping above) {
                    merged.put(key, new Entry(entry.at, below.overlaidBy(above)));
                } else {
                    merged.put(key, entry);
                }
            });
            return new Mapping(later.at, merged);
        }
    }

    /// A key's place and its value.
    record Entry(Position at, Node value) {}
}
