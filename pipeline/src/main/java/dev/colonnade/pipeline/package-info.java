/// The contracts of the data path: event loops, routes from a receiver to stores, receivers,
/// exporters, and the metrics they declare.
@NullMarked
package dev.colonnade.pipeline;

import org.jspecify.annotations.NullMarked;
