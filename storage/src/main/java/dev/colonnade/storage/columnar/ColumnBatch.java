package dev.colonnade.storage.columnar;

import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.ArrowTarget.Bound;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;
import org.apache.arrow.vector.util.TransferPair;
import org.jspecify.annotations.Nullable;

/// The records of a [Block] as Arrow sees them: a row for each log record, span or data point, in
/// order, with a column for each field and for each key and type of attribute.
///
/// What a record stands in (request, resource, scope, metric) are columns of its row; ordinals say
/// which records stood in the same one. Events, links, exemplars and quantiles are lists of
/// structs, buckets lists of numbers. Unset is null. Strings have dictionaries. A column's metadata
/// says what it is (`otlp.level`, `otlp.field`, `otlp.key`, `otlp.type`), so that names need not be
/// taken apart. What columns cannot carry is there as protobuf bytes: unknown fields, attributes
/// that are doubled or unusual, values in values, and requests that a block keeps as they came
/// (`opaque_request`, a row for each). A message around records that holds none has no row, so it
/// is not here.
///
/// Columns that every row has share the block's memory, or what it was unpacked into, where that is
/// what Arrow wants; the others are written anew. All memory is charged to the share it was made
/// with. Immutable; not thread-safe. The classes of Arrow are loaded with the first one.
public final class ColumnBatch implements AutoCloseable {
    /// The column of requests that a block keeps as they came.
    public static final String OPAQUE = "opaque_request";

    private final ArrowMemory memory;
    private final VectorSchemaRoot root;
    private final MapDictionaryProvider dictionaries = new MapDictionaryProvider();
    private final List<Dictionary> owned;
    private final int firstRow;
    private final int rows;
    private boolean isClosed;

    private ColumnBatch(
            ArrowMemory memory,
            VectorSchemaRoot root,
            List<Dictionary> owned,
            int firstRow,
            int rows) {
        this.memory = memory;
        this.root = root;
        this.owned = owned;
        this.firstRow = firstRow;
        this.rows = rows;
        owned.forEach(dictionaries::put);
    }

    /// The records of `block`, which stays its owner's and must not be released before `atEnd` was
    /// run. Null when `share` has no room: then `atEnd` is not run.
    ///
    /// @param allocator makes the vectors; nothing is allocated from it
    /// @param atEnd run when the last buffer was released, which [#close] does unless vectors were
    ///   transferred elsewhere; on the thread that does it
    public static @Nullable ColumnBatch of(
            Block block,
            SlabPool pool,
            BudgetShare share,
            BufferAllocator allocator,
            Runnable atEnd) {
        return of(block, 0, block.entries(), pool, share, allocator, atEnd);
    }

    /// The same, where only `entries` requests from the one with index `first` on are asked for: of
    /// those [#writeAsked] has the rows.
    static @Nullable ColumnBatch of(
            Block block,
            int first,
            int entries,
            SlabPool pool,
            BudgetShare share,
            BufferAllocator allocator,
            Runnable atEnd) {
        Maker maker = new Maker(pool, share, allocator, atEnd);
        try {
            return maker.make(block, first, first + entries);
        } catch (Stop _) {
            return null;
        } finally {
            maker.end();
        }
    }

    /// A row of the bytes of one request, which stay where they are and must until it is closed.
    /// Null when `share` has no room.
    static @Nullable ColumnBatch ofBytes(
            long address,
            int length,
            Signal signal,
            SlabPool pool,
            BudgetShare share,
            BufferAllocator allocator) {
        Maker maker = new Maker(pool, share, allocator, () -> {});
        try {
            return maker.make(address, length, signal);
        } catch (Stop _) {
            return null;
        } finally {
            maker.end();
        }
    }

    /// The rows; closed with the batch.
    public VectorSchemaRoot root() {
        return root;
    }

    /// The dictionaries that the columns refer to; closed with the batch.
    public MapDictionaryProvider dictionaries() {
        return dictionaries;
    }

    /// The `count` records from `offset` on, as rows of their own that share the buffers where
    /// Arrow can; what it cannot is allocated from the allocator. The caller closes them, before or
    /// after the batch. Null when there is no memory.
    ///
    /// @throws IllegalArgumentException when there are not so many
    public @Nullable VectorSchemaRoot records(int offset, int count) {
        if (offset < 0 || count < 0 || offset > root.getRowCount() - count) {
            throw new IllegalArgumentException(
                    "records out of range: offset="
                            + offset
                            + ", count="
                            + count
                            + ", records="
                            + root.getRowCount());
        }
        List<FieldVector> vectors = new ArrayList<>();
        try {
            for (FieldVector vector : root.getFieldVectors()) {
                TransferPair pair =
                        vector.getTransferPair(vector.getField(), vector.getAllocator());
                vectors.add((FieldVector) pair.getTo());
                pair.splitAndTransfer(offset, count);
            }
        } catch (OutOfMemoryException full) {
            vectors.forEach(FieldVector::close);
            return null;
        }
        return new VectorSchemaRoot(root.getSchema(), vectors, count);
    }

    /// How many bytes of the columns stand where they stood.
    public long sharedBytes() {
        return memory.sharedBytes();
    }

    /// How many bytes of the columns were written anew.
    public long copiedBytes() {
        return memory.copiedBytes();
    }

    /// Writes an IPC stream of its own: schema, dictionaries, one record batch, end.
    public void write(WritableByteChannel out) throws IOException {
        write(root, out);
    }

    /// Writes the rows that were asked for as a stream; false when there is no memory, and then
    /// nothing was written.
    boolean writeAsked(WritableByteChannel out) throws IOException {
        if (rows == root.getRowCount()) {
            write(root, out);
            return true;
        }
        try (@Nullable VectorSchemaRoot asked = records(firstRow, rows)) {
            if (asked == null) {
                return false;
            }
            write(asked, out);
            return true;
        }
    }

    private void write(VectorSchemaRoot records, WritableByteChannel out) throws IOException {
        WriteChannel channel = new WriteChannel(out);
        List<Field> fields = new ArrayList<>();
        for (Field field : records.getSchema().getFields()) {
            fields.add(DictionaryUtility.toMessageFormat(field, dictionaries, new HashSet<>()));
        }
        Schema schema = new Schema(fields, records.getSchema().getCustomMetadata());
        MessageSerializer.serialize(channel, schema);
        for (Dictionary dictionary : owned) {
            FieldVector vector = dictionary.getVector();
            VectorSchemaRoot only =
                    new VectorSchemaRoot(
                            List.of(vector.getField()), List.of(vector), vector.getValueCount());
            try (ArrowDictionaryBatch batch =
                    new ArrowDictionaryBatch(
                            dictionary.getEncoding().getId(),
                            new VectorUnloader(only).getRecordBatch(),
                            false)) {
                MessageSerializer.serialize(channel, batch);
            }
        }
        try (ArrowRecordBatch batch = new VectorUnloader(records).getRecordBatch()) {
            MessageSerializer.serialize(channel, batch);
        }
        ArrowStreamWriter.writeEndOfStream(channel, IpcOption.DEFAULT);
    }

    /// Releases the buffers. Idempotent.
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            root.close();
            owned.forEach(dictionary -> dictionary.getVector().close());
            memory.release();
        }
    }

    /// What is needed while a batch is made.
    private static final class Maker {
        private final ArrowMemory memory;
        private final BufferAllocator allocator;
        private final Unpacker unpacker;
        private final TokenReader tokens;
        private final Runnable atEnd;
        private boolean isMade;
        private final List<Dictionary> dictionaries = new ArrayList<>();
        private final List<ArrowBuf> buffers = new ArrayList<>();

        Maker(SlabPool pool, BudgetShare share, BufferAllocator allocator, Runnable atEnd) {
            this.allocator = allocator;
            this.atEnd = atEnd;
            memory = new ArrowMemory(pool, share, allocator, this::ended);
            unpacker = new Unpacker(pool, share, memory.scratch);
            tokens = new TokenReader(pool, share, memory.scratch, unpacker);
        }

        ColumnBatch make(Block block, int first, int end) {
            unpacker.begin(block, block.footerBytes());
            int entries = unpacker.varintInt();
            unpacker.column(3);
            unpacker.column(2);
            unpacker.column(2);
            long lengths = unpacker.column(2);
            long isOpaque = unpacker.column(2);
            long opaque = unpacker.bytes(unpacker.varintInt());
            Sheet requests = new SheetReader(memory.scratch, unpacker, tokens).read();
            long ids8 = unpacker.bytes(unpacker.varintInt());
            long ids16 = unpacker.bytes(unpacker.varintInt());
            ArrowRows.Dictionaries all = new ArrowRows.Dictionaries();
            ArrowRows rows = new ArrowRows(memory, all);
            ArrowSpec spec = ArrowSpec.of(block.signal());
            Bound bound = ArrowBinder.bind(requests, spec, rows, block.opaqueEntries());
            ArrowWalk walk = new ArrowWalk(memory, rows, ids8, ids16);
            int firstRow = 0;
            int endRow = 0;
            for (int entry = 0; entry < entries; entry++) {
                firstRow = entry == first ? rows.nextRow() : firstRow;
                if (OffHeap.getInt(isOpaque + entry * 4L) == 0) {
                    bound.count = entry;
                    walk.message(bound, 0);
                } else {
                    int row = rows.next();
                    int length = OffHeap.getInt(lengths + entry * 4L);
                    rows.bytes(OPAQUE, "protobuf").append(row, opaque, length);
                    rows.values(spec.ordinal, "ordinal", ArrowRows.UINT32, Integer.BYTES)
                            .put(row, entry);
                    opaque += length;
                }
                endRow = entry < end ? rows.nextRow() : endRow;
            }
            return finish(block.signal(), rows, all, firstRow, endRow - firstRow);
        }

        ColumnBatch make(long address, int length, Signal signal) {
            ArrowRows.Dictionaries all = new ArrowRows.Dictionaries();
            ArrowRows rows = new ArrowRows(memory, all);
            rows.expectOthers(1);
            rows.bytes(OPAQUE, "protobuf").append(rows.next(), address, length);
            return finish(signal, rows, all, 0, 1);
        }

        private ColumnBatch finish(
                Signal signal,
                ArrowRows rows,
                ArrowRows.Dictionaries all,
                int firstAsked,
                int asked) {
            List<ArrowFieldNode> nodes = new ArrayList<>();
            rows.finish(nodes, buffers);
            all.finish(allocator, dictionaries);
            List<Field> fields = rows.fields();
            Schema schema = new Schema(fields, Map.of("otlp.signal", signal.label()));
            VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
            try (ArrowRecordBatch batch = new ArrowRecordBatch(rows.capacity(), nodes, buffers)) {
                new VectorLoader(root).load(batch);
            }
            isMade = true;
            return new ColumnBatch(memory, root, dictionaries, firstAsked, asked);
        }

        /// Ends what the batch does not need any more; all of it when there is none.
        void end() {
            buffers.forEach(buffer -> buffer.getReferenceManager().release());
            unpacker.close();
            tokens.close();
            if (!isMade) {
                dictionaries.forEach(dictionary -> dictionary.getVector().close());
                memory.release();
            }
        }

        private void ended() {
            if (isMade) {
                atEnd.run();
            }
        }
    }
}
