package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.delivery.Delivery;
import dev.colonnade.exporters.delivery.DeliveryConfig;
import dev.colonnade.exporters.delivery.DeliveryLoop;
import dev.colonnade.exporters.delivery.NettyLoop;
import java.util.ArrayList;
import java.util.List;

/// Joins delivery to the process's loops.
final class OtlpDelivery {
    private OtlpDelivery() {}

    static Delivery of(DeliveryConfig config, ExporterContext context) {
        List<DeliveryLoop> loops = new ArrayList<>();
        for (int index = 0; index < context.loops().count(); index++) {
            loops.add(new NettyLoop(context.loops().loop(index), context.nanoClock()));
        }
        return new Delivery(
                config,
                loops,
                context.memory(),
                context.sendFloors(),
                context.telemetry(),
                context.random(),
                context.logger());
    }
}
