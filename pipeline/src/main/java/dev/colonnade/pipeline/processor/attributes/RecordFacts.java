package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.processor.WireFields;
import dev.colonnade.storage.Signal;

/// What matching has to know of the present record, its scope and its metric; filled while their
/// fields are walked. Of a field that is repeated the last counts.
final class RecordFacts {
    private static final int NAME_TAG = 0x0a;
    private static final int VERSION_TAG = 0x12;
    private static final int LOG_SEVERITY_NUMBER_TAG = 0x10;
    private static final int LOG_SEVERITY_TEXT_TAG = 0x1a;
    private static final int LOG_BODY_TAG = 0x2a;
    private static final int SPAN_NAME_TAG = 0x2a;
    private static final int SPAN_KIND_TAG = 0x30;

    /// A name, a text: where it is, or 0 bytes.
    static final class Text {
        long at;
        int length;

        void clear() {
            length = 0;
        }

        void set(WireFields field) {
            at = field.bodyAt();
            length = field.bodyLength();
        }
    }

    final Text scopeName = new Text();
    final Text scopeVersion = new Text();
    final Text metricName = new Text();
    final Text spanName = new Text();
    final Text severityText = new Text();
    final ByteArena body = new ByteArena();
    int spanKind;
    int severityNumber;

    private final WireFields fields = new WireFields();

    void clearScope() {
        scopeName.clear();
        scopeVersion.clear();
    }

    /// Takes a scope, one of several that merge; false when it is malformed.
    boolean addScope(WireFields scope) {
        fields.over(scope.bodyAt(), scope.bodyLength());
        while (fields.next()) {
            if (fields.tag() == NAME_TAG) {
                scopeName.set(fields);
            } else if (fields.tag() == VERSION_TAG) {
                scopeVersion.set(fields);
            }
        }
        return !fields.isMalformed();
    }

    /// Takes a metric's name; false when the metric is malformed.
    boolean readMetric(WireFields metric) {
        metricName.clear();
        fields.over(metric.bodyAt(), metric.bodyLength());
        while (fields.next()) {
            if (fields.tag() == NAME_TAG) {
                metricName.set(fields);
            }
        }
        return !fields.isMalformed();
    }

    void clearRecord() {
        spanName.clear();
        severityText.clear();
        spanKind = 0;
        severityNumber = 0;
        body.clear();
    }

    /// Takes a field of a record; false when the record is too large to be looked at.
    boolean add(Signal signal, WireFields field) {
        int tag = field.tag();
        if (signal == Signal.TRACES) {
            if (tag == SPAN_NAME_TAG) {
                spanName.set(field);
            } else if (tag == SPAN_KIND_TAG) {
                spanKind = (int) field.bits();
            }
        } else if (signal == Signal.LOGS) {
            switch (tag) {
                case LOG_SEVERITY_TEXT_TAG -> severityText.set(field);
                case LOG_SEVERITY_NUMBER_TAG -> severityNumber = (int) field.bits();
                case LOG_BODY_TAG -> {
                    if (!body.reserve(field.bodyLength())) {
                        return false;
                    }
                    body.put(field.bodyAt(), field.bodyLength());
                }
                default -> {}
            }
        }
        return true;
    }
}
