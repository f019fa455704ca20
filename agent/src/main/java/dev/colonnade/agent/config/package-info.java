/// The configuration: YAML read with positions, bound strictly to what components take, and checked
/// as a whole, so that every problem of a file is told in one run.
@NullMarked
package dev.colonnade.agent.config;

import org.jspecify.annotations.NullMarked;
