package dev.colonnade.agent.telemetry;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.colonnade.pipeline.Metric;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/// What the virtual machine and the process use. The `otelcol_` names are the Collector's for the
/// same figures.
///
/// The management beans are first touched by the first scrape: that costs more than all the rest of
/// the start-up of metrics.
public final class JvmMetrics implements AutoCloseable {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int PAGE_BYTES = 4096;

    private static final Metric BUILD_INFO =
            Metric.gauge(
                    "colonnade_build_info",
                    "boolean",
                    "Always 1; what is running, and on which Java.",
                    "version",
                    "java");
    private static final Metric MEMORY_USED =
            Metric.gauge("jvm_memory_used_bytes", "bytes", "Memory in use.", "area");
    private static final Metric MEMORY_COMMITTED =
            Metric.gauge(
                    "jvm_memory_committed_bytes",
                    "bytes",
                    "Memory that the virtual machine has from the system.",
                    "area");
    private static final Metric MEMORY_MAX =
            Metric.gauge("jvm_memory_max_bytes", "bytes", "The most it may take.", "area");
    private static final Metric ALLOCATED =
            Metric.counter(
                    "jvm_gc_memory_allocated_bytes",
                    "bytes",
                    "Heap memory ever allocated, by all threads.");
    private static final Metric COLLECTIONS =
            Metric.counter("jvm_gc_collections", "collections", "Garbage collections.");
    private static final Metric COLLECTION_SECONDS =
            Metric.counter("jvm_gc_seconds", "seconds", "Time in garbage collections.");
    private static final Metric PAUSES =
            Metric.histogram(
                    "jvm_gc_pause_seconds",
                    "Pauses for garbage collection since the first scrape, to the millisecond.",
                    "gc");
    private static final Metric THREADS =
            Metric.gauge("jvm_threads_live_threads", "threads", "Platform threads.");
    private static final Metric THREADS_PEAK =
            Metric.gauge(
                    "jvm_threads_peak_threads", "threads", "The most platform threads so far.");
    private static final Metric PROCESSORS =
            Metric.gauge(
                    "jvm_available_processors",
                    "processors",
                    "Processors that the process may use, the container's limit rounded up.");
    private static final Metric CPU =
            Metric.counter(
                    "process_cpu_seconds", "seconds", "User and system time of the process.");
    private static final Metric UPTIME =
            Metric.gauge("process_uptime_seconds", "seconds", "Time since the start.");
    private static final Metric STARTED =
            Metric.gauge(
                    "process_start_time_seconds", "seconds", "When it was started, since 1970.");
    private static final Metric RESIDENT =
            Metric.gauge(
                    "process_resident_memory_bytes",
                    "bytes",
                    "Resident memory, shared libraries included; absent where /proc does not say.");
    private static final Metric OPEN_FILES =
            Metric.gauge("process_open_fds", "files", "Open file descriptors, sockets among them.");
    private static final Metric OTELCOL_UPTIME =
            Metric.counter("otelcol_process_uptime", "seconds", "Time since the start.");
    private static final Metric OTELCOL_CPU =
            Metric.counter(
                    "otelcol_process_cpu_seconds",
                    "seconds",
                    "User and system time of the process.");
    private static final Metric OTELCOL_RESIDENT =
            Metric.gauge(
                    "otelcol_process_memory_rss",
                    "bytes",
                    "Resident memory; absent where /proc does not say.");
    private static final Metric OTELCOL_HEAP =
            Metric.gauge("otelcol_process_runtime_heap_alloc_bytes", "bytes", "Heap in use.");
    private static final Metric OTELCOL_ALLOCATED =
            Metric.counter(
                    "otelcol_process_runtime_total_alloc_bytes",
                    "bytes",
                    "Heap memory ever allocated, by all threads.");
    private static final Metric OTELCOL_SYSTEM =
            Metric.gauge(
                    "otelcol_process_runtime_total_sys_memory_bytes",
                    "bytes",
                    "Memory that the virtual machine has from the system, heap and not.");

    /// Every one of them.
    public static final List<Metric> ALL =
            List.of(
                    BUILD_INFO,
                    MEMORY_USED,
                    MEMORY_COMMITTED,
                    MEMORY_MAX,
                    ALLOCATED,
                    COLLECTIONS,
                    COLLECTION_SECONDS,
                    PAUSES,
                    THREADS,
                    THREADS_PEAK,
                    PROCESSORS,
                    CPU,
                    UPTIME,
                    STARTED,
                    RESIDENT,
                    OPEN_FILES,
                    OTELCOL_UPTIME,
                    OTELCOL_CPU,
                    OTELCOL_RESIDENT,
                    OTELCOL_HEAP,
                    OTELCOL_ALLOCATED,
                    OTELCOL_SYSTEM);

    private final GcPauses pauses;

    private JvmMetrics(GcPauses pauses) {
        this.pauses = pauses;
    }

    /// Registers them; closing what is returned ends the listening to collections.
    public static JvmMetrics register(Metrics metrics, String version) {
        metrics.gauge(BUILD_INFO, () -> 1, version, Runtime.version().toString());
        memory(metrics);
        process(metrics);
        metrics.counter(COLLECTIONS, () -> (long) sum(GarbageCollectorMXBean::getCollectionCount));
        metrics.decimalCounter(
                COLLECTION_SECONDS,
                () -> sum(GarbageCollectorMXBean::getCollectionTime) / MILLIS_PER_SECOND);
        GcPauses pauses = new GcPauses(gc -> metrics.histogram(PAUSES, gc));
        metrics.beforeFirstScrape(pauses::listen);
        return new JvmMetrics(pauses);
    }

    @Override
    public void close() {
        pauses.close();
    }

    private static void memory(Metrics metrics) {
        metrics.gauge(MEMORY_USED, () -> heap().getUsed(), "heap");
        metrics.gauge(MEMORY_USED, () -> nonHeap().getUsed(), "nonheap");
        metrics.gauge(MEMORY_COMMITTED, () -> heap().getCommitted(), "heap");
        metrics.gauge(MEMORY_COMMITTED, () -> nonHeap().getCommitted(), "nonheap");
        metrics.gauge(MEMORY_MAX, () -> Runtime.getRuntime().maxMemory(), "heap");
        metrics.counter(ALLOCATED, () -> threads().getTotalThreadAllocatedBytes());
        metrics.gauge(THREADS, () -> threads().getThreadCount());
        metrics.gauge(THREADS_PEAK, () -> threads().getPeakThreadCount());
        metrics.gauge(OTELCOL_HEAP, () -> heap().getUsed());
        metrics.counter(OTELCOL_ALLOCATED, () -> threads().getTotalThreadAllocatedBytes());
        metrics.gauge(OTELCOL_SYSTEM, () -> heap().getCommitted() + nonHeap().getCommitted());
    }

    private static void process(Metrics metrics) {
        metrics.gauge(PROCESSORS, () -> Runtime.getRuntime().availableProcessors());
        metrics.decimalCounter(CPU, JvmMetrics::cpuSeconds);
        metrics.decimalCounter(OTELCOL_CPU, JvmMetrics::cpuSeconds);
        metrics.gauge(UPTIME, JvmMetrics::uptimeSeconds);
        metrics.decimalCounter(OTELCOL_UPTIME, JvmMetrics::uptimeSeconds);
        metrics.gauge(
                STARTED,
                () -> ManagementFactory.getRuntimeMXBean().getStartTime() / MILLIS_PER_SECOND);
        metrics.gauge(RESIDENT, JvmMetrics::residentBytes);
        metrics.gauge(OTELCOL_RESIDENT, JvmMetrics::residentBytes);
        metrics.gauge(OPEN_FILES, JvmMetrics::openFiles);
    }

    private static double cpuSeconds() {
        return system().getProcessCpuTime() / NANOS_PER_SECOND;
    }

    private static double uptimeSeconds() {
        return ManagementFactory.getRuntimeMXBean().getUptime() / MILLIS_PER_SECOND;
    }

    private static double residentBytes() {
        try {
            String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ", 3);
            return Long.parseLong(pages[1]) * (double) PAGE_BYTES;
        } catch (IOException | NumberFormatException _) {
            return Double.NaN;
        }
    }

    private static double openFiles() {
        return system() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : Double.NaN;
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
