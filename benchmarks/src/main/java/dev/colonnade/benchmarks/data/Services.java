package dev.colonnade.benchmarks.data;

import java.util.List;

/// The services whose telemetry a generator makes: resource, scope, and the names used in their
/// records.
final class Services {
    /// How many services there are.
    static final int COUNT = 8;

    private static final List<String> NAMES =
            List.of(
                    "storefront",
                    "basket-api",
                    "payment-gateway",
                    "stock-keeper",
                    "search-index",
                    "courier-planner",
                    "account-vault",
                    "ledger-export");
    private static final List<String> VERSIONS =
            List.of("4.18.2", "2.7.0", "11.3.5", "1.0.9", "7.22.1", "3.4.4", "5.6.13", "0.31.0");

    private Services() {}

    /// How many services share a request of `records` records: one for each 200, at least one, at
    /// most five.
    static int perRequest(int records) {
        return Math.clamp(records / 200, 1, 5);
    }

    /// The `Resource` message of a service.
    static Proto resource(Descriptor descriptor, int service) {
        Proto resource = new Proto();
        attribute(resource, "service.name", NAMES.get(service));
        attribute(resource, "service.namespace", "shop");
        attribute(resource, "service.version", VERSIONS.get(service));
        attribute(resource, "service.instance.id", descriptor.text(service));
        attribute(resource, "deployment.environment.name", "production");
        attribute(resource, "host.name", "node-" + (11 + 7 * service) + ".eu-central.internal");
        attribute(resource, "telemetry.sdk.language", "java");
        return resource;
    }

    /// The `InstrumentationScope` message of a data set.
    static Proto scope(DataSet set) {
        return switch (set) {
            case LOGS_350, LOGS_1K, TRICKLE -> scope("shop.logging.bridge", "2.11.0");
            case SPANS -> scope("shop.instrumentation.http-server", "1.33.6");
            case POINTS -> scope("shop.metrics.runtime", "1.40.0");
        };
    }

    private static Proto scope(String name, String version) {
        return new Proto().string(1, name).string(2, version);
    }

    private static void attribute(Proto resource, String key, String value) {
        resource.message(1, Attributes.string(key, value));
    }
}
