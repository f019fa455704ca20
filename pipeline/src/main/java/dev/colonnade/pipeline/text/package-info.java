/// OTLP as text for people, laid out as the Collector's `debug` exporter prints it.
///
/// Made for reading, not for speed: it builds objects, one record's at a time.
@NullMarked
package dev.colonnade.pipeline.text;

import org.jspecify.annotations.NullMarked;
