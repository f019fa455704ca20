package dev.colonnade.storage.testkit;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.OffHeap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.random.RandomGenerator;

/// Fills batches and reads leases back, for tests that compare bytes.
public final class Batches {
    private Batches() {}

    /// `length` bytes from `random`.
    public static byte[] bytes(RandomGenerator random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /// Appends `bytes` to an extent that has room for them.
    public static void fill(Extent extent, byte[] bytes) {
        ByteBuf source = Unpooled.wrappedBuffer(bytes);
        extent.append(source, bytes.length);
        source.release();
    }

    /// Fills the batch's reserved extent with `payload` and describes it as plain OTLP of `records`
    /// records received at `receivedNanos`.
    public static RowBatch describePlain(
            RowBatch batch, byte[] payload, int records, long receivedNanos) {
        fill(batch.payload(), payload);
        batch.describe(Codec.IDENTITY, payload.length, records, 0, receivedNanos);
        return batch;
    }

    /// A copy of what an extent holds so far.
    public static byte[] read(Extent extent) {
        byte[] bytes = new byte[extent.length()];
        OffHeap.copy(extent.address(), bytes, 0, bytes.length);
        return bytes;
    }

    /// A copy of the payload of a lease's entry, read at its address.
    public static byte[] read(Lease lease, int index) {
        byte[] bytes = new byte[lease.length(index)];
        OffHeap.copy(lease.address(index), bytes, 0, bytes.length);
        return bytes;
    }

    /// A copy of the payload of a lease's entry, read through its buffer, which is released.
    public static byte[] readView(Lease lease, int index) {
        ByteBuf view = lease.view(index);
        byte[] bytes = new byte[view.readableBytes()];
        view.readBytes(bytes);
        view.release();
        return bytes;
    }
}
