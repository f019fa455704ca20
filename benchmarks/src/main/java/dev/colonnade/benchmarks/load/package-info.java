/// The load generator: an open-loop OTLP client on HTTP/1.1 and gRPC.
@NullMarked
package dev.colonnade.benchmarks.load;

import org.jspecify.annotations.NullMarked;
