package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// Where a cursor stands: before an entry of a segment or of a window, or at the end.
final class Place {
    private final Cursor cursor;
    Segment segment;
    int index;

    /// When the next entry was received, while it is a packed one.
    private long packedNanos;

    Place(Cursor cursor, Segment segment) {
        this.cursor = cursor;
        this.segment = segment;
    }

    /// Goes on to the next entry and has it as a row; false when there is none, or no memory to
    /// unpack it.
    boolean moveToRow() {
        if (!moveToEntry()) {
            return false;
        }
        Window window = segment.window;
        if (window != null && window.isColumns()) {
            Segment columns = segment;
            leave(columns);
            window.state.part.closeUnused(columns);
        }
        PackedState packed = segment.packed;
        if (packed == null) {
            return true;
        }
        @Nullable Segment rows = packed.part.window(segment, packed, index, cursor);
        if (rows == null) {
            return false;
        }
        index -= PackedPart.windowOf(rows).start;
        segment = rows;
        return true;
    }

    /// Goes on to the next entry and has it described where it is in a block and nobody has rows of
    /// it open here; false when there is none, or no memory.
    boolean moveToColumns() {
        if (!moveToEntry()) {
            return false;
        }
        PackedState packed = segment.packed;
        if (packed == null) {
            return true;
        }
        @Nullable Segment columns = packed.part.columns(segment, packed, index, cursor);
        if (columns == null) {
            return false;
        }
        index -= PackedPart.windowOf(columns).start;
        segment = columns;
        return true;
    }

    /// Whether this is before an entry that is described and not unpacked.
    boolean isInColumns() {
        Window window = segment.window;
        return window != null && window.isColumns();
    }

    /// Goes on to the segment of the next entry; false when there is none.
    boolean moveToEntry() {
        while (isAtEnd()) {
            Window window = segment.window;
            if (window != null) {
                Segment done = segment;
                leave(done);
                window.state.part.closeUnused(done);
                continue;
            }
            @Nullable Segment next = segment.next;
            if (next == null) {
                return false;
            }
            segment = next;
            index = next.from;
            if (next.packed != null) {
                packedNanos = next.packed.facts.firstNanos();
            }
        }
        return true;
    }

    boolean isAtEnd() {
        return index == segment.count;
    }

    /// Where the next entry is in the shard.
    long position() {
        return segment.basePosition + index;
    }

    /// When the next entry, which there must be, was received.
    long receivedNanos() {
        return segment.packed != null
                ? packedNanos
                : OffHeap.getLong(segment.entry(index) + EntryDescriptor.RECEIVED);
    }

    /// The segment in the list in which this is, which may be at its end.
    Segment listed() {
        Window window = segment.window;
        return window == null ? segment : window.home;
    }

    /// The index there.
    int listedIndex() {
        Window window = segment.window;
        return window == null ? index : window.start + index;
    }

    /// Whether this is before an entry of a window.
    boolean needs(Segment window) {
        return segment == window && !isAtEnd();
    }

    /// Whether this is in a packed segment, behind its first entry and before its end.
    boolean isInside(Segment home) {
        return segment == home && index > home.from && index < home.count;
    }

    /// The packed segment before which this is and in which nobody is; null when there is no such.
    @Nullable PackedState whole() {
        PackedState packed = segment.packed;
        return packed != null && index == segment.from && !packed.isEntered() ? packed : null;
    }

    /// Goes from rows to the packed segment that they became a part of.
    void redirect(Segment home, int place, long nextNanos) {
        segment = home;
        index = place;
        packedNanos = nextNanos;
    }

    /// Goes on by one packed entry.
    void pass(long nextNanos) {
        index++;
        packedNanos = nextNanos;
    }

    /// Goes from a window back to where it was rebuilt from.
    void leave(Segment rows) {
        Window window = rows.window;
        if (segment != rows || window == null) {
            return;
        }
        packedNanos = isAtEnd() ? window.nextNanos : receivedNanos();
        segment = window.home;
        index += window.start;
    }

    /// How many cursors have not settled the entry with that index.
    static int pending(Segment segment, int index) {
        Window window = segment.window;
        if (window != null) {
            return window.state.pending(window.start + index);
        }
        PackedState packed = segment.packed;
        return packed != null
                ? packed.pending(index)
                : OffHeap.getByte(segment.entry(index) + EntryDescriptor.PENDING);
    }
}
