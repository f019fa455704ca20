/// The process: its command line, its life from start to drain, and the wiring of everything.
@NullMarked
package dev.colonnade.agent;

import org.jspecify.annotations.NullMarked;
