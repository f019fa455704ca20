/// Backends that fail in every way that they are told to, and exporters put together to face them.
@NullMarked
package dev.colonnade.exporters.testkit;

import org.jspecify.annotations.NullMarked;
