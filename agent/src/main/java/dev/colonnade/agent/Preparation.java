package dev.colonnade.agent;

import dev.colonnade.pipeline.Loops;

/// Loads what serving needs while the configuration is read, where there is a second processor to
/// do it on: a tenth of a start.
///
/// Until [#await] returns nothing else may touch Netty, whose classes initialise each other: two
/// threads that begin at different ends would wait for each other for ever.
final class Preparation {
    private final Thread thread =
            Thread.ofPlatform().name("colonnade-start").unstarted(Loops::prepare);

    private Preparation() {}

    /// Begins.
    static Preparation begin() {
        Preparation preparation = new Preparation();
        if (Runtime.getRuntime().availableProcessors() > 1) {
            preparation.thread.setDaemon(true);
            preparation.thread.start();
        }
        return preparation;
    }

    /// Waits for the end; at once where nothing was begun.
    void await() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
