package dev.colonnade.pipeline.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.colonnade.storage.Signal;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The tables against the descriptors of opentelemetry-proto.
final class OtlpSchemaTest {
    @ParameterizedTest
    @EnumSource(Signal.class)
    void saysWhatTheDefinitionsSay(Signal signal) {
        Set<String> compared = new HashSet<>();
        compare(
                OtlpSchema.request(signal),
                RandomMessages.builder(signal).getDescriptorForType(),
                compared);
        assertThat(compared).contains("AnyValue", "KeyValue", "Resource", "InstrumentationScope");
    }

    private static void compare(OtlpMessage message, Descriptor expected, Set<String> compared) {
        if (!compared.add(message.name())) {
            return;
        }
        assertThat(message.name()).isEqualTo(expected.getName());
        assertThat(message.fields().stream().map(OtlpField::number))
                .as(message.name())
                .containsExactlyInAnyOrderElementsOf(
                        expected.getFields().stream().map(FieldDescriptor::getNumber).toList())
                .isSorted();
        for (OtlpField field : message.fields()) {
            FieldDescriptor definition = expected.findFieldByNumber(field.number());
            compare(field, definition);
            assertThat(message.field(field.number())).isSameAs(field);
            assertThat(message.field(definition.getName())).isSameAs(field);
            assertThat(message.field(definition.getJsonName())).isSameAs(field);
            if (field.type() == OtlpType.MESSAGE) {
                compare(field.message(), definition.getMessageType(), compared);
            }
        }
        assertThat(message.field("noSuchField")).isNull();
        assertThat(message.field(1000)).isNull();
    }

    private static void compare(OtlpField field, FieldDescriptor expected) {
        String what = expected.getFullName();
        assertThat(field.name()).isEqualTo(expected.getName());
        assertThat(field.jsonName()).isEqualTo(expected.getJsonName());
        assertThat(field.isRepeated()).as(what).isEqualTo(expected.isRepeated());
        assertThat(field.isPacked()).as(what).isEqualTo(expected.isPacked());
        assertThat(field.isInOneof()).as(what).isEqualTo(expected.getRealContainingOneof() != null);
        assertThat(field.hasPresence() && !field.isRepeated())
                .as(what)
                .isEqualTo(expected.hasPresence());
        boolean isId = field.type() == OtlpType.ID;
        assertThat(isId ? "BYTES" : field.type().name())
                .as(what)
                .isEqualTo(expected.getType().name());
        assertThat(isId).as(what).isEqualTo(expected.getName().matches(".*(trace|span)_id"));
        assertThat(field.idBytes())
                .as(what)
                .isEqualTo(isId ? (expected.getName().contains("trace") ? 16 : 8) : 0);
        if (field.type() == OtlpType.ENUM) {
            assertThat(field.enumeration().names())
                    .containsExactlyElementsOf(
                            expected.getEnumType().getValues().stream()
                                    .map(EnumValueDescriptor::getName)
                                    .toList());
            assertThat(field.enumeration().value(field.enumeration().names().get(1))).isOne();
            assertThat(field.enumeration().labels().getFirst().toLowerCase(Locale.ROOT))
                    .isIn("unspecified", "unset");
        }
    }
}
