/// Seeded telemetry as OTLP protobuf bytes, whose every record says where it came from.
@NullMarked
package dev.colonnade.benchmarks.data;

import org.jspecify.annotations.NullMarked;
