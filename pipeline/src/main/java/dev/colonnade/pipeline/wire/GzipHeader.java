package dev.colonnade.pipeline.wire;

import dev.colonnade.storage.memory.OffHeap;
import java.util.zip.CRC32;

/// What stands around a deflate stream in a gzip member (RFC 1952, 2.3).
///
/// ```
/// byte 0    1    2    3     4     8   9   10
///      +----+----+----+-----+-----+---+---+-------+------+---------+--------+ +---------+-------+------+
///      | 1f | 8b | 08 | FLG |MTIME|XFL|OS | EXTRA | NAME | COMMENT | HCRC16 | | deflate | CRC32 | SIZE |
///      +----+----+----+-----+-----+---+---+-------+------+---------+--------+ +---------+-------+------+
///                                           FLG 4   FLG 8  FLG 16    FLG 2
/// ```
final class GzipHeader {
    /// Of a header without options.
    static final int BYTES = 10;

    /// CRC32 and length, both little endian.
    static final int TRAILER_BYTES = 8;

    private static final int MAGIC_AND_METHOD = 0x08_8b1f;
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;

    private GzipHeader() {}

    /// The length of the header of the member at `address`, or -1 when there is none.
    static int read(long address, int length) {
        if (length < BYTES || (OffHeap.getInt(address) & 0xff_ffff) != MAGIC_AND_METHOD) {
            return -1;
        }
        int flags = OffHeap.getByte(address + 3) & 0xff;
        if ((flags & RESERVED) != 0) {
            return -1;
        }
        int at = BYTES;
        if ((flags & EXTRA) != 0) {
            if (length - at < 2) {
                return -1;
            }
            at += 2 + shortAt(address + at);
        }
        if ((flags & NAME) != 0) {
            at = behindZero(address, at, length);
        }
        if ((flags & COMMENT) != 0) {
            at = behindZero(address, at, length);
        }
        if ((flags & HEADER_CRC) != 0) {
            if (length - at < 2 || shortAt(address + at) != (crc(address, at) & 0xffff)) {
                return -1;
            }
            at += 2;
        }
        return at <= length ? at : -1;
    }

    /// Writes a header without options.
    static void write(long target) {
        OffHeap.putInt(target, MAGIC_AND_METHOD);
        OffHeap.putInt(target + 4, 0);
        OffHeap.putByte(target + 8, (byte) 0);
        OffHeap.putByte(target + 9, (byte) 0xff);
    }

    private static int shortAt(long address) {
        return (OffHeap.getByte(address) & 0xff) | ((OffHeap.getByte(address + 1) & 0xff) << 8);
    }

    /// Behind the text that begins at `from`; beyond `length` when it does not end.
    private static int behindZero(long address, int from, int length) {
        int at = from;
        while (at < length && OffHeap.getByte(address + at) != 0) {
            at++;
        }
        return at < length ? at + 1 : Integer.MAX_VALUE;
    }

    private static long crc(long address, int length) {
        CRC32 crc = new CRC32();
        crc.update(OffHeap.segment(address, length).asByteBuffer());
        return crc.getValue();
    }
}
