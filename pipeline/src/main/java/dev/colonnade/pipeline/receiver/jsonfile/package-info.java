/// The `otlp_json_file` receiver: reads files of OTLP/JSON lines, as the `file` exporter writes
/// them.
///
/// ```
///   borrowed thread:  find files -> read a chunk -> wait <------------+
///   loop:                             +-> lines -> protobuf -> offer -+  taken, or not yet
/// ```
///
/// What is not taken is read again later: the file is the buffer.
@NullMarked
package dev.colonnade.pipeline.receiver.jsonfile;

import org.jspecify.annotations.NullMarked;
