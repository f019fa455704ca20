package dev.colonnade.agent;

import dev.colonnade.agent.graph.Graph;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.health.AgentHealth;
import dev.colonnade.agent.telemetry.Console;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Route;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.memory.ContainerMemory;
import dev.colonnade.storage.memory.MemoryPlan;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// What is done once a second: on each loop, what its stores and routes ask for; on the admin loop,
/// what the slabs that nobody needs give back, and the budget's correction by what the control
/// group says of the whole process.
final class Housekeeping {
    private static final long PERIOD_SECONDS = 1;

    private final List<ScheduledFuture<?>> tasks = new ArrayList<>();

    private Housekeeping() {}

    /// Begins.
    static Housekeeping start(
            Graph graph,
            Loops loops,
            Loops admin,
            TelemetryMemory memory,
            ContainerMemory container,
            MemoryPlan plan,
            AgentHealth health) {
        Housekeeping housekeeping = new Housekeeping();
        for (int loop = 0; loop < loops.count(); loop++) {
            LoopTask task = new LoopTask(graph, loop, health);
            housekeeping.tasks.add(every(loops, loop, task::run));
        }
        housekeeping.tasks.add(every(admin, 0, memory.pool()::trimIdle));
        housekeeping.tasks.add(every(admin, 0, health::tick));
        housekeeping.tasks.add(every(admin, 0, Console.ofProcess()::tellHeld));
        if (container.limitBytes().isPresent()) {
            housekeeping.tasks.add(every(admin, 0, () -> correct(memory, container, plan)));
        }
        return housekeeping;
    }

    /// Ends; what runs just now runs to its end.
    void stop() {
        tasks.forEach(task -> task.cancel(false));
    }

    /// Sets the budget to what the runtime leaves of the container's limit.
    static void correct(TelemetryMemory memory, ContainerMemory container, MemoryPlan plan) {
        OptionalLong used = container.usedBytes();
        if (used.isPresent()) {
            long runtime = Math.max(0, used.getAsLong() - memory.root().reserved());
            memory.root().limit(plan.correctedBudgetBytes(runtime));
        }
    }

    private static ScheduledFuture<?> every(Loops loops, int loop, Runnable task) {
        return loops.loop(loop)
                .scheduleAtFixedRate(task, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
    }

    /// One loop's part.
    private static final class LoopTask {
        private final Graph graph;
        private final List<Route> routes;
        private final long[] accepted;
        private final int loop;
        private final AgentHealth health;

        LoopTask(Graph graph, int loop, AgentHealth health) {
            this.graph = graph;
            this.health = health;
            this.loop = loop;
            routes = graph.routes();
            accepted = new long[routes.size()];
        }

        void run() {
            health.beat(loop);
            for (HybridStore store : graph.stores().values()) {
                store.shard(loop).tick();
            }
            for (int index = 0; index < accepted.length; index++) {
                long now = routes.get(index).shard(loop).acceptedRecords();
                if (now == accepted[index]) {
                    routes.get(index).shard(loop).trimIdle();
                }
                accepted[index] = now;
            }
        }
    }
}
