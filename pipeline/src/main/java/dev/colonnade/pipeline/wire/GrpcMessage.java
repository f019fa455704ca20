package dev.colonnade.pipeline.wire;

import dev.colonnade.storage.memory.OffHeap;

/// The one message of a unary gRPC call, found in the DATA chunks of its stream.
///
/// ```
/// byte     0        1        2        3        4        5 ...
///      +--------+--------+--------+--------+--------+---------
///      |  flag  |      length, big endian, 32 bit   | message
///      +--------+--------+--------+--------+--------+---------
/// flag 0: as it is, 1: compressed as `grpc-encoding` says
/// ```
///
/// (gRPC over HTTP/2, Length-Prefixed-Message.) Chunks may end anywhere. The message itself is not
/// touched: the caller copies it where it has reserved room, once [#isStarted()].
///
/// Reusable, allocates nothing, not thread-safe.
public final class GrpcMessage {
    /// Bytes in front of a message.
    public static final int PREFIX_BYTES = 5;

    /// [#accept]: the flag is neither 0 nor 1.
    public static final int BAD_FLAG = -1;

    /// [#accept]: there are bytes behind the message, a second one for instance.
    public static final int SECOND_MESSAGE = -2;

    private int prefixBytes;
    private boolean compressed;
    private long length;
    private long received;

    /// Starts over with a new stream.
    public void reset() {
        prefixBytes = 0;
        compressed = false;
        length = 0;
        received = 0;
    }

    /// Takes the next chunk of the stream.
    ///
    /// @return how many bytes of the chunk belong to the prefix, from its beginning; all others
    ///   belong to the message and follow those of earlier chunks. Or [#BAD_FLAG] or
    ///   [#SECOND_MESSAGE]: the stream is of no use then
    public int accept(long address, int chunkLength) {
        int used = 0;
        while (prefixBytes < PREFIX_BYTES && used < chunkLength) {
            int next = OffHeap.getByte(address + used) & 0xff;
            used++;
            if (prefixBytes > 0) {
                length = (length << 8) | next;
            } else if (next > 1) {
                return BAD_FLAG;
            } else {
                compressed = next == 1;
            }
            prefixBytes++;
        }
        int rest = chunkLength - used;
        if (rest > length - received) {
            return SECOND_MESSAGE;
        }
        received += rest;
        return used;
    }

    /// Whether the prefix is there: flag and length are known.
    public boolean isStarted() {
        return prefixBytes == PREFIX_BYTES;
    }

    /// Whether the message is there. A stream that ends before this is cut off.
    public boolean isComplete() {
        return isStarted() && received == length;
    }

    /// Whether the message is compressed; of meaning once started.
    public boolean isCompressed() {
        return compressed;
    }

    /// The message's length in bytes, 0 to 4,294,967,295; of meaning once started.
    public long length() {
        return length;
    }

    /// How many bytes of the message have been seen.
    public long received() {
        return received;
    }

    /// Writes a prefix of [#PREFIX_BYTES] at `target`.
    public static void writePrefix(long target, boolean compressed, int length) {
        OffHeap.putByte(target, (byte) (compressed ? 1 : 0));
        OffHeap.putInt(target + 1, Integer.reverseBytes(length));
    }
}
