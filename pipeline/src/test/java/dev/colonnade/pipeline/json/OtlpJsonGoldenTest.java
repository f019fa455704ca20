package dev.colonnade.pipeline.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Documents written by hand from the specification's list of fields, beside what they mean in
/// protobuf's text format.
final class OtlpJsonGoldenTest {
    @ParameterizedTest
    @EnumSource(Signal.class)
    void readsEveryField(Signal signal) throws Exception {
        try (JsonBench bench = new JsonBench()) {
            byte[] read = bench.read(signal, resource(signal, ".json"));
            Message message = RandomMessages.builder(signal).mergeFrom(read).build();
            assertThat(message).isEqualTo(meaning(signal));
            assertThat(bench.reader().records())
                    .isEqualTo(
                            switch (signal) {
                                case LOGS -> 2;
                                case TRACES -> 1;
                                case METRICS -> 5;
                            });
        }
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void writesEveryField(Signal signal) throws Exception {
        try (JsonBench bench = new JsonBench()) {
            String written = bench.write(signal, meaning(signal).toByteArray());
            assertThat(written)
                    .isEqualTo(canonical(resource(signal, ".json")))
                    .doesNotContain("\n");
        }
    }

    /// The golden document without what is there for its reader: white space, and the two spellings
    /// that are not the canonical ones.
    private static String canonical(String json) {
        StringBuilder canonical = new StringBuilder();
        boolean isText = false;
        for (int index = 0; index < json.length(); index++) {
            char next = json.charAt(index);
            isText ^= next == '"' && json.charAt(index - 1) != '\\';
            if (isText || !Character.isWhitespace(next)) {
                canonical.append(next);
            }
        }
        return canonical.toString().replace("\\u00e9", "\u00e9").replace("1e+300", "1.0E300");
    }

    private static Message meaning(Signal signal) throws IOException {
        Message.Builder message = RandomMessages.builder(signal);
        TextFormat.merge(resource(signal, ".txt"), message);
        return message.build();
    }

    private static String resource(Signal signal, String ending) throws IOException {
        try (InputStream in =
                OtlpJsonGoldenTest.class.getResourceAsStream(signal.label() + ending)) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
