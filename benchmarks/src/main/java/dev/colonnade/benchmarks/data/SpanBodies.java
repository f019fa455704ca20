package dev.colonnade.benchmarks.data;

import java.util.SplittableRandom;

/// Draws bodies of spans: traces of 3-12 spans, each span after its parent.
final class SpanBodies implements Ring.BodyBuilder {
    private static final int KIND_INTERNAL = 1;
    private static final int KIND_SERVER = 2;
    private static final int KIND_CLIENT = 3;
    private static final String[] METHODS = {"GET", "GET", "GET", "POST", "PUT", "DELETE"};
    private static final String[] ROUTES = {
        "/products/{id}", "/products", "/basket/{id}/items", "/orders/{id}", "/orders",
                "/payments/{id}/capture",
        "/accounts/{id}", "/search", "/stock/{id}", "/shipping/quotes", "/login",
                "/invoices/{id}/pdf"
    };
    private static final String[] AGENTS = {
        "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Firefox/142.0",
        "ShopApp/8.31 (Android 16)",
        "ShopApp/8.30 (iOS 19.1)",
        "okhttp/5.1.0",
        "courier-sync/2.4"
    };

    private final Descriptor descriptor;
    private final SplittableRandom random;
    private final Text text;

    SpanBodies(Descriptor descriptor, SplittableRandom random) {
        this.descriptor = descriptor;
        this.random = random;
        this.text = new Text(random);
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
            Proto scopeSpans = new Proto().message(1, Services.scope(descriptor.dataSet()));
            while (record < end) {
                int count = Math.min(random.nextInt(3, 13), end - record);
                tree(scopeSpans, record, count);
                record += count;
            }
            Proto resourceSpans =
                    new Proto()
                            .mark(Body.SERVICE, service)
                            .message(1, Services.resource(descriptor, service))
                            .message(2, scopeSpans);
            request.message(1, resourceSpans);
            service = (service + 1) % Services.COUNT;
        }
        return new Body(request, records);
    }

    private void tree(Proto scopeSpans, int first, int count) {
        int[] begin = new int[count];
        int[] length = new int[count];
        begin[0] = -random.nextInt(300_000_000, 900_000_000);
        length[0] = random.nextInt(20_000_000, 300_000_000);
        for (int i = 0; i < count; i++) {
            int parent = i == 0 ? -1 : random.nextInt(i);
            if (i > 0) {
                begin[i] = begin[parent] + random.nextInt(Math.max(1, length[parent] / 2));
                length[i] = 1 + random.nextInt(Math.max(1, length[parent] / 2));
            }
            Proto span = span(first, i, parent, begin[i], begin[i] + length[i]);
            scopeSpans.markedMessage(2, span, Body.RECORD, 0).mark(Body.RECORD_END, 0);
        }
    }

    private Proto span(int first, int number, int parent, int begin, int end) {
        String method = METHODS[random.nextInt(METHODS.length)];
        String route = ROUTES[random.nextInt(ROUTES.length)];
        int kind = number == 0 ? KIND_SERVER : random.nextInt(KIND_INTERNAL, KIND_CLIENT + 1);
        Proto span =
                new Proto()
                        .patchedBytes(1, 2 * Long.BYTES, Body.TRACE_ID, first)
                        .patchedBytes(2, Long.BYTES, Body.SPAN_ID, first + number);
        if (parent >= 0) {
            span.patchedBytes(4, Long.BYTES, Body.SPAN_ID, first + parent);
        }
        span.string(5, method + " " + route)
                .varint(6, kind)
                .patchedFixed64(7, Body.TIME, begin)
                .patchedFixed64(8, Body.TIME, end);
        boolean failed = random.nextInt(50) == 0;
        attributes(span, method, route, failed);
        if (random.nextInt(10) == 0) {
            span.message(11, event(begin + (end - begin) / 2));
        }
        span.message(15, failed ? new Proto().varint(3, 2) : new Proto());
        return span.fixed32(16, 0x101);
    }

    private void attributes(Proto span, String method, String route, boolean failed) {
        int thread = random.nextInt(1, 65);
        StringBuilder client = new StringBuilder();
        text.address(client);
        span.message(9, Attributes.string("http.request.method", method))
                .message(9, Attributes.string("http.route", route))
                .message(9, Attributes.string("url.path", path(route)))
                .message(9, Attributes.string("url.scheme", "https"))
                .message(9, Attributes.integer("http.response.status_code", failed ? 503 : 200))
                .message(9, Attributes.string("server.address", "shop.example"))
                .message(9, Attributes.integer("server.port", 8443))
                .message(9, Attributes.string("client.address", client.toString()))
                .message(9, Attributes.string("network.protocol.version", "1.1"))
                .message(
                        9,
                        Attributes.string(
                                "user_agent.original", AGENTS[random.nextInt(AGENTS.length)]))
                .message(9, Attributes.integer("thread.id", thread))
                .message(9, Attributes.string("thread.name", "http-" + thread));
        if (failed) {
            span.message(9, Attributes.string("error.type", "503"));
        }
        if (random.nextInt(3) == 0) {
            span.message(9, Attributes.bool("shop.cache.hit", random.nextBoolean()));
        }
    }

    private String path(String route) {
        return route.replace("{id}", Integer.toString(random.nextInt(1, 1_000_000)));
    }

    private Proto event(int time) {
        return new Proto()
                .patchedFixed64(1, Body.TIME, time)
                .string(2, "message")
                .message(3, Attributes.string("message.type", "RECEIVED"))
                .message(3, Attributes.integer("message.id", random.nextInt(1, 10_000)));
    }
}
