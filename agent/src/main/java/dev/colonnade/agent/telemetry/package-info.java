/// What the agent says about itself: metrics through Micrometer in Prometheus' text format, and log
/// lines on standard error.
@NullMarked
package dev.colonnade.agent.telemetry;

import org.jspecify.annotations.NullMarked;
