/// The exporter `debug`: says what passes, in lines for people.
@NullMarked
package dev.colonnade.exporters.debug;

import org.jspecify.annotations.NullMarked;
