package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// Writes the texts of a dictionary as skeletons and values, where that pays.
///
/// Texts of one skeleton are written together, place by place, because what stands in the same
/// place is alike. A skeleton with few texts is not worth its description: those are written as
/// they are.
///
/// ```
///   text bytes | skeletons | each text's skeleton + 1, or 0 | texts as they are | words | bits
/// ```
final class TokenPacker implements AutoCloseable {
    static final int GROUP_MIN = 6;
    static final int ENTRIES_MIN = 64;
    private static final int JUDGED_MIN = 512;

    private final Packer packer;
    private final TextPacker texts;
    private final Scratch scratch;
    private final Tally tally = new Tally();
    private final Tokenizer tokenizer = new Tokenizer();
    private final SlotPacker slots;
    private final Blobs skeletons;
    private final Blobs words;
    private final Vector ids;

    /// For each text where its values stand.
    private final Vector cut;

    private final Bytes cutValues;
    private final Vector kept;
    private final Vector verbatim;
    private final Bytes bits;
    private final BitWriter out;
    private final Room skeleton;
    private final Room values;
    private final Room order;

    /// Where the next values of the texts of a page stand.
    private final long[] cursors = new long[SlotPacker.ROWS_MAX];

    /// @param scratchBytesMax what cutting may take; texts that need more are written as they are
    TokenPacker(
            Packer packer,
            TextPacker texts,
            SlabPool pool,
            BudgetShare share,
            long scratchBytesMax) {
        this.packer = packer;
        this.texts = texts;
        scratch = Scratch.ofSmall(pool, share, packer.sizes, scratchBytesMax);
        skeletons = new Blobs(scratch, tally, packer.hashKey);
        words = new Blobs(scratch, tally, packer.hashKey);
        slots = new SlotPacker(packer.hashKey);
        ids = new Vector(scratch, 2);
        cut = new Vector(scratch, 3);
        cutValues = new Bytes(scratch);
        kept = new Vector(scratch, 3);
        verbatim = new Vector(scratch, 3);
        bits = new Bytes(scratch);
        out = new BitWriter(bits);
        skeleton = new Room(pool, share);
        values = new Room(pool, share);
        order = new Room(pool, share);
    }

    /// How many texts one page of a group has.
    static int pageRows(int slotCount, WorkSizes sizes) {
        return Math.min(SlotPacker.ROWS_MAX, sizes.tokenValues() / Math.max(1, slotCount));
    }

    /// Prepares a dictionary; whether writing it this way pays, by what `plainBytes` are needed for
    /// its text otherwise. Then [#write] is due.
    boolean prepare(Blobs blobs, long plainBytes) {
        clear();
        int count = blobs.entryCount();
        try {
            if (!cutAll(blobs.entries(), count) || !group(blobs, count)) {
                return false;
            }
        } catch (Stop stop) {
            if (stop == Stop.FULL) {
                return false;
            }
            throw stop;
        }
        if (!isSmallToRead(blobs)) {
            return false;
        }
        long needed = bits.total() + words.textBytes() / 2 + 2L * words.entryCount();
        needed += (long) count * BitWriter.width(kept.count()) / Byte.SIZE;
        return needed < plainBytes;
    }

    /// Whether a column may follow from so many skeletons.
    static boolean isMap(int skeletonCount) {
        return skeletonCount > 1 && skeletonCount < Symbols.VALUES_MAX;
    }

    /// Whether a reader gets along with half as much again as the text needs.
    private boolean isSmallToRead(Blobs blobs) {
        long strings = (long) kept.count() + words.entryCount() + verbatim.count();
        long needed = bits.total() + words.textBytes() + skeletons.textBytes() + 16 * strings;
        for (int entry = 0; entry < verbatim.count(); entry++) {
            needed += Blobs.lengthOf(verbatim.longAt(entry));
        }
        return needed <= blobs.textBytes() / 2 + 16L * blobs.entryCount();
    }

    /// Writes what was prepared; answers whether `map` was given each text's skeleton.
    boolean write(Blobs blobs, NumberPacker numbers, @Nullable Vector map) {
        packer.footer.putVarint(blobs.textBytes());
        packer.reads(Math.max(1, blobs.entryCount()) * 2L * Long.BYTES);
        packer.reads(blobs.textBytes() + Long.BYTES);
        packer.reads((kept.count() + 1L + blobs.entryCount()) * Integer.BYTES);
        texts.strings(kept);
        numbers.column(ids);
        texts.strings(verbatim);
        texts.strings(words.entries());
        texts.plain(bits);
        boolean isMapped = false;
        if (map != null && isMap(kept.count())) {
            for (int entry = 0; entry < blobs.entryCount(); entry++) {
                map.addInt(ids.intAt(entry));
            }
            isMapped = true;
        }
        clear();
        return isMapped;
    }

    @Override
    public void close() {
        clear();
        scratch.close();
        skeleton.close();
        values.close();
        order.close();
    }

    private void clear() {
        scratch.reset();
        skeletons.clear();
        words.clear();
        ids.clear();
        cut.clear();
        cutValues.clear();
        tokenizer.clear();
        kept.clear();
        verbatim.clear();
        bits.clear();
        out.clear();
    }

    /// Finds each text's skeleton, plus one; false when they have little in common.
    private boolean cutAll(Vector entries, int count) {
        long target = skeleton.of(Tokenizer.ROOM_BYTES);
        int done = 0;
        for (int chunk = 0; chunk < entries.chunkCount(); chunk++) {
            int inChunk = entries.chunkValues(chunk);
            long from = entries.chunk(chunk);
            for (int index = 0; index < inChunk; index++) {
                long entry = OffHeap.getLong(from + index * 8L);
                int length = Blobs.lengthOf(entry);
                long text = Blobs.addressOf(entry);
                int bytes =
                        length > Tokenizer.TEXT_BYTES_MAX
                                ? -1
                                : tokenizer.cut(text, length, target);
                if (bytes < 0) {
                    ids.addInt(0);
                    cut.addLong(0);
                } else {
                    ids.addInt(skeletons.intern(target, bytes) + 1);
                    keepValues(text);
                }
            }
            done += inChunk;
            if (done >= JUDGED_MIN && skeletons.entryCount() > done / 3) {
                return false;
            }
        }
        return skeletons.entryCount() <= count / 3;
    }

    /// Orders the texts by skeleton, and writes the bits of each group.
    private boolean group(Blobs blobs, int count) {
        int groups = skeletons.entryCount() + 1;
        int bytes = (groups + count) * Integer.BYTES;
        long ends = packer.sizes.isSmall() ? scratch.allocate(bytes) : order.of(bytes);
        long sorted = ends + groups * 4L;
        OffHeap.segment(ends, groups * 4L).fill((byte) 0);
        for (int entry = 0; entry < count; entry++) {
            long at = ends + ids.intAt(entry) * 4L;
            OffHeap.putInt(at, OffHeap.getInt(at) + 1);
        }
        int sum = 0;
        for (int index = 0; index < groups; index++) {
            int size = OffHeap.getInt(ends + index * 4L);
            OffHeap.putInt(ends + index * 4L, sum);
            sum += size;
        }
        for (int entry = 0; entry < count; entry++) {
            long at = ends + ids.intAt(entry) * 4L;
            int place = OffHeap.getInt(at);
            OffHeap.putInt(at, place + 1);
            OffHeap.putInt(sorted + place * 4L, entry);
        }
        // From here on each end is where the next group begins.
        for (int index = 1; index < groups; index++) {
            int from = OffHeap.getInt(ends + index * 4L - 4);
            int size = OffHeap.getInt(ends + index * 4L) - from;
            int id = 0;
            if (size >= GROUP_MIN) {
                long entry = skeletons.entries().longAt(index - 1);
                kept.addLong(entry);
                id = kept.count();
                group(entry, sorted + from * 4L, size);
            }
            for (int row = 0; row < size; row++) {
                ids.setInt(OffHeap.getInt(sorted + (from + row) * 4L), id);
            }
        }
        out.finish();
        for (int entry = 0; entry < count; entry++) {
            if (ids.intAt(entry) == 0) {
                verbatim.addLong(blobs.entries().longAt(entry));
            }
        }
        return verbatim.count() <= count / 2;
    }

    private void group(long entry, long sorted, int size) {
        int slotCount = Tokenizer.slotsOf(Blobs.addressOf(entry), Blobs.lengthOf(entry));
        long page = values.of(SlotPacker.ROWS_MAX * Long.BYTES);
        int done = 0;
        while (done < size) {
            int rows = Math.min(size - done, pageRows(slotCount, packer.sizes));
            for (int row = 0; row < rows; row++) {
                cursors[row] = cut.longAt(OffHeap.getInt(sorted + (done + row) * 4L));
            }
            slots.begin();
            for (int slot = 0; slot < slotCount; slot++) {
                column(page, rows);
                slots.write(page, rows, out);
            }
            done += rows;
        }
    }

    /// Takes the next value of each text. Column by column rather than text by text, so that
    /// fetching one does not wait for another.
    private void column(long target, int rows) {
        long[] from = cursors;
        for (int row = 0; row < rows; row++) {
            long at = from[row];
            long value = OffHeap.getInt(at);
            at += Integer.BYTES;
            if (value == Tokenizer.LARGE) {
                value = OffHeap.getLong(at);
                at += Long.BYTES;
            }
            from[row] = at;
            OffHeap.putLong(target + row * 8L, value);
        }
    }

    /// Keeps the values of the text that was cut.
    private void keepValues(long text) {
        words.countRows(tokenizer.knownWords);
        for (int word = 0; word < tokenizer.unknownWords; word++) {
            long from = text + tokenizer.unknownOffset(word);
            tokenizer.learn(word, words.intern(from, tokenizer.unknownLength(word)));
        }
        int bytes = tokenizer.valueBytes();
        long from = tokenizer.values();
        long at = cutValues.claim(bytes);
        cut.addLong(at);
        int done = 0;
        for (; done <= bytes - Long.BYTES; done += Long.BYTES) {
            OffHeap.putLong(at + done, OffHeap.getLong(from + done));
        }
        if (done < bytes) {
            OffHeap.putInt(at + done, OffHeap.getInt(from + done));
        }
    }
}
