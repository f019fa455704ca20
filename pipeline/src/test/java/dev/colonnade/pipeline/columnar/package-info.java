/// Columns against protobuf-java: what is written into blocks comes back as it was.
@NullMarked
package dev.colonnade.pipeline.columnar;

import org.jspecify.annotations.NullMarked;
