package dev.colonnade.agent.telemetry;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.colonnade.pipeline.Metric;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// What the virtual machine and the process use.
///
/// The management beans are first touched by the first scrape: that costs more than all the rest of
/// the start-up of metrics.
public final class JvmMetrics {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int PAGE_BYTES = 4096;

    private JvmMetrics() {}

    /// Registers them.
    public static void register(Metrics metrics, String version) {
        metrics.gauge(
                Metric.gauge("colonnade_build_info", "", "Always 1; what is running.", "version"),
                () -> 1,
                version);
        memory(metrics);
        collectors(metrics);
        process(metrics);
    }

    private static void memory(Metrics metrics) {
        Metric used = Metric.gauge("jvm_memory_used_bytes", "bytes", "Memory in use.", "area");
        Metric committed =
                Metric.gauge(
                        "jvm_memory_committed_bytes",
                        "bytes",
                        "Memory that the virtual machine has from the system.",
                        "area");
        Metric max = Metric.gauge("jvm_memory_max_bytes", "bytes", "The most it may take.", "area");
        metrics.gauge(used, () -> heap().getUsed(), "heap");
        metrics.gauge(used, () -> nonHeap().getUsed(), "nonheap");
        metrics.gauge(committed, () -> heap().getCommitted(), "heap");
        metrics.gauge(committed, () -> nonHeap().getCommitted(), "nonheap");
        metrics.gauge(max, () -> Runtime.getRuntime().maxMemory(), "heap");
        counter(
                metrics,
                "jvm_gc_memory_allocated_bytes",
                "Heap memory ever allocated, by all threads.",
                () -> threads().getTotalThreadAllocatedBytes());
        metrics.gauge(
                Metric.gauge("jvm_threads_live_threads", "", "Platform threads."),
                () -> threads().getThreadCount());
    }

    private static void collectors(Metrics metrics) {
        counter(
                metrics,
                "jvm_gc_collections",
                "Garbage collections.",
                () -> (long) sum(GarbageCollectorMXBean::getCollectionCount));
        metrics.decimalCounter(
                Metric.counter("jvm_gc_seconds", "seconds", "Time in garbage collections."),
                () -> sum(GarbageCollectorMXBean::getCollectionTime) / MILLIS_PER_SECOND);
    }

    private static void process(Metrics metrics) {
        metrics.decimalCounter(
                Metric.counter(
                        "process_cpu_seconds", "seconds", "User and system time of the process."),
                () -> system().getProcessCpuTime() / NANOS_PER_SECOND);
        gauge(
                metrics,
                "process_uptime_seconds",
                "Time since the start.",
                () -> ManagementFactory.getRuntimeMXBean().getUptime() / MILLIS_PER_SECOND);
        gauge(
                metrics,
                "process_start_time_seconds",
                "When it was started, since 1970.",
                () -> ManagementFactory.getRuntimeMXBean().getStartTime() / MILLIS_PER_SECOND);
        gauge(
                metrics,
                "process_resident_memory_bytes",
                "Resident memory, shared libraries included; absent where /proc does not say.",
                JvmMetrics::residentBytes);
    }

    private static void gauge(Metrics metrics, String name, String help, DoubleSupplier value) {
        metrics.gauge(Metric.gauge(name, "", help), value);
    }

    private static void counter(Metrics metrics, String name, String help, LongSupplier value) {
        metrics.counter(Metric.counter(name, "", help), value);
    }

    private static double residentBytes() {
        try {
            String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ", 3);
            return Long.parseLong(pages[1]) * (double) PAGE_BYTES;
        } catch (IOException | NumberFormatException _) {
            return Double.NaN;
        }
    }

    private static MemoryUsage heap() {
        return memoryBean().getHeapMemoryUsage();
    }

    private static MemoryUsage nonHeap() {
        return memoryBean().getNonHeapMemoryUsage();
    }

    private static MemoryMXBean memoryBean() {
        return ManagementFactory.getMemoryMXBean();
    }

    private static ThreadMXBean threads() {
        return (ThreadMXBean) ManagementFactory.getThreadMXBean();
    }

    private static OperatingSystemMXBean system() {
        return (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    }

    private static double sum(Function<GarbageCollectorMXBean, Long> figure) {
        long sum = 0;
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            sum += Math.max(0, figure.apply(bean));
        }
        return sum;
    }
}
