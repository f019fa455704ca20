/// Whether the process lives, which is for probes, and whether it makes progress, which is for
/// people: kept apart, so that a backend that is down never has the process killed.
@NullMarked
package dev.colonnade.agent.health;

import org.jspecify.annotations.NullMarked;
