package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.Sheet.Field;
import dev.colonnade.storage.memory.OffHeap;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/// The distinct values of a column of byte strings: those of a block's column, in its order, or
/// such as are found while the batch is made.
///
/// What should be text and has an entry that is not UTF-8 is given out as bytes.
final class ArrowDictionary {
    private static final ArrowType.Int INDEX = new ArrowType.Int(Integer.SIZE, true);

    private final ArrowMemory memory;
    private final long id;
    private final boolean isText;
    private final @Nullable Field source;
    private final @Nullable Blobs values;

    private ArrowDictionary(
            ArrowMemory memory,
            long id,
            boolean isText,
            @Nullable Field source,
            @Nullable Blobs values) {
        this.memory = memory;
        this.id = id;
        this.isText = isText;
        this.source = source;
        this.values = values;
    }

    /// The dictionary of a block's column.
    static ArrowDictionary of(ArrowMemory memory, long id, boolean isText, Field source) {
        return new ArrowDictionary(memory, id, isText, source, null);
    }

    /// One without entries.
    static ArrowDictionary empty(ArrowMemory memory, long id, boolean isText) {
        Blobs values = new Blobs(memory.scratch, new Tally(), HashKey.FIXED);
        return new ArrowDictionary(memory, id, isText, null, values);
    }

    /// The index of a value, which becomes an entry if it was none; -1 when the entries are a
    /// block's.
    int index(long address, int length) {
        Blobs own = values;
        if (own == null) {
            return -1;
        }
        own.add(address, length);
        return own.rows().lastInt();
    }

    DictionaryEncoding encoding() {
        return new DictionaryEncoding(id, false, INDEX);
    }

    /// The dictionary as Arrow has it; the caller closes its vector.
    Dictionary finish(BufferAllocator allocator) {
        List<ArrowBuf> buffers = new ArrayList<>();
        try {
            return finish(allocator, buffers);
        } finally {
            buffers.forEach(buffer -> buffer.getReferenceManager().release());
        }
    }

    private Dictionary finish(BufferAllocator allocator, List<ArrowBuf> buffers) {
        int entries = entries();
        boolean isWellFormed = isText && isUtf8(entries);
        ArrowType type = isWellFormed ? ArrowType.Utf8.INSTANCE : ArrowType.Binary.INSTANCE;
        long validity = memory.zeros(ArrowColumn.bitBytes(entries));
        OffHeap.segment(validity, ArrowColumn.bitBytes(entries)).fill((byte) -1);
        buffers.add(memory.copied(validity, ArrowColumn.bitBytes(entries)));
        Field image = source;
        if (image != null && image.offsets != 0) {
            long bytes = OffHeap.getInt(image.offsets + entries * 4L);
            buffers.add(memory.shared(image.offsets, (entries + 1L) * Integer.BYTES));
            buffers.add(memory.shared(image.text, bytes));
        } else {
            copyTo(buffers, entries);
        }
        FieldVector vector =
                new org.apache.arrow.vector.types.pojo.Field(
                                "dictionary", FieldType.notNullable(type), null)
                        .createVector(allocator);
        vector.loadFieldBuffers(new ArrowFieldNode(entries, 0), buffers);
        return new Dictionary(vector, encoding());
    }

    private void copyTo(List<ArrowBuf> buffers, int entries) {
        long offsets = memory.zeros((entries + 1L) * Integer.BYTES);
        long total = 0;
        for (int entry = 0; entry < entries; entry++) {
            total += length(entry);
            if (total > Integer.MAX_VALUE) {
                throw Stop.NO_MEMORY;
            }
            OffHeap.putInt(offsets + (entry + 1) * 4L, (int) total);
        }
        long text = memory.zeros(total);
        for (int entry = 0; entry < entries; entry++) {
            OffHeap.copy(
                    address(entry), text + OffHeap.getInt(offsets + entry * 4L), length(entry));
        }
        buffers.add(memory.copied(offsets, (entries + 1L) * Integer.BYTES));
        buffers.add(memory.copied(text, total));
    }

    private boolean isUtf8(int entries) {
        CharsetDecoder decoder =
                StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
        CharBuffer chars = CharBuffer.allocate(1024);
        for (int entry = 0; entry < entries; entry++) {
            long address = address(entry);
            int length = length(entry);
            if (!isAscii(address, length) && !isUtf8(decoder, chars, address, length)) {
                return false;
            }
        }
        return true;
    }

    /// Whether `length` bytes are UTF-8.
    static boolean isUtf8(long address, int length) {
        return isAscii(address, length)
                || isUtf8(
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .onMalformedInput(CodingErrorAction.REPORT),
                        CharBuffer.allocate(1024),
                        address,
                        length);
    }

    private static boolean isAscii(long address, int length) {
        for (int at = 0; at < length; at++) {
            if (OffHeap.getByte(address + at) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isUtf8(
            CharsetDecoder decoder, CharBuffer chars, long address, int length) {
        ByteBuffer bytes = OffHeap.segment(address, length).asByteBuffer();
        decoder.reset();
        CoderResult result;
        do {
            chars.clear();
            result = decoder.decode(bytes, chars, true);
        } while (result.isOverflow());
        try {
            if (result.isError()) {
                result.throwException();
            }
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }

    private int entries() {
        Blobs own = values;
        if (own != null) {
            return own.entryCount();
        }
        return source == null ? 0 : source.entries;
    }

    private long address(int entry) {
        Blobs own = values;
        return own != null
                ? Blobs.addressOf(own.entries().longAt(entry))
                : textOf(fieldOf(), entry);
    }

    private int length(int entry) {
        Blobs own = values;
        return own != null
                ? Blobs.lengthOf(own.entries().longAt(entry))
                : lengthOf(fieldOf(), entry);
    }

    private Field fieldOf() {
        if (source == null) {
            throw new IllegalStateException("dictionary has no entries: id=" + id);
        }
        return source;
    }

    static long textOf(Field field, int index) {
        return OffHeap.getLong(field.strings + index * 16L);
    }

    static int lengthOf(Field field, int index) {
        return (int) OffHeap.getLong(field.strings + index * 16L + 8);
    }
}
