/// Columns as Arrow buffers, over the memory that rows live in as well.
@NullMarked
package dev.colonnade.storage.columnar;

import org.jspecify.annotations.NullMarked;
