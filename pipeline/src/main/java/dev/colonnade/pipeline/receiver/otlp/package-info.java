/// The OTLP receiver: gRPC and HTTP/1.1, protobuf. It reserves room before it reads, copies a body
/// at most once, skims it, and answers when the stores of its route have taken it.
@NullMarked
package dev.colonnade.pipeline.receiver.otlp;

import org.jspecify.annotations.NullMarked;
