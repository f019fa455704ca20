package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.Processor;
import dev.colonnade.pipeline.RequestContext;
import dev.colonnade.pipeline.processor.ConfigProblem;
import dev.colonnade.pipeline.processor.Splice;
import dev.colonnade.pipeline.processor.WireFields;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.Extent;
import java.util.List;

/// The processor `attributes`: does actions on the attributes of log records, spans and data
/// points, in place in their protobuf bytes.
///
/// Each record's fields are walked once; the attributes that the actions name are entered in a
/// table, the actions work on the table, and what changed is spliced into the copy. Records are
/// neither made nor lost.
///
/// Allocates nothing per record with `insert`, `update`, `upsert`, `delete`, `hash` and numeric
/// `convert`; see [ExtractAction], [ConvertAction] and [KeyPattern] for what the others need.
public final class AttributesProcessor implements Processor {
    private static final int RESOURCE_TAG = 0x0a;
    private static final int SCOPE_TAG = 0x12;
    private static final int ITEM_TAG = 0x12;
    private static final int POINT_TAG = 0x0a;
    private static final int GAUGE_TAG = 0x2a;
    private static final int SUM_TAG = 0x3a;
    private static final int HISTOGRAM_TAG = 0x4a;
    private static final int EXPONENTIAL_TAG = 0x52;
    private static final int SUMMARY_TAG = 0x5a;

    private static final int LOG_ATTRIBUTES_TAG = 0x32;
    private static final int SPAN_ATTRIBUTES_TAG = 0x4a;
    private static final int NUMBER_ATTRIBUTES_TAG = 0x3a;
    private static final int HISTOGRAM_ATTRIBUTES_TAG = 0x4a;
    private static final int EXPONENTIAL_ATTRIBUTES_TAG = 0x0a;
    private static final int SUMMARY_ATTRIBUTES_TAG = 0x3a;

    private final ActionList actions;
    private final Selection selection;
    private final AttributeTable table;
    private final AnyValueReader reader = new AnyValueReader();
    private final Splice splice = new Splice();
    private final WireFields requestFields = new WireFields();
    private final WireFields resourceFields = new WireFields();
    private final WireFields scopeFields = new WireFields();
    private final WireFields metricFields = new WireFields();
    private final WireFields dataFields = new WireFields();
    private final WireFields recordFields = new WireFields();

    /// A processor for one event loop and one pipeline of `signal`.
    ///
    /// @throws IllegalArgumentException when the configuration has problems
    public AttributesProcessor(AttributesConfig config, Signal signal) {
        List<ConfigProblem> problems = config.problems(signal);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("attributes processor: " + problems);
        }
        AttributeKeys keys = new AttributeKeys();
        actions = new ActionList(config.actions(), keys);
        selection = new Selection(config, keys, reader);
        table = new AttributeTable(keys, actions.readsAllKeys());
    }

    @Override
    public Outcome process(
            Signal signal,
            long address,
            int length,
            RequestContext context,
            Extent target,
            Grower grower) {
        splice.begin(address, length, target, grower);
        reader.begin();
        selection.begin();
        table.trim();
        actions.begin(context);
        if (request(signal, address, length)) {
            return splice.finish();
        }
        return splice.isRefused() ? Outcome.REFUSED_MEMORY : Outcome.MALFORMED;
    }

    private boolean request(Signal signal, long address, int length) {
        WireFields fields = requestFields;
        fields.over(address, length);
        while (fields.next()) {
            if (fields.tag() == RESOURCE_TAG) {
                boolean isEntered = selection.entersResource(fields);
                if (selection.isMalformed() || (isEntered && !resource(signal))) {
                    return false;
                }
            }
        }
        return !fields.isMalformed();
    }

    private boolean resource(Signal signal) {
        WireFields fields = resourceFields;
        splice.open(requestFields);
        fields.over(requestFields.bodyAt(), requestFields.bodyLength());
        while (fields.next()) {
            if (fields.tag() == SCOPE_TAG) {
                boolean isEntered = selection.entersScope(fields);
                if (selection.isMalformed() || (isEntered && !scope(signal))) {
                    return false;
                }
            }
        }
        splice.close();
        return !fields.isMalformed();
    }

    private boolean scope(Signal signal) {
        WireFields fields = scopeFields;
        splice.open(resourceFields);
        fields.over(resourceFields.bodyAt(), resourceFields.bodyLength());
        int attributesTag = signal == Signal.LOGS ? LOG_ATTRIBUTES_TAG : SPAN_ATTRIBUTES_TAG;
        while (fields.next()) {
            if (fields.tag() == ITEM_TAG) {
                boolean isGood =
                        signal == Signal.METRICS ? metric() : record(signal, fields, attributesTag);
                if (!isGood) {
                    return false;
                }
            }
        }
        splice.close();
        return !fields.isMalformed();
    }

    private boolean metric() {
        boolean isEntered = selection.entersMetric(scopeFields);
        if (selection.isMalformed()) {
            return false;
        }
        if (!isEntered) {
            return true;
        }
        WireFields fields = metricFields;
        splice.open(scopeFields);
        fields.over(scopeFields.bodyAt(), scopeFields.bodyLength());
        while (fields.next()) {
            int attributesTag =
                    switch (fields.tag()) {
                        case GAUGE_TAG, SUM_TAG -> NUMBER_ATTRIBUTES_TAG;
                        case HISTOGRAM_TAG -> HISTOGRAM_ATTRIBUTES_TAG;
                        case EXPONENTIAL_TAG -> EXPONENTIAL_ATTRIBUTES_TAG;
                        case SUMMARY_TAG -> SUMMARY_ATTRIBUTES_TAG;
                        default -> 0;
                    };
            if (attributesTag != 0 && !points(attributesTag)) {
                return false;
            }
        }
        splice.close();
        return !fields.isMalformed();
    }

    private boolean points(int attributesTag) {
        WireFields fields = dataFields;
        splice.open(metricFields);
        fields.over(metricFields.bodyAt(), metricFields.bodyLength());
        while (fields.next()) {
            if (fields.tag() == POINT_TAG && !record(Signal.METRICS, fields, attributesTag)) {
                return false;
            }
        }
        splice.close();
        return !fields.isMalformed();
    }

    private boolean record(Signal signal, WireFields record, int attributesTag) {
        table.clear();
        WireFields fields = recordFields;
        fields.over(record.bodyAt(), record.bodyLength());
        boolean isGood =
                selection.looksAtFields()
                        ? walkAndLook(signal, fields, attributesTag)
                        : walk(fields, attributesTag);
        if (!isGood) {
            return false;
        }
        boolean isSelected = selection.selects(signal, table);
        if (selection.isMalformed()) {
            return false;
        }
        if (!isSelected) {
            return true;
        }
        if (!actions.apply(table, reader)) {
            return false;
        }
        if (table.isChanged()) {
            write(record, attributesTag);
        }
        return !splice.isRefused();
    }

    private boolean walk(WireFields fields, int attributesTag) {
        while (fields.next()) {
            if (fields.tag() == attributesTag && !table.add(fields)) {
                return false;
            }
        }
        return !fields.isMalformed();
    }

    private boolean walkAndLook(Signal signal, WireFields fields, int attributesTag) {
        selection.enterRecord();
        while (fields.next()) {
            selection.look(signal, fields);
            if (fields.tag() == attributesTag && !table.add(fields)) {
                return false;
            }
        }
        return !fields.isMalformed();
    }

    private void write(WireFields record, int attributesTag) {
        splice.open(record);
        table.writeEdits(splice, attributesTag, record.bodyAt(), record.end());
        if (table.hasAdded()) {
            splice.copyTo(record.end());
            table.writeAdded(splice, attributesTag);
        }
        splice.close();
    }
}
