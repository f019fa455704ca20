/// The graph: stores with their budgets, routes from receivers through connectors into them, and
/// the components at both ends, built from a checked configuration.
@NullMarked
package dev.colonnade.agent.graph;

import org.jspecify.annotations.NullMarked;
