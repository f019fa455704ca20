package dev.colonnade.agent.telemetry;

import com.sun.management.GarbageCollectionNotificationInfo;
import dev.colonnade.pipeline.LatencyHistogram;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;
import org.jspecify.annotations.Nullable;

/// Counts the pauses of each collector by their length, as the virtual machine tells of them.
final class GcPauses implements AutoCloseable, NotificationListener {
    private final Function<String, LatencyHistogram> histograms;

    /// By the collector's name; written before listening begins, read by the thread that tells.
    private final Map<String, LatencyHistogram> byCollector = new HashMap<>();

    private boolean isListening;

    /// @param histograms makes the distribution of the collector with that name
    GcPauses(Function<String, LatencyHistogram> histograms) {
        this.histograms = histograms;
    }

    /// Begins to count.
    synchronized void listen() {
        if (isListening) {
            return;
        }
        isListening = true;
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (pauses(bean.getName())) {
                byCollector.put(bean.getName(), histograms.apply(bean.getName()));
            }
        }
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (bean instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(this, null, null);
            }
        }
    }

    /// Called by the one thread of the virtual machine that tells.
    @Override
    public void handleNotification(Notification notification, @Nullable Object handback) {
        if (notification.getUserData() instanceof CompositeData data
                && notification
                        .getType()
                        .equals(
                                GarbageCollectionNotificationInfo
                                        .GARBAGE_COLLECTION_NOTIFICATION)) {
            GarbageCollectionNotificationInfo told = GarbageCollectionNotificationInfo.from(data);
            @Nullable LatencyHistogram histogram = byCollector.get(told.getGcName());
            if (histogram != null) {
                histogram.record(TimeUnit.MILLISECONDS.toNanos(told.getGcInfo().getDuration()));
            }
        }
    }

    /// What ZGC, Shenandoah and G1 do beside the running threads is told in the same way, and is no
    /// pause.
    private static boolean pauses(String collector) {
        return !collector.endsWith("Cycles") && !collector.contains("Concurrent");
    }

    /// Ends it; legal before [#listen].
    @Override
    public synchronized void close() {
        if (!isListening) {
            return;
        }
        isListening = false;
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (bean instanceof NotificationEmitter emitter) {
                try {
                    emitter.removeNotificationListener(this);
                } catch (ListenerNotFoundException _) {
                    // It is as wanted.
                }
            }
        }
    }
}
