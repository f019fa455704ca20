/// TLS of listeners and clients: what users may say of it, and certificates that are renewed while
/// connections go on.
@NullMarked
package dev.colonnade.pipeline.tls;

import org.jspecify.annotations.NullMarked;
