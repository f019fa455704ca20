/// Delivery: everything between a cursor and the wire that both OTLP protocols share.
///
/// ```
/// cursor -> lease -> shipment -> part -> frame -> transport -> peer
///                       ^                            |
///                       +------- outcome ------------+
/// ```
///
/// [dev.colonnade.exporters.delivery.DeliveryShard] is the policy, one for each loop and exporter,
/// run on its loop only; a [dev.colonnade.exporters.delivery.Transport] is the protocol. What the
/// loops of one exporter share is small and said to be so: the permits and the back-off.
@NullMarked
package dev.colonnade.exporters.delivery;

import org.jspecify.annotations.NullMarked;
