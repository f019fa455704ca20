/// The hybrid store: what holds telemetry between a receiver and its exporters.
///
/// It knows no sender and no destination: back-pressure is a return value.
@NullMarked
package dev.colonnade.storage;

import org.jspecify.annotations.NullMarked;
