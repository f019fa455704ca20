/// Where batches leave: what users may configure about it, and what exporters are made from.
@NullMarked
package dev.colonnade.exporters;

import org.jspecify.annotations.NullMarked;
