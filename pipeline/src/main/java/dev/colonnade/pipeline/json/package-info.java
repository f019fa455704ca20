/// OTLP as JSON: in (to protobuf bytes) and out (from protobuf bytes), and the one description of
/// OTLP's messages that both share.
///
/// Both directions stream between absolute off-heap addresses and small chunks; neither builds a
/// message. Bad input is a value with a position, never an exception.
@NullMarked
package dev.colonnade.pipeline.json;

import org.jspecify.annotations.NullMarked;
