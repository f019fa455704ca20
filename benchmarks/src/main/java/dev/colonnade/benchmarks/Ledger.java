package dev.colonnade.benchmarks;

import java.util.Arrays;

/// What became of each request, as the sender knows it; written as runs of equal fate.
///
/// Two bits per request. Text form: `generator=N`, `N accepted recordsPerRequest`, then `A first
/// last` for accepted, `R` refused, `U` uncertain (no answer). For bodies that repeat, `C slot
/// accepted uncertain`.
public final class Ledger {
    /// A request's fate.
    public enum Fate {
        /// Never sent: its records must not arrive.
        UNSENT,
        /// Promised.
        ACCEPTED,
        /// Refused: its records should not arrive.
        REFUSED,
        /// Sent, and no answer came: anything is right.
        UNCERTAIN
    }

    private final int generator;
    private final int recordsPerRequest;
    private byte[] fates = new byte[4096];
    private long requests;
    private long accepted;
    private final long[] slotAccepted;
    private final long[] slotUncertain;

    /// @param repeatingSlots size of the ring where bodies repeat, else 0
    public Ledger(int generator, int recordsPerRequest, int repeatingSlots) {
        this.generator = generator;
        this.recordsPerRequest = recordsPerRequest;
        this.slotAccepted = new long[repeatingSlots];
        this.slotUncertain = new long[repeatingSlots];
    }

    /// Notes the fate of a request; a later fate replaces an earlier one (a retry), where bodies do
    /// not repeat.
    ///
    /// @param request below 2^32
    public void note(long request, Fate fate) {
        if (fate == Fate.ACCEPTED) {
            accepted++;
        }
        if (slotAccepted.length > 0) {
            int slot = (int) (request % slotAccepted.length);
            if (fate == Fate.ACCEPTED) {
                slotAccepted[slot]++;
            } else if (fate == Fate.UNCERTAIN) {
                slotUncertain[slot]++;
            }
            return;
        }
        int at = Math.toIntExact(request >>> 2);
        if (at >= fates.length) {
            fates = Arrays.copyOf(fates, Math.max(at + 1, fates.length * 2));
        }
        int shift = (int) (request & 3) * 2;
        fates[at] = (byte) ((fates[at] & ~(3 << shift)) | (fate.ordinal() << shift));
        requests = Math.max(requests, request + 1);
    }

    /// The text form.
    public String toText() {
        StringBuilder text = new StringBuilder();
        text.append("generator=").append(generator).append('\n');
        text.append("N ").append(accepted).append(' ').append(recordsPerRequest).append('\n');
        for (int slot = 0; slot < slotAccepted.length; slot++) {
            text.append("C ")
                    .append(slot)
                    .append(' ')
                    .append(slotAccepted[slot])
                    .append(' ')
                    .append(slotUncertain[slot])
                    .append('\n');
        }
        for (long first = 0; first < requests; ) {
            int fate = fate(first);
            long next = first + 1;
            while (next < requests && fate(next) == fate) {
                next++;
            }
            if (fate != Fate.UNSENT.ordinal()) {
                text.append(" ARU".charAt(fate))
                        .append(' ')
                        .append(first)
                        .append(' ')
                        .append(next - 1)
                        .append('\n');
            }
            first = next;
        }
        return text.toString();
    }

    private int fate(long request) {
        return (fates[(int) (request >>> 2)] >>> ((int) (request & 3) * 2)) & 3;
    }
}
