package dev.colonnade.pipeline.processor.attributes;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.colonnade.pipeline.processor.ConfigProblem;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One action on attributes, as a user writes it; keys that are not written are empty or null.
///
/// @param key the attribute that is acted upon
/// @param action `insert`, `update`, `upsert`, `delete`, `hash`, `extract` or `convert`, in any
///   case
/// @param value the value for the attribute
/// @param fromAttribute the attribute whose value is taken
/// @param fromContext `client.address`, or a request metadata key with or without `metadata.`
/// @param defaultValue taken where the source has no value
/// @param pattern an RE2 expression: on attribute keys for `delete` and `hash`, on the value for
///   `extract`
/// @param convertedType `int`, `double` or `string`
public record ActionConfig(
        String key,
        String action,
        @Nullable AttributeValue value,
        String fromAttribute,
        String fromContext,
        @Nullable AttributeValue defaultValue,
        String pattern,
        String convertedType) {
    private static final Set<String> CONVERTED_TYPES = Set.of("string", "int", "double");
    private static final String AUTH = "auth.";
    private static final String CLIENT_ADDRESS = "client.address";
    private static final String METADATA = "metadata.";

    /// Brings the action to lower case.
    public ActionConfig {
        action = action.toLowerCase(Locale.ROOT);
    }

    /// An action on `key` with nothing else set.
    public static ActionConfig of(String action, String key) {
        return new ActionConfig(key, action, null, "", "", null, "", "");
    }

    /// The same with a `value`.
    public ActionConfig value(AttributeValue value) {
        return new ActionConfig(
                key,
                action,
                value,
                fromAttribute,
                fromContext,
                defaultValue,
                pattern,
                convertedType);
    }

    /// The same with `from_attribute`.
    public ActionConfig fromAttribute(String fromAttribute) {
        return new ActionConfig(
                key,
                action,
                value,
                fromAttribute,
                fromContext,
                defaultValue,
                pattern,
                convertedType);
    }

    /// The same with `from_context`.
    public ActionConfig fromContext(String fromContext) {
        return new ActionConfig(
                key,
                action,
                value,
                fromAttribute,
                fromContext,
                defaultValue,
                pattern,
                convertedType);
    }

    /// The same with a `default_value`.
    public ActionConfig defaultValue(AttributeValue defaultValue) {
        return new ActionConfig(
                key,
                action,
                value,
                fromAttribute,
                fromContext,
                defaultValue,
                pattern,
                convertedType);
    }

    /// The same with a `pattern`.
    public ActionConfig pattern(String pattern) {
        return new ActionConfig(
                key,
                action,
                value,
                fromAttribute,
                fromContext,
                defaultValue,
                pattern,
                convertedType);
    }

    /// The same with a `converted_type`.
    public ActionConfig convertedType(String convertedType) {
        return new ActionConfig(
                key,
                action,
                value,
                fromAttribute,
                fromContext,
                defaultValue,
                pattern,
                convertedType);
    }

    /// The request metadata key that [#fromContext] names, in lower case; null where it names none.
    public @Nullable String metadataKey() {
        if (fromContext.isEmpty() || fromContext.equals(CLIENT_ADDRESS)) {
            return null;
        }
        return (fromContext.startsWith(METADATA)
                        ? fromContext.substring(METADATA.length())
                        : fromContext)
                .toLowerCase(Locale.ROOT);
    }

    /// Adds what is wrong with the action at `index` of the list below `path`.
    void check(String path, int index, List<ConfigProblem> problems) {
        @Nullable String problem = problem(index);
        if (problem != null) {
            problems.add(
                    new ConfigProblem(path + "::" + index, "error creating AttrProc" + problem));
        }
    }

    private @Nullable String problem(int index) {
        return switch (action) {
            case "insert", "update", "upsert" -> problemOfValue(index);
            case "delete", "hash" -> problemOfKeys(index);
            case "extract" -> problemOfExtract(index);
            case "convert" -> problemOfConvert(index);
            default ->
                    key.isEmpty()
                            ? missingKey(index)
                            : String.format(
                                    Locale.ROOT,
                                    " due to unsupported action \"%s\" at the %d-th actions",
                                    action,
                                    index);
        };
    }

    private @Nullable String problemOfValue(int index) {
        if (key.isEmpty()) {
            return missingKey(index);
        }
        if (sources() == 0 && defaultValue == null) {
            return ". Either field \"value\", \"from_attribute\" or \"from_context\" setting must"
                    + " be specified for "
                    + (index + "-th action");
        }
        if (sources() > 1) {
            return " due to multiple value sources being set at the " + index + "-th actions";
        }
        if (!pattern.isEmpty()) {
            return unused("the \"pattern\" field", "This", index);
        }
        if (!convertedType.isEmpty()) {
            return unused("the \"converted_type\" field", "This", index);
        }
        if (fromContext.startsWith(AUTH)) {
            return String.format(
                            Locale.ROOT,
                            ". Field \"from_context\" names authentication data (\"%s\"), which is"
                                    + " not",
                            fromContext)
                    + (" supported, at the " + index + "-th actions");
        }
        return null;
    }

    private @Nullable String problemOfKeys(int index) {
        if (key.isEmpty() && pattern.isEmpty()) {
            return " due to missing required field (at least one of \"key\" and \"pattern\" have"
                    + " to be used) at the "
                    + (index + "-th actions");
        }
        if (value != null || !fromAttribute.isEmpty()) {
            return unused("\"value\" or \"from_attribute\" field", "These", index);
        }
        if (defaultValue != null) {
            return unused("the \"default_value\" field", "This", index);
        }
        if (!pattern.isEmpty() && compiled() == null) {
            return invalidPattern(index);
        }
        return convertedType.isEmpty()
                ? null
                : unused("the \"converted_type\" field", "This", index);
    }

    private @Nullable String problemOfExtract(int index) {
        if (key.isEmpty()) {
            return missingKey(index);
        }
        if (sources() > 0 || defaultValue != null) {
            return unused("a value source field", "These", index);
        }
        if (pattern.isEmpty()) {
            return missing("pattern", index);
        }
        if (!convertedType.isEmpty()) {
            return unused("the \"converted_type\" field", "This", index);
        }
        Pattern compiled = compiled();
        if (compiled == null) {
            return invalidPattern(index);
        }
        if (compiled.groupCount() == 0) {
            return ". Field \"pattern\" contains no named matcher groups at the "
                    + (index + "-th actions");
        }
        if (compiled.namedGroups().size() != compiled.groupCount()) {
            return ". Field \"pattern\" contains at least one unnamed matcher group at the "
                    + (index + "-th actions");
        }
        return null;
    }

    private @Nullable String problemOfConvert(int index) {
        if (key.isEmpty()) {
            return missingKey(index);
        }
        if (sources() > 0 || defaultValue != null || !pattern.isEmpty()) {
            return unused("value sources or \"pattern\" field", "These", index);
        }
        if (convertedType.isEmpty()) {
            return missing("converted_type", index);
        }
        if (!CONVERTED_TYPES.contains(convertedType)) {
            return String.format(
                            Locale.ROOT,
                            " due to invalid value \"%s\" in field \"converted_type\" for action"
                                    + " \"%s\" at",
                            convertedType,
                            action)
                    + (" the " + index + "-th action");
        }
        return null;
    }

    private int sources() {
        return (value == null ? 0 : 1)
                + (fromAttribute.isEmpty() ? 0 : 1)
                + (fromContext.isEmpty() ? 0 : 1);
    }

    private @Nullable Pattern compiled() {
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException _) {
            return null;
        }
    }

    private static String missingKey(int index) {
        return " due to missing required field \"key\" at the " + index + "-th actions";
    }

    private String missing(String field, int index) {
        return String.format(
                Locale.ROOT,
                " due to missing required field \"%s\" for action \"%s\" at the %d-th action",
                field,
                action,
                index);
    }

    private String unused(String what, String pronoun, int index) {
        return String.format(
                Locale.ROOT,
                ". Action \"%s\" does not use %s. %s must not be specified for %d-th action",
                action,
                what,
                pronoun,
                index);
    }

    private String invalidPattern(int index) {
        return String.format(
                Locale.ROOT,
                ". Field \"pattern\" has invalid pattern: \"%s\" to be set at the %d-th actions",
                pattern,
                index);
    }
}
