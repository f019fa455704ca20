/// Who may send, and what a client says of itself: credentials of requests, checked and given.
@NullMarked
package dev.colonnade.pipeline.auth;

import org.jspecify.annotations.NullMarked;
