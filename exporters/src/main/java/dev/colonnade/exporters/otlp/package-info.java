/// The exporters `otlp_grpc` and `otlp_http`: OTLP over HTTP/2 and over HTTP/1.1, on the loops that
/// the records arrived on.
///
/// What becomes of a refusal, a silence or a broken connection is delivery's business; here it is
/// only found out and named.
@NullMarked
package dev.colonnade.exporters.otlp;

import org.jspecify.annotations.NullMarked;
