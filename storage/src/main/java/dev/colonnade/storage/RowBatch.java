package dev.colonnade.storage;

import dev.colonnade.storage.memory.Extent;

/// One request's records as the OTLP bytes that arrived, plain or compressed as they came.
///
/// A reusable holder: the receiver fills it for one request, [StoreShard#append] reads it, and the
/// receiver hands the extent over when every target store has taken its reference. Nothing of it
/// lives on the heap while the batch is held.
public final class RowBatch {
    private final Extent payload = new Extent();
    private Codec codec = Codec.IDENTITY;
    private int wireBytes;
    private int records;
    private int metadataId;
    private long receivedNanos;

    /// The bytes, owned by the holder of this batch until they are handed over.
    public Extent payload() {
        return payload;
    }

    /// Describes the payload.
    ///
    /// @param codec how the payload is compressed
    /// @param wireBytes its size as plain OTLP
    /// @param records how many records it holds
    /// @param metadataId which request metadata it came with; 0 for none
    /// @param receivedNanos when it was received, on the store's clock
    public void describe(
            Codec codec, int wireBytes, int records, int metadataId, long receivedNanos) {
        if (wireBytes < 0 || records < 0) {
            throw new IllegalArgumentException(
                    "batch needs sizes: wireBytes=" + wireBytes + ", records=" + records);
        }
        this.codec = codec;
        this.wireBytes = wireBytes;
        this.records = records;
        this.metadataId = metadataId;
        this.receivedNanos = receivedNanos;
    }

    /// How the payload is compressed.
    public Codec codec() {
        return codec;
    }

    /// The size of the plain OTLP message in bytes.
    public int wireBytes() {
        return wireBytes;
    }

    /// How many records it holds.
    public int records() {
        return records;
    }

    /// Which request metadata it came with; 0 for none.
    public int metadataId() {
        return metadataId;
    }

    /// Changes which request metadata it came with: numbers are each store's own.
    public void metadataId(int id) {
        metadataId = id;
    }

    /// When it was received, in nanoseconds of the store's clock.
    public long receivedNanos() {
        return receivedNanos;
    }
}
