package dev.colonnade.pipeline.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The few things in a peer's JSON answer that matter, whatever else it says: numbers and texts by
/// name, at most one object deep.
public final class JsonAnswer {
    private static final int DEPTH_MAX = 32;
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
                    .build();

    /// Told of each scalar.
    @FunctionalInterface
    public interface Visitor {
        /// A text or number in the object called `parent`, which is empty for the outermost.
        void scalar(String parent, String name, String value);
    }

    private JsonAnswer() {}

    /// Reads an object; false when the bytes are none. The visitor may have been told something.
    public static boolean read(byte[] bytes, int offset, int length, Visitor visitor) {
        try (JsonParser parser = FACTORY.createParser(bytes, offset, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            fields(parser, "", true, visitor);
            return parser.nextToken() == null;
        } catch (IOException _) {
            return false;
        }
    }

    private static void fields(JsonParser parser, String parent, boolean isOuter, Visitor visitor)
            throws IOException {
        @Nullable JsonToken token = parser.nextToken();
        while (token != null && token != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            token = parser.nextToken();
            if (token == JsonToken.START_OBJECT && isOuter) {
                fields(parser, name, false, visitor);
            } else if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
                parser.skipChildren();
            } else if (token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_INT) {
                visitor.scalar(parent, name, parser.getText());
            }
            token = parser.nextToken();
        }
    }
}
