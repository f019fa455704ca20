package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.Encoding;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.Slab;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request's body, ready to be written, as often as it takes.
///
/// Its bytes stay in the slabs that hold them: those of the store, where they leave as they came,
/// or one of the `send` floor. It is valid until its shipment drops it; views of it may outlive it.
public final class Frame {
    private Signal signal = Signal.LOGS;
    private Codec codec = Codec.IDENTITY;
    private boolean isJson;
    private int length;
    private @Nullable Lease lease;
    private int firstEntry;
    private int views;
    private @Nullable Slab slab;
    private @Nullable Lease sender;

    Frame() {}

    /// What it holds records of.
    public Signal signal() {
        return signal;
    }

    /// How the bytes are compressed.
    public Codec codec() {
        return codec;
    }

    /// What the bytes are when inflated.
    public Encoding encoding() {
        return isJson ? Encoding.JSON : Encoding.PROTO;
    }

    /// Size in bytes.
    public int length() {
        return length;
    }

    /// The values of a request metadata key that its records were received with, in order.
    ///
    /// @param name in lower case
    public List<String> metadata(String name) {
        Lease from = sender;
        return from == null ? List.of() : from.metadata(name);
    }

    /// Its records are of `from`; until it is emptied.
    void sentFor(Lease from) {
        sender = from;
    }

    /// How many views its bytes are in, at least one.
    public int views() {
        return views;
    }

    /// A view of its bytes, those of lower indices coming first, for Netty to write out and
    /// release.
    public ByteBuf view(int index) {
        Lease from = lease;
        if (from != null) {
            return from.view(firstEntry + index);
        }
        return slab().view(0, length);
    }

    /// Whether it has been made and not been dropped.
    boolean isReady() {
        return views > 0;
    }

    /// The payloads of entries as they are held.
    void ofEntries(Signal signal, Lease lease, int firstEntry, int entries) {
        this.signal = signal;
        this.lease = lease;
        this.firstEntry = firstEntry;
        views = entries;
        codec = lease.codec(firstEntry);
        length = 0;
        for (int index = firstEntry; index < firstEntry + entries; index++) {
            length += lease.length(index);
        }
    }

    /// The first `length` bytes of a slab, which is the frame's from now on.
    void ofSlab(Signal signal, Codec codec, Slab slab, int length) {
        this.signal = signal;
        this.codec = codec;
        this.slab = slab;
        this.length = length;
        views = 1;
    }

    /// Its bytes are OTLP/JSON; until it is emptied.
    void markJson() {
        isJson = true;
    }

    /// Empties it.
    ///
    /// @return the slab that was its own; null when it had none
    @Nullable Slab clear() {
        @Nullable Slab own = slab;
        slab = null;
        lease = null;
        sender = null;
        isJson = false;
        views = 0;
        length = 0;
        return own;
    }

    private Slab slab() {
        Slab own = slab;
        if (own == null) {
            throw new IllegalStateException("frame has no bytes");
        }
        return own;
    }
}
