package dev.colonnade.storage;

/// What makes a segment a window: rows that were rebuilt from a part of a packed segment, or, for
/// whoever reads the block itself, the descriptions of its entries alone.
///
/// Its payloads stand in one slab of its own, which goes with it. What its entries are worth to
/// whom is said in the packed segment, because windows may overlap.
final class Window {
    /// In the place of a slab where there are descriptions alone: no table has it.
    static final int NO_SLOT = -1;

    /// The packed segment.
    final Segment home;

    final PackedState state;

    /// The index there of the window's first entry.
    final int start;

    /// The slab of its payloads; [#NO_SLOT] where it has none.
    final int slot;

    /// When the entry behind its last was received; of no meaning when there is none.
    final long nextNanos;

    /// Leases over its entries, out or given back.
    int leases;

    /// Whether something was taken from it since the last tick.
    boolean touched = true;

    Window(Segment home, PackedState state, int start, int slot, long nextNanos) {
        this.home = home;
        this.state = state;
        this.start = start;
        this.slot = slot;
        this.nextNanos = nextNanos;
    }

    /// Whether its payloads are in the block alone.
    boolean isColumns() {
        return slot == NO_SLOT;
    }
}
