package dev.colonnade.storage;

/// Whether consumers want columns, from what they asked for lately.
///
/// Demand begins when most of some twenty askings were for columns and ends when few are, so that a
/// consumer of each kind does not turn the store to and fro.
final class ColumnDemand {
    private static final double WEIGHT = 0.1;
    private static final double BEGIN = 0.6;
    private static final double END = 0.3;

    private double columns;
    private boolean wants;

    void asked(boolean isForColumns) {
        columns += WEIGHT * ((isForColumns ? 1 : 0) - columns);
        wants = columns > (wants ? END : BEGIN);
    }

    boolean wantsColumns() {
        return wants;
    }
}
