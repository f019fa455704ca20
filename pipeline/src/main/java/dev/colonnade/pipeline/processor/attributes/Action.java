package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.RequestContext;

/// One action, ready to be done on a record's attributes.
///
/// An action names a key; where a record has the key several times, which OTLP forbids, reading
/// takes the first and writing changes all, so that nothing stays that was to be removed or hidden.
interface Action {
    /// Takes what it needs of a request, before the request's first record.
    default void begin(RequestContext context) {}

    /// Acts on the attributes of one record.
    ///
    /// @return false when the record is malformed where the action looked, or too large for it
    boolean apply(AttributeTable table, AnyValueReader reader);
}
