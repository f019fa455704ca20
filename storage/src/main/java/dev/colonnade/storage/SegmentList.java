package dev.colonnade.storage;

import org.jspecify.annotations.Nullable;

/// A shard's segments from the oldest that holds anything to the newest, which is never packed.
///
/// A segment that leaves keeps its `next`, for cursors that stand at its end; whoever replaces
/// segments has those go on first.
final class SegmentList {
    private Segment oldest;
    private Segment newest;

    SegmentList(Segment first) {
        oldest = first;
        newest = first;
    }

    Segment oldest() {
        return oldest;
    }

    Segment newest() {
        return newest;
    }

    /// Seals the newest and appends `fresh`.
    void append(Segment fresh) {
        newest.sealed = true;
        newest.next = fresh;
        fresh.previous = newest;
        newest = fresh;
    }

    /// Takes a sealed segment out.
    void remove(Segment segment) {
        Segment after = following(segment);
        link(segment.previous, after);
        segment.previous = null;
    }

    /// Puts `fresh` before `segment`.
    void insertBefore(Segment fresh, Segment segment) {
        link(segment.previous, fresh);
        link(fresh, segment);
    }

    private void link(@Nullable Segment before, Segment after) {
        after.previous = before;
        if (before == null) {
            oldest = after;
        } else {
            before.next = after;
        }
    }

    /// What stands behind a sealed segment.
    static Segment following(Segment segment) {
        Segment next = segment.next;
        if (next == null) {
            throw new IllegalStateException("newest segment has nothing behind it");
        }
        return next;
    }
}
