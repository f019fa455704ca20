/// The sink: an OTLP backend that counts what arrives, checks it, and can misbehave on request.
@NullMarked
package dev.colonnade.benchmarks.sink;

import org.jspecify.annotations.NullMarked;
