package dev.colonnade.storage.columnar;

import com.github.luben.zstd.ZstdDecompressCtx;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// Reads the streams of a block in the order in which [Packer] and [NumberPacker] wrote them.
final class Unpacker implements AutoCloseable {
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx().setMagicless(true);
    private final Scratch scratch;
    private final Room plane;
    private final Room straddling;

    private @Nullable Block block;
    private WorkSizes sizes = WorkSizes.LARGE;
    private boolean isImage;
    private int position;
    private long footer;
    private long footerEnd;

    /// How many values the column has that was read last.
    int count;

    Unpacker(SlabPool pool, BudgetShare share, Scratch scratch) {
        this.scratch = scratch;
        plane = new Room(pool, share);
        straddling = new Room(pool, share);
    }

    /// Begins to read; what is read stands in the scratch.
    void begin(Block block, int footerBytes) {
        this.block = block;
        sizes = block.sizes();
        isImage = block.shape() == Shape.COLUMN;
        position = block.length() - block.footerLength();
        footer = scratch.allocate(footerBytes + Long.BYTES);
        unzip(block.footerLength(), footer, footerBytes);
        footerEnd = footer + footerBytes;
        position = 0;
    }

    /// What the block was written with.
    WorkSizes sizes() {
        return sizes;
    }

    int nextByte() {
        return OffHeap.getByte(footer++) & 0xFF;
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = OffHeap.getByte(footer++);
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                break;
            }
        }
        return value;
    }

    int varintInt() {
        return (int) varint();
    }

    boolean isAtEnd() {
        return footer == footerEnd;
    }

    /// Whether the block's columns stand in it as they are read, so that nothing is unpacked.
    boolean isImage() {
        return isImage;
    }

    /// Where the next `length` bytes of an image stand, which are passed over.
    long image(long length) {
        position = (position + Packer.ALIGNMENT - 1) & -Packer.ALIGNMENT;
        long address = open().addressOf(position, Math.toIntExact(length));
        if (address == 0) {
            throw new IllegalStateException("image is in pieces: position=" + position);
        }
        position += (int) length;
        return address;
    }

    /// Where `length` bytes of the footer stand, which are passed over.
    long footerBytes(int length) {
        long address = footer;
        footer += length;
        return address;
    }

    /// Reads a stream of `length` bytes into new memory of the scratch; answers where.
    long bytes(int length) {
        if (isImage) {
            return image(length);
        }
        // Readers look at eight bytes at a time.
        long target = scratch.allocate(length + Long.BYTES);
        bytes(length, target);
        return target;
    }

    /// Reads a stream of `length` bytes to `target`.
    void bytes(int length, long target) {
        long at = target;
        int left = length;
        while (left > 0) {
            int part = Math.min(left, sizes.frameBytes());
            frame(part, at);
            at += part;
            left -= part;
        }
    }

    /// Reads a column of numbers into new memory, `1 << widthLog` bytes each; answers where, and
    /// sets [#count].
    long column(int widthLog) {
        int total = varintInt();
        count = total;
        if (isImage) {
            return image((long) total << widthLog);
        }
        long target = scratch.allocate(Math.max(8, total << widthLog));
        int done = 0;
        while (done < total) {
            done += page(target + ((long) done << widthLog), widthLog);
        }
        return target;
    }

    /// Reads `strings` strings into new memory; answers where their table is: for each where it
    /// stands and how long it is, eight bytes each.
    long strings(int strings) {
        long table = scratch.allocate(Math.max(1, strings) * Long.BYTES * 2);
        int done = 0;
        while (done < strings) {
            done += page(table + ((long) strings << 3) + ((long) done << 3), 3);
        }
        long text = bytes(varintInt());
        for (int index = 0; index < strings; index++) {
            long length = OffHeap.getLong(table + ((long) (strings + index) << 3));
            OffHeap.putLong(table + index * 16L, text);
            OffHeap.putLong(table + index * 16L + 8, length);
            text += length;
        }
        return table;
    }

    /// Reads one page of numbers to `target`; answers how many.
    int page(long target, int widthLog) {
        int values = varintInt();
        int head = nextByte();
        int mode = head & 7;
        int planes = head >>> 3;
        long base = mode == NumberPacker.RAW ? 0 : unzigzag(varint());
        long first = mode == NumberPacker.DELTA ? unzigzag(varint()) : 0;
        if (widthLog == 2) {
            planesOfInts(target, values, planes);
            finishInts(target, values, mode, (int) base, (int) first);
        } else {
            planesOfLongs(target, values, planes);
            finishLongs(target, values, mode, base, first);
        }
        return values;
    }

    @Override
    public void close() {
        plane.close();
        straddling.close();
        zstd.close();
    }

    /// Gives working memory back; it can be used again.
    void trim() {
        plane.close();
        straddling.close();
        block = null;
    }

    /// Differences of ints may need a fifth plane, which is not needed to add them up again.
    private void planesOfInts(long target, int values, int planes) {
        long from = planes == 0 ? 0 : plane.of(values);
        for (int index = 0; index < planes; index++) {
            bytes(values, from);
            int shift = index * Byte.SIZE;
            if (index == 0) {
                for (int i = 0; i < values; i++) {
                    OffHeap.putInt(target + i * 4L, OffHeap.getByte(from + i) & 0xFF);
                }
            } else if (index < Integer.BYTES) {
                for (int i = 0; i < values; i++) {
                    long at = target + i * 4L;
                    int high = (OffHeap.getByte(from + i) & 0xFF) << shift;
                    OffHeap.putInt(at, OffHeap.getInt(at) | high);
                }
            }
        }
        for (int i = 0; planes == 0 && i < values; i++) {
            OffHeap.putInt(target + i * 4L, 0);
        }
    }

    private void planesOfLongs(long target, int values, int planes) {
        long from = planes == 0 ? 0 : plane.of(values);
        for (int index = 0; index < planes; index++) {
            bytes(values, from);
            int shift = index * Byte.SIZE;
            if (index == 0) {
                for (int i = 0; i < values; i++) {
                    OffHeap.putLong(target + i * 8L, OffHeap.getByte(from + i) & 0xFF);
                }
            } else {
                for (int i = 0; i < values; i++) {
                    long at = target + i * 8L;
                    long high = (OffHeap.getByte(from + i) & 0xFFL) << shift;
                    OffHeap.putLong(at, OffHeap.getLong(at) | high);
                }
            }
        }
        for (int i = 0; planes == 0 && i < values; i++) {
            OffHeap.putLong(target + i * 8L, 0);
        }
    }

    private static void finishInts(long target, int values, int mode, int base, int first) {
        if (mode == NumberPacker.DELTA) {
            int value = first;
            OffHeap.putInt(target, value);
            for (int i = 1; i < values; i++) {
                long at = target + i * 4L;
                value += OffHeap.getInt(at) + base;
                OffHeap.putInt(at, value);
            }
        } else if (base != 0) {
            for (int i = 0; i < values; i++) {
                long at = target + i * 4L;
                OffHeap.putInt(at, OffHeap.getInt(at) + base);
            }
        }
    }

    private static void finishLongs(long target, int values, int mode, long base, long first) {
        if (mode == NumberPacker.DELTA) {
            long value = first;
            OffHeap.putLong(target, value);
            for (int i = 1; i < values; i++) {
                long at = target + i * 8L;
                value += OffHeap.getLong(at) + base;
                OffHeap.putLong(at, value);
            }
        } else if (base != 0) {
            for (int i = 0; i < values; i++) {
                long at = target + i * 8L;
                OffHeap.putLong(at, OffHeap.getLong(at) + base);
            }
        }
    }

    private void frame(int length, long target) {
        int method = nextByte();
        switch (method) {
            case Packer.CONSTANT -> OffHeap.segment(target, length).fill((byte) nextByte());
            case Packer.INLINE -> {
                OffHeap.copy(footer, target, length);
                footer += length;
            }
            case Packer.STORED -> {
                open().copy(position, length, target);
                position += length;
            }
            default -> {
                int zipped = varintInt();
                unzip(zipped, target, length);
                position += zipped;
            }
        }
    }

    private void unzip(int zipped, long target, int length) {
        long source = open().addressOf(position, zipped);
        if (source == 0) {
            source = straddling.of(zipped);
            open().copy(position, zipped, source);
        }
        zstd.decompressDirectByteBuffer(
                OffHeap.segment(target, length).asByteBuffer(),
                0,
                length,
                OffHeap.segment(source, zipped).asByteBuffer(),
                0,
                zipped);
    }

    private Block open() {
        if (block == null) {
            throw new IllegalStateException("no block is open");
        }
        return block;
    }

    private static long unzigzag(long value) {
        return value >>> 1 ^ -(value & 1);
    }
}
