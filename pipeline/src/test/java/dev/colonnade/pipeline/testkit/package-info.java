/// What tests of several modules share: oracles, generators of telemetry, off-heap helpers.
@NullMarked
package dev.colonnade.pipeline.testkit;

import org.jspecify.annotations.NullMarked;
