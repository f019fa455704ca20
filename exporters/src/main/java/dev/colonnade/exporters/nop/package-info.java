/// The exporter `nop`: takes everything and sends nothing.
@NullMarked
package dev.colonnade.exporters.nop;

import org.jspecify.annotations.NullMarked;
