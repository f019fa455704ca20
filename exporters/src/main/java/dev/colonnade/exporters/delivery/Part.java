package dev.colonnade.exporters.delivery;

/// What of a lease is sent as one request: a run of entries, or a run of records of one entry.
///
/// @param entry the first entry's index in the lease
/// @param entries how many; 1 for a run of records
/// @param from the first record of the run
/// @param to behind the last record of the run; [#ALL] for whole entries
record Part(int entry, int entries, int from, int to) {
    /// `to` of whole entries.
    static final int ALL = -1;

    static Part ofEntries(int entry, int entries) {
        return new Part(entry, entries, 0, ALL);
    }

    static Part ofRecords(int entry, int from, int to) {
        return new Part(entry, 1, from, to);
    }

    boolean isWhole() {
        return to == ALL;
    }
}
