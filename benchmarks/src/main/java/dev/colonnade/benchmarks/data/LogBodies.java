package dev.colonnade.benchmarks.data;

import java.util.SplittableRandom;

/// Draws bodies of log records.
///
/// The 4-8 logs of one user request stand together, share trace id, span id, request id, user and
/// thread, and count themselves in `event.sequence`: span id and that count make the record's
/// sequence number.
final class LogBodies implements Ring.BodyBuilder {
    private static final String[] SEVERITIES = {"DEBUG", "INFO", "WARN", "ERROR"};

    /// A request's logs lie within this many nanoseconds before it is sent.
    private static final int SPAN_NANOS = 400_000_000;

    private final Descriptor descriptor;
    private final SplittableRandom random;
    private final Text text;
    private final int textLength;

    /// @param textLength characters that each text is filled up to; 0 leaves texts as drawn
    LogBodies(Descriptor descriptor, SplittableRandom random, int textLength) {
        this.descriptor = descriptor;
        this.random = random;
        this.text = new Text(random);
        this.textLength = textLength;
    }

    @Override
    public Body build() {
        int records = descriptor.recordsPerRequest();
        int resources = Services.perRequest(records);
        int service = random.nextInt(Services.COUNT);
        Proto request = new Proto();
        int record = 0;
        for (int i = 0; i < resources; i++) {
            int end = (int) ((long) records * (i + 1) / resources);
            Proto scopeLogs = new Proto().message(1, Services.scope(descriptor.dataSet()));
            while (record < end) {
                int group = Math.min(random.nextInt(4, 9), end - record);
                group(scopeLogs, record, group, records);
                record += group;
            }
            Proto resourceLogs =
                    new Proto()
                            .mark(Body.SERVICE, service)
                            .message(1, Services.resource(descriptor, service))
                            .message(2, scopeLogs);
            request.message(1, resourceLogs);
            service = (service + 1) % Services.COUNT;
        }
        return new Body(request, records);
    }

    private void group(Proto scopeLogs, int first, int count, int records) {
        int thread = random.nextInt(1, 65);
        String user = "user-" + random.nextInt(100_000, 1_000_000);
        int began = (int) (-(long) SPAN_NANOS * (records - first) / records);
        for (int i = 0; i < count; i++) {
            began += random.nextInt(20_000, 2_000_000);
            Proto record = record(first, i, began, thread, user);
            scopeLogs.markedMessage(2, record, Body.RECORD, 0).mark(Body.RECORD_END, 0);
        }
    }

    private Proto record(int first, int number, int time, int thread, String user) {
        Text.Template template = text.template();
        StringBuilder line = new StringBuilder(text.render(template));
        if (textLength > 0) {
            text.fill(line, textLength);
        }
        int severity = template.severity();
        Proto body = new Proto().string(1, line.toString());
        return new Proto()
                .patchedFixed64(1, Body.TIME, time)
                .varint(2, severity)
                .string(3, SEVERITIES[severity / 4 - 1])
                .message(5, body)
                .message(6, Attributes.integer("event.sequence", number))
                .message(6, Attributes.requestId("request.id", first))
                .message(6, Attributes.string("user.id", user))
                .message(6, Attributes.integer("thread.id", thread))
                .message(6, Attributes.string("thread.name", "worker-" + thread))
                .message(6, Attributes.string("code.function.name", template.function()))
                .message(6, Attributes.string("code.file.path", template.file()))
                .message(6, Attributes.integer("code.line.number", template.text().length() * 7L))
                .fixed32(8, 1)
                .patchedBytes(9, 2 * Long.BYTES, Body.TRACE_ID, first)
                .patchedBytes(10, Long.BYTES, Body.SPAN_ID, first)
                .patchedFixed64(11, Body.TIME, time + random.nextInt(50_000, 900_000));
    }
}
