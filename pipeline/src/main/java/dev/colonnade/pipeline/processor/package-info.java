/// What processors share: reading and splicing protobuf bytes in place, and the processors of the
/// OpenTelemetry Collector that are settings here (`batch`, `memory_limiter`).
@NullMarked
package dev.colonnade.pipeline.processor;

import org.jspecify.annotations.NullMarked;
