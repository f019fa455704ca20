package dev.colonnade.agent.health;

import org.jspecify.annotations.Nullable;

/// The states of a component, named as the Collector names them (its component-status.md).
enum ComponentState {
    STARTING("StatusStarting", true),
    OK("StatusOK", true),
    /// Something is wrong that may go away by itself: a backend that is down.
    RECOVERABLE_ERROR("StatusRecoverableError", true),
    /// Something is wrong that somebody must see to.
    PERMANENT_ERROR("StatusPermanentError", false),
    /// The process cannot go on.
    FATAL_ERROR("StatusFatalError", false),
    STOPPING("StatusStopping", true),
    STOPPED("StatusStopped", false);

    private final String label;
    private final boolean isHealthy;

    ComponentState(String label, boolean isHealthy) {
        this.label = label;
        this.isHealthy = isHealthy;
    }

    /// The Collector's word for it.
    String label() {
        return label;
    }

    /// Whether a process in this state should be left alone.
    boolean isHealthy() {
        return isHealthy;
    }

    /// The graver of two, which is what a whole is in whose parts are in these.
    static ComponentState graver(ComponentState one, ComponentState other) {
        return one.gravity() >= other.gravity() ? one : other;
    }

    private int gravity() {
        return switch (this) {
            case OK -> 0;
            case STARTING -> 1;
            case STOPPED -> 2;
            case STOPPING -> 3;
            case RECOVERABLE_ERROR -> 4;
            case PERMANENT_ERROR -> 5;
            case FATAL_ERROR -> 6;
        };
    }

    /// A state with its reason.
    ///
    /// @param error what is wrong; null when nothing is
    record Reading(ComponentState state, @Nullable String error) {
        static final Reading OK = new Reading(ComponentState.OK, null);
    }
}
