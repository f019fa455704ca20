/// The `file` exporter: OTLP into files, one batch after the other, rotated by size.
///
/// ```
///   loop:    take a lease -> job ---------+                    +--> ack, or give back and wait
///   writer:                               +-> encode -> write -+
/// ```
///
/// One job of each loop and pipeline is out at most, and one writer works at a time. A lease ends
/// only after the file system took all of its bytes; when it did not, what it took is cut off
/// again, so that a file holds whole batches and nothing else.
@NullMarked
package dev.colonnade.exporters.file;

import org.jspecify.annotations.NullMarked;
