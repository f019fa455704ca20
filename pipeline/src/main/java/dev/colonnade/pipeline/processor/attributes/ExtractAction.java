package dev.colonnade.pipeline.processor.attributes;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.Map;

/// `extract`: sets an attribute for each named group of an expression that is found in a string.
///
/// Allocates per record: a copy of the string and what the expression needs.
final class ExtractAction implements Action {
    /// Longer strings are left alone: the expression runs on the event loop.
    static final int TEXT_MAX = 1 << 20;

    private final int slot;
    private final Pattern pattern;

    /// The slot of each group, from the second place on.
    private final int[] groupSlots;

    ExtractAction(ActionConfig config, AttributeKeys keys) {
        slot = keys.slot(config.key());
        pattern = Pattern.compile(config.pattern());
        groupSlots = new int[pattern.groupCount() + 1];
        for (Map.Entry<String, Integer> group : pattern.namedGroups().entrySet()) {
            groupSlots[group.getValue()] = keys.slot(group.getKey());
        }
    }

    @Override
    public boolean apply(AttributeTable table, AnyValueReader reader) {
        int index = table.find(slot);
        if (index < 0) {
            return true;
        }
        if (!reader.read(table, index)) {
            return false;
        }
        if (reader.type() != AnyValueReader.TEXT_TAG || reader.textLength() > TEXT_MAX) {
            return true;
        }
        byte[] text = reader.text();
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            return true;
        }
        ByteArena arena = table.arena();
        for (int group = 1; group < groupSlots.length; group++) {
            int start = Math.max(0, matcher.start(group));
            int length = Math.max(0, matcher.end(group) - start);
            int from = arena.top();
            if (!arena.beginText(length)) {
                return false;
            }
            arena.put(text, start, length);
            if (!table.putText(groupSlots[group], from)) {
                return false;
            }
        }
        return true;
    }
}
