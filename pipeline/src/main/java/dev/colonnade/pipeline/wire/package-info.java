/// The wire: OTLP seen as bytes, gRPC framing and statuses, and the codecs of both.
///
/// Nothing here knows Netty, and nothing here throws at bad input: what a peer sent is answered
/// with a value. Telemetry is read and written at absolute off-heap addresses; every reader of
/// foreign bytes compares an address with the extent it was given before it reads.
@NullMarked
package dev.colonnade.pipeline.wire;

import org.jspecify.annotations.NullMarked;
