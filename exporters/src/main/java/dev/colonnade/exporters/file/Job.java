package dev.colonnade.exporters.file;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoredBlock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A lease on its way through the writer: what may be read of it on another thread.
///
/// Filled on the loop, written by the writer, read on the loop again; whoever has it is its only
/// user. Reused.
final class Job {
    private final Signal signal;
    private final FileShard shard;
    private long[] addresses = new long[16];
    private int[] lengths = new int[16];
    private int[] records = new int[16];
    private boolean[] refused = new boolean[16];
    private int parts;
    private int refusedParts;
    private String refusal = "";
    private String failure = "";

    /// Where the records are where they are in a block, which then is the one part.
    private @Nullable StoredBlock block;

    private int blockIndex;
    private int blockEntries;
    private boolean wantsRows;

    /// How the one part is compressed; several are plain.
    Codec codec = Codec.IDENTITY;

    Job(Signal signal, FileShard shard) {
        this.signal = signal;
        this.shard = shard;
    }

    void fill(Lease lease) {
        block = lease.isColumns() ? lease.block() : null;
        wantsRows = false;
        if (block != null) {
            blockIndex = lease.blockIndex();
            blockEntries = lease.entries();
            fillWhole();
            return;
        }
        parts = lease.entries();
        if (parts > addresses.length) {
            addresses = new long[parts];
            lengths = new int[parts];
            records = new int[parts];
            refused = new boolean[parts];
        }
        begin();
        codec = lease.codec(0);
        for (int part = 0; part < parts; part++) {
            addresses[part] = lease.address(part);
            lengths[part] = lease.length(part);
            records[part] = lease.records(part);
        }
    }

    private void fillWhole() {
        parts = 1;
        begin();
        codec = Codec.IDENTITY;
    }

    private void begin() {
        Arrays.fill(refused, false);
        refusedParts = 0;
        refusal = "";
        failure = "";
    }

    /// The block that has the records; null when parts have them.
    @Nullable StoredBlock block() {
        return block;
    }

    /// The index of its first request that is to be written.
    int blockIndex() {
        return blockIndex;
    }

    /// How many of its requests are to be written.
    int blockEntries() {
        return blockEntries;
    }

    /// Notes that there is no memory to write the block.
    void wantRows() {
        wantsRows = true;
    }

    /// Whether the records are to come again as rows; nothing of them was written.
    boolean wantsRows() {
        return wantsRows;
    }

    /// Says where the one part's plain bytes are.
    void inflated(long address, int length) {
        addresses[0] = address;
        lengths[0] = length;
        codec = Codec.IDENTITY;
    }

    Signal signal() {
        return signal;
    }

    FileShard shard() {
        return shard;
    }

    int parts() {
        return parts;
    }

    /// Parts that are not refused.
    int partsLeft() {
        return parts - refusedParts;
    }

    long address(int part) {
        return addresses[part];
    }

    int length(int part) {
        return lengths[part];
    }

    /// How many records a part has.
    int records(int part) {
        return records[part];
    }

    boolean isRefused(int part) {
        return refused[part];
    }

    /// Notes that a part can never be written.
    void refuse(int part, String cause) {
        refused[part] = true;
        refusedParts++;
        refusal = cause;
    }

    /// Why parts were refused, of the last one.
    String refusal() {
        return refusal;
    }

    /// Why the file system refused; empty when it did not.
    String failure() {
        return failure;
    }

    void fail(String cause) {
        failure = cause;
    }
}
