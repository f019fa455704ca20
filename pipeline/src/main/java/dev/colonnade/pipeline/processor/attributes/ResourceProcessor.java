package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.Processor;
import dev.colonnade.pipeline.RequestContext;
import dev.colonnade.pipeline.processor.ConfigProblem;
import dev.colonnade.pipeline.processor.Splice;
import dev.colonnade.pipeline.processor.WireFields;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.Extent;
import java.util.List;

/// The processor `resource`: does actions on the attributes of resources, in place in their
/// protobuf bytes.
///
/// Scopes are stepped over by their length: the work grows with the number of resources and the
/// bytes to copy, not with that of records. A `ResourceX` without a resource gets one when an
/// attribute is added. Where its resource field is repeated the parts merge, as protobuf wants, and
/// each is edited where it stands.
public final class ResourceProcessor implements Processor {
    private static final int RESOURCE_X_TAG = 0x0a;
    private static final int RESOURCE_TAG = 0x0a;
    private static final int ATTRIBUTES_TAG = 0x0a;

    private final ActionList actions;
    private final AttributeTable table;
    private final AnyValueReader reader = new AnyValueReader();
    private final Splice splice = new Splice();
    private final WireFields requestFields = new WireFields();
    private final WireFields resourceXFields = new WireFields();
    private final WireFields resourceFields = new WireFields();

    /// A processor for one event loop and one pipeline.
    ///
    /// @throws IllegalArgumentException when the configuration has problems
    public ResourceProcessor(ResourceConfig config) {
        List<ConfigProblem> problems = config.problems();
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("resource processor: " + problems);
        }
        AttributeKeys keys = new AttributeKeys();
        actions = new ActionList(config.attributes(), keys);
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
        table.trim();
        actions.begin(context);
        WireFields fields = requestFields;
        fields.over(address, length);
        boolean isGood = true;
        while (isGood && fields.next()) {
            isGood = fields.tag() != RESOURCE_X_TAG || resourceX(fields);
        }
        if (isGood && !fields.isMalformed()) {
            return splice.finish();
        }
        return splice.isRefused() ? Outcome.REFUSED_MEMORY : Outcome.MALFORMED;
    }

    private boolean resourceX(WireFields resourceX) {
        table.clear();
        WireFields fields = resourceXFields;
        fields.over(resourceX.bodyAt(), resourceX.bodyLength());
        long lastResource = 0;
        while (fields.next()) {
            if (fields.tag() == RESOURCE_TAG) {
                lastResource = fields.start();
                if (!enter(fields)) {
                    return false;
                }
            }
        }
        if (fields.isMalformed() || !actions.apply(table, reader)) {
            return false;
        }
        if (table.isChanged()) {
            write(resourceX, lastResource);
        }
        return !splice.isRefused();
    }

    private boolean enter(WireFields resource) {
        resourceFields.over(resource.bodyAt(), resource.bodyLength());
        while (resourceFields.next()) {
            if (resourceFields.tag() == ATTRIBUTES_TAG && !table.add(resourceFields)) {
                return false;
            }
        }
        return !resourceFields.isMalformed();
    }

    private void write(WireFields resourceX, long lastResource) {
        splice.open(resourceX);
        if (lastResource == 0 && table.hasAdded()) {
            splice.copyTo(resourceX.bodyAt());
            splice.putHead(RESOURCE_TAG, table.addedLength());
            table.writeAdded(splice, ATTRIBUTES_TAG);
        } else {
            writeParts(resourceX, lastResource);
        }
        splice.close();
    }

    private void writeParts(WireFields resourceX, long lastResource) {
        WireFields fields = resourceXFields;
        fields.over(resourceX.bodyAt(), resourceX.bodyLength());
        while (fields.next()) {
            if (fields.tag() == RESOURCE_TAG) {
                splice.open(fields);
                table.writeEdits(splice, ATTRIBUTES_TAG, fields.bodyAt(), fields.end());
                if (fields.start() == lastResource && table.hasAdded()) {
                    splice.copyTo(fields.end());
                    table.writeAdded(splice, ATTRIBUTES_TAG);
                }
                splice.close();
            }
        }
    }
}
