/// Yardsticks: what the load generator, the sink and the reports share.
///
/// Nothing here is used by the agent, and nothing here uses the agent's receivers or exporters:
/// both ends of a measurement are written apart from what is measured.
@NullMarked
package dev.colonnade.benchmarks;

import org.jspecify.annotations.NullMarked;
