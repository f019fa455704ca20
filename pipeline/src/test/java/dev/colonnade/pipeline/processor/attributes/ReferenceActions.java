package dev.colonnade.pipeline.processor.attributes;

import com.google.protobuf.ByteString;
import dev.colonnade.pipeline.RequestContext;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The actions, written for protobuf-java's objects as the Collector's documentation describes
/// them, without regard to cost.
final class ReferenceActions {
    /// Stands for a value that stays as it is.
    private static final AnyValue LEFT = AnyValue.newBuilder().setStringValueStrindex(-1).build();

    private ReferenceActions() {}

    static List<KeyValue> apply(
            List<ActionConfig> actions, List<KeyValue> attributes, RequestContext context) {
        List<KeyValue> edited = new ArrayList<>(attributes);
        for (ActionConfig action : actions) {
            apply(action, edited, context);
        }
        return edited;
    }

    private static void apply(
            ActionConfig action, List<KeyValue> attributes, RequestContext context) {
        String key = action.key();
        switch (action.action()) {
            case "insert", "update", "upsert" -> {
                Optional<AnyValue> value = source(action, attributes, context);
                boolean isThere = attributes.stream().anyMatch(has(key));
                if (value.isPresent() && !isThere && !action.action().equals("update")) {
                    attributes.add(KeyValue.newBuilder().setKey(key).setValue(value.get()).build());
                } else if (value.isPresent() && isThere && !action.action().equals("insert")) {
                    change(attributes, has(key), _ -> value.get());
                }
            }
            case "delete" -> {
                if (!key.isEmpty()) {
                    attributes.removeIf(has(key));
                }
                if (!action.pattern().isEmpty()) {
                    attributes.removeIf(like(action.pattern()));
                }
            }
            case "hash" -> {
                if (!key.isEmpty()) {
                    change(attributes, has(key), ReferenceActions::hash);
                }
                if (!action.pattern().isEmpty()) {
                    change(attributes, like(action.pattern()), ReferenceActions::hash);
                }
            }
            case "extract" -> extract(action, attributes);
            case "convert" ->
                    change(attributes, has(key), value -> convert(value, action.convertedType()));
            default -> throw new AssertionError(action);
        }
    }

    private static Optional<AnyValue> source(
            ActionConfig action, List<KeyValue> attributes, RequestContext context) {
        Optional<AnyValue> value = Optional.empty();
        if (action.value() != null) {
            value = Optional.of(any(action.value()));
        } else if (!action.fromAttribute().isEmpty()) {
            value =
                    attributes.stream()
                            .filter(has(action.fromAttribute()))
                            .findFirst()
                            .map(KeyValue::getValue);
        } else if (action.fromContext().equals("client.address")) {
            value = Optional.of(text(context.clientAddress()));
        } else if (!action.fromContext().isEmpty()) {
            List<String> values =
                    context.metadata(action.fromContext().replaceFirst("^metadata\\.", ""));
            value = values.isEmpty() ? value : Optional.of(text(String.join(";", values)));
        }
        AttributeValue otherwise = action.defaultValue();
        return value.isEmpty() && otherwise != null ? Optional.of(any(otherwise)) : value;
    }

    private static void change(
            List<KeyValue> attributes, Predicate<KeyValue> which, UnaryOperator<AnyValue> how) {
        for (int i = 0; i < attributes.size(); i++) {
            KeyValue attribute = attributes.get(i);
            AnyValue after = which.test(attribute) ? how.apply(attribute.getValue()) : LEFT;
            if (!after.equals(LEFT)) {
                attributes.set(i, attribute.toBuilder().setValue(after).build());
            }
        }
    }

    private static void extract(ActionConfig action, List<KeyValue> attributes) {
        Optional<AnyValue> value =
                attributes.stream().filter(has(action.key())).findFirst().map(KeyValue::getValue);
        if (value.isEmpty() || value.get().getValueCase() != AnyValue.ValueCase.STRING_VALUE) {
            return;
        }
        Pattern pattern = Pattern.compile(action.pattern().replace("(?P<", "(?<"));
        Matcher matcher = pattern.matcher(value.get().getStringValue());
        if (!matcher.find()) {
            return;
        }
        List<String> names =
                pattern.namedGroups().entrySet().stream()
                        .sorted(Map.Entry.comparingByValue())
                        .map(Map.Entry::getKey)
                        .toList();
        for (String name : names) {
            String group = matcher.group(name);
            AnyValue found = text(group == null ? "" : group);
            if (attributes.stream().anyMatch(has(name))) {
                change(attributes, has(name), _ -> found);
            } else {
                attributes.add(KeyValue.newBuilder().setKey(name).setValue(found).build());
            }
        }
    }

    static AnyValue hash(AnyValue value) {
        byte[] input =
                switch (value.getValueCase()) {
                    case STRING_VALUE -> value.getStringValueBytes().toByteArray();
                    case BOOL_VALUE -> new byte[] {(byte) (value.getBoolValue() ? 1 : 0)};
                    case INT_VALUE -> littleEndian(value.getIntValue());
                    case DOUBLE_VALUE ->
                            littleEndian(Double.doubleToRawLongBits(value.getDoubleValue()));
                    default -> null;
                };
        try {
            return text(
                    input == null
                            ? ""
                            : HexFormat.of()
                                    .formatHex(MessageDigest.getInstance("SHA-256").digest(input)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] littleEndian(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    /// [#LEFT] where nothing is converted.
    private static AnyValue convert(AnyValue value, String type) {
        return switch (type) {
            case "int" ->
                    switch (value.getValueCase()) {
                        case DOUBLE_VALUE -> integer((long) value.getDoubleValue());
                        case BOOL_VALUE -> integer(value.getBoolValue() ? 1 : 0);
                        case STRING_VALUE -> {
                            try {
                                yield integer(Long.parseLong(value.getStringValue()));
                            } catch (NumberFormatException _) {
                                yield LEFT;
                            }
                        }
                        default -> LEFT;
                    };
            case "double" ->
                    switch (value.getValueCase()) {
                        case INT_VALUE -> real((double) value.getIntValue());
                        case BOOL_VALUE -> real(value.getBoolValue() ? 1 : 0);
                        case STRING_VALUE -> {
                            try {
                                yield real(Double.parseDouble(value.getStringValue()));
                            } catch (NumberFormatException _) {
                                yield LEFT;
                            }
                        }
                        default -> LEFT;
                    };
            default ->
                    value.getValueCase() == AnyValue.ValueCase.STRING_VALUE
                            ? LEFT
                            : text(asText(value));
        };
    }

    static String asText(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BYTES_VALUE ->
                    Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
            case VALUE_NOT_SET, STRING_VALUE_STRINDEX -> "";
            default -> json(value);
        };
    }

    private static String json(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> quoted(value.getStringValue());
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case INT_VALUE -> Long.toString(value.getIntValue());
            case DOUBLE_VALUE -> {
                // No generated number is large or small enough for an exponent.
                String text =
                        new BigDecimal(Double.toString(value.getDoubleValue())).toPlainString();
                yield text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
            }
            case BYTES_VALUE -> quoted(asText(value));
            case ARRAY_VALUE ->
                    value.getArrayValue().getValuesList().stream()
                            .map(ReferenceActions::json)
                            .toList()
                            .toString()
                            .replace(", ", ",");
            case KVLIST_VALUE -> {
                TreeMap<String, String> sorted = new TreeMap<>();
                for (KeyValue entry : value.getKvlistValue().getValuesList()) {
                    sorted.put(quoted(entry.getKey()), json(entry.getValue()));
                }
                List<String> parts = new ArrayList<>();
                sorted.forEach((key, text) -> parts.add(key + ":" + text));
                yield "{" + String.join(",", parts) + "}";
            }
            case VALUE_NOT_SET, STRING_VALUE_STRINDEX -> "null";
        };
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }

    private static Predicate<KeyValue> has(String key) {
        return attribute -> attribute.getKey().equals(key);
    }

    private static Predicate<KeyValue> like(String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        return attribute -> compiled.matcher(attribute.getKey()).find();
    }

    static AnyValue any(AttributeValue value) {
        return switch (value) {
            case AttributeValue.Text(String text) -> text(text);
            case AttributeValue.Bool(boolean bool) ->
                    AnyValue.newBuilder().setBoolValue(bool).build();
            case AttributeValue.Int(long number) -> integer(number);
            case AttributeValue.Real(double number) -> real(number);
            case AttributeValue.Bytes(byte[] bytes) ->
                    AnyValue.newBuilder().setBytesValue(ByteString.copyFrom(bytes)).build();
            case AttributeValue.Items items -> {
                AnyValue.Builder list = AnyValue.newBuilder();
                list.getArrayValueBuilder();
                items.values().forEach(item -> list.getArrayValueBuilder().addValues(any(item)));
                yield list.build();
            }
            case AttributeValue.Entries entries -> {
                AnyValue.Builder map = AnyValue.newBuilder();
                map.getKvlistValueBuilder();
                entries.values()
                        .forEach((key, entry) ->
                                map.getKvlistValueBuilder()
                                        .addValuesBuilder()
                                        .setKey(key)
                                        .setValue(any(entry)));
                yield map.build();
            }
            case AttributeValue.Empty() -> AnyValue.getDefaultInstance();
        };
    }

    static AnyValue text(String text) {
        return AnyValue.newBuilder().setStringValue(text).build();
    }

    private static AnyValue integer(long value) {
        return AnyValue.newBuilder().setIntValue(value).build();
    }

    private static AnyValue real(double value) {
        return AnyValue.newBuilder().setDoubleValue(value).build();
    }
}
