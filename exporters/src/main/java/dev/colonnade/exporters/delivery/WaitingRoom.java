package dev.colonnade.exporters.delivery;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks for one among the shipments that wait to be sent.
final class WaitingRoom {
    private WaitingRoom() {}

    /// The one that is the probe under way, cut and to be sent on; null when none is.
    static @Nullable Shipment probe(List<Shipment> waiting, BackOff backOff) {
        for (Shipment shipment : waiting) {
            if (backOff.isProbe(shipment.probe)) {
                return shipment;
            }
        }
        return null;
    }

    /// The one with the fewest attempts, the oldest of those; null when none can be sent.
    ///
    /// @param isStalled whether no frame can be made now
    static @Nullable Shipment leastTried(List<Shipment> waiting, boolean isStalled) {
        Shipment least = null;
        for (Shipment shipment : waiting) {
            boolean canBeSent = shipment.frame().isReady() || !isStalled;
            if (canBeSent && (least == null || shipment.attempts < least.attempts)) {
                least = shipment;
            }
        }
        return least;
    }

    /// Takes the memory from those who wait for more.
    static void giveUpRoom(List<Shipment> waiting) {
        for (Shipment shipment : waiting) {
            if (!shipment.frame().isReady()) {
                shipment.dropInflated();
            }
        }
    }
}
