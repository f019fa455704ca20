package dev.colonnade.exporters.delivery;

import dev.colonnade.storage.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A loop without a thread: tasks run when the test says so, timers when it moves the clock.
final class ManualLoop implements DeliveryLoop {
    private record Alarm(long atNanos, Runnable task) {}

    private final ManualClock clock;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<Alarm> alarms = new ArrayList<>();

    ManualLoop(ManualClock clock) {
        this.clock = clock;
    }

    @Override
    public long nanos() {
        return clock.getAsLong();
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public Timer schedule(Runnable task, long delayNanos) {
        Alarm alarm = new Alarm(nanos() + delayNanos, task);
        alarms.add(alarm);
        return () -> alarms.remove(alarm);
    }

    boolean runTasks() {
        boolean ran = false;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            ran = true;
        }
        return ran;
    }

    boolean runAlarms() {
        List<Alarm> due =
                alarms.stream()
                        .filter(alarm -> alarm.atNanos() <= nanos())
                        .sorted(Comparator.comparingLong(Alarm::atNanos))
                        .toList();
        for (Alarm alarm : due) {
            if (alarms.remove(alarm)) {
                alarm.task().run();
            }
        }
        return !due.isEmpty();
    }

    /// How long until the next alarm; a day when there is none.
    long nextNanos() {
        return alarms.stream()
                .mapToLong(alarm -> alarm.atNanos() - nanos())
                .min()
                .orElse(Duration.ofDays(1).toNanos());
    }

    int alarms() {
        return alarms.size();
    }
}
