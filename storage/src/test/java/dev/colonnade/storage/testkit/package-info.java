/// What tests of this module and of those above it share: memory that proves it leaked nothing, a
/// clock moved by hand, and batches with known bytes.
@NullMarked
package dev.colonnade.storage.testkit;

import org.jspecify.annotations.NullMarked;
