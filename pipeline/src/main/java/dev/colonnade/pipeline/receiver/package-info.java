/// What receivers have in common.
@NullMarked
package dev.colonnade.pipeline.receiver;

import org.jspecify.annotations.NullMarked;
