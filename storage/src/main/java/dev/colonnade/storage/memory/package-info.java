/// Off-heap telemetry memory: the budget tree, slabs, and what a container allows.
@NullMarked
package dev.colonnade.storage.memory;

import org.jspecify.annotations.NullMarked;
