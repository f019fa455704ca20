package dev.colonnade.build;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// A shared library (ELF, 64 bits, little-endian), and what can be taken out of its file.
///
/// The file keeps its length and all its places: what is not needed becomes zeros, which a layer's
/// compression takes away and which no process reads. Names are those of the System V ABI's
/// specification (generic ABI, chapters 4 and 5) and of its processor supplement for x86-64.
final class ElfLibrary {
    private static final int SEGMENT_NULL = 0;
    private static final int SEGMENT_LOAD = 1;
    private static final int SEGMENT_DYNAMIC = 2;
    private static final int SEGMENT_UNWIND = 0x6474e550;
    private static final int MACHINE_X86_64 = 62;
    private static final int RELATIVE = 8;

    private static final long END = 0;
    private static final long STRTAB = 5;
    private static final long RELA = 7;
    private static final long RELASZ = 8;
    private static final long STRSZ = 10;
    private static final long RELRSZ = 35;
    private static final long RELR = 36;
    private static final long RELRENT = 37;
    private static final long RELACOUNT = 0x6ffffff9L;
    private static final long VERNEED = 0x6ffffffeL;
    private static final long VERNEEDNUM = 0x6fffffffL;

    private static final int RELA_BYTES = 24;
    private static final int WORD = 8;

    /// What a library must ask of the C library, from version 2.36 on, to have it read such tables.
    private static final String RELR_VERSION = "GLIBC_ABI_DT_RELR";

    private final ByteBuffer file;

    private ElfLibrary(byte[] bytes) {
        file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Takes out of the virtual machine's library the tables that it has no use for, and packs
    /// those of its relocations where `works` holds after that: not with a C library before 2.36.
    static void shrink(Path path, BooleanSupplier works) throws IOException {
        ElfLibrary library = new ElfLibrary(Files.readAllBytes(path));
        library.dropUnwindTables();
        byte[] unpacked = library.file.array().clone();
        int packed = library.packRelocations();
        Files.write(path, library.file.array());
        if (works.getAsBoolean()) {
            System.out.println(path.getFileName() + ": relocations packed=" + packed);
        } else {
            System.out.println(path.getFileName() + ": relocations stay as they are");
            Files.write(path, unpacked);
        }
    }

    /// Takes out the tables by which exceptions of C++ are thrown through the library's functions:
    /// the virtual machine has none, and walks its own stack by frame pointers.
    private void dropUnwindTables() {
        int segments = segmentCount();
        for (int i = 0; i < segments; i++) {
            if (segmentType(i) == SEGMENT_UNWIND) {
                file.putInt(segmentAt(i), SEGMENT_NULL);
            }
        }
        int sections = Short.toUnsignedInt(file.getShort(0x3c));
        int names = (int) file.getLong(sectionAt(Short.toUnsignedInt(file.getShort(0x3e))) + 0x18);
        for (int i = 0; i < sections; i++) {
            String name = text(names + file.getInt(sectionAt(i)));
            if (name.equals(".eh_frame") || name.equals(".eh_frame_hdr")) {
                clear(
                        (int) file.getLong(sectionAt(i) + 0x18),
                        (int) file.getLong(sectionAt(i) + 0x20));
            }
        }
    }

    /// Writes the table of places that hold addresses of the library itself as bitmaps (`RELR`), 24
    /// bytes a place otherwise: the loader reads all of it at each start, and it stays resident.
    ///
    /// What is freed holds the bitmaps and the name of the version that they need.
    ///
    /// @return how many places; 0 when the library is of another kind and stays as it is
    private int packRelocations() {
        Map<Long, Integer> tags = new HashMap<>();
        int free = readDynamic(tags);
        if (Short.toUnsignedInt(file.getShort(0x12)) != MACHINE_X86_64
                || !tags.keySet().containsAll(List.of(RELA, RELASZ, RELACOUNT, VERNEED, STRSZ))
                || tags.containsKey(RELR)
                || free < 2) {
            return 0;
        }
        int table = offset(value(tags, RELA));
        int tableBytes = (int) value(tags, RELASZ);
        int count = (int) value(tags, RELACOUNT);
        List<Long> places = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int entry = table + i * RELA_BYTES;
            long place = file.getLong(entry);
            boolean rises = places.isEmpty() || place > places.getLast();
            if (file.getLong(entry + 8) != RELATIVE || place % WORD != 0 || !rises) {
                return 0;
            }
            places.add(place);
        }
        for (int i = 0; i < count; i++) {
            file.putLong(offset(places.get(i)), file.getLong(table + i * RELA_BYTES + 16));
        }
        byte[] others = new byte[tableBytes - count * RELA_BYTES];
        file.get(table + count * RELA_BYTES, others);
        clear(table, tableBytes);
        file.put(table, others);

        List<Long> bitmaps = bitmaps(places);
        int at = table + others.length;
        for (int i = 0; i < bitmaps.size(); i++) {
            file.putLong(at + i * WORD, bitmaps.get(i));
        }
        long address = value(tags, RELA) + others.length;
        int relrBytes = bitmaps.size() * WORD;
        requireVersion(tags, at + relrBytes, address + relrBytes);

        setValue(tags, RELASZ, others.length);
        int next = tags.get(RELACOUNT);
        put(next, RELR, address);
        put(tags.get(END), RELRSZ, relrBytes);
        put(tags.get(END) + 2 * WORD, RELRENT, WORD);
        return count;
    }

    /// An address, then words of which each bit but the lowest, which is set, stands for one of the
    /// 63 words that follow.
    private static List<Long> bitmaps(List<Long> places) {
        List<Long> words = new ArrayList<>();
        int i = 0;
        while (i < places.size()) {
            words.add(places.get(i));
            long base = places.get(i++) + WORD;
            while (true) {
                long bits = 0;
                while (i < places.size() && places.get(i) - base < 63L * WORD) {
                    bits |= 1L << ((places.get(i++) - base) / WORD);
                }
                if (bits == 0) {
                    break;
                }
                words.add(bits << 1 | 1);
                base += 63L * WORD;
            }
        }
        return words;
    }

    /// Adds a version to those asked of `libc.so.6`: one more entry of its chain, and its name, in
    /// the room at `at`.
    private void requireVersion(Map<Long, Integer> tags, int at, long address) {
        int strings = offset(value(tags, STRTAB));
        int highest = 0;
        int lastOfLibc = -1;
        int need = offset(value(tags, VERNEED));
        for (long i = value(tags, VERNEEDNUM); i > 0; i--) {
            boolean isLibc = text(strings + file.getInt(need + 4)).equals("libc.so.6");
            int entry = need + file.getInt(need + 8);
            int entries = Short.toUnsignedInt(file.getShort(need + 2));
            for (int j = 1; j < entries; j++) {
                highest = Math.max(highest, Short.toUnsignedInt(file.getShort(entry + 6)));
                entry += file.getInt(entry + 12);
            }
            highest = Math.max(highest, Short.toUnsignedInt(file.getShort(entry + 6)));
            if (isLibc) {
                lastOfLibc = entry;
                file.putShort(need + 2, (short) (entries + 1));
            }
            need += file.getInt(need + 12);
        }
        if (lastOfLibc < 0) {
            throw new IllegalStateException("library does not ask for libc.so.6");
        }
        int hash = 0;
        for (int i = 0; i < RELR_VERSION.length(); i++) {
            hash = (hash << 4) + RELR_VERSION.charAt(i);
            int high = hash & 0xf0000000;
            hash = (hash ^ high >>> 24) & ~high;
        }
        int nameAt = at + 16;
        long name = address + 16 - value(tags, STRTAB);
        file.putInt(lastOfLibc + 12, at - lastOfLibc);
        file.putInt(at, hash);
        file.putShort(at + 4, (short) 0);
        file.putShort(at + 6, (short) (highest + 1));
        file.putInt(at + 8, (int) name);
        file.putInt(at + 12, 0);
        file.put(nameAt, RELR_VERSION.getBytes(StandardCharsets.US_ASCII));
        // The table of names reaches up to there; what lies between has no name in it.
        setValue(tags, STRSZ, name + RELR_VERSION.length() + 1);
    }

    /// Fills in where the entry of each tag is, of `END` the first.
    ///
    /// @return how many entries are free, the one that ends the list not counted
    private int readDynamic(Map<Long, Integer> tags) {
        for (int i = 0; i < segmentCount(); i++) {
            if (segmentType(i) == SEGMENT_DYNAMIC) {
                int at = (int) file.getLong(segmentAt(i) + 8);
                int end = at + (int) file.getLong(segmentAt(i) + 32);
                for (; at < end; at += 2 * WORD) {
                    tags.putIfAbsent(file.getLong(at), at);
                }
                return (end - tags.getOrDefault(END, end)) / (2 * WORD) - 1;
            }
        }
        return 0;
    }

    private long value(Map<Long, Integer> tags, long tag) {
        return file.getLong(tags.get(tag) + WORD);
    }

    private void setValue(Map<Long, Integer> tags, long tag, long value) {
        put(tags.get(tag), tag, value);
    }

    private void put(int at, long tag, long value) {
        file.putLong(at, tag);
        file.putLong(at + WORD, value);
    }

    /// Where in the file the byte of an address lies.
    private int offset(long address) {
        for (int i = 0; i < segmentCount(); i++) {
            long begin = file.getLong(segmentAt(i) + 16);
            if (segmentType(i) == SEGMENT_LOAD
                    && address >= begin
                    && address < begin + file.getLong(segmentAt(i) + 32)) {
                return Math.toIntExact(address - begin + file.getLong(segmentAt(i) + 8));
            }
        }
        throw new IllegalStateException("not in the file: address=" + address);
    }

    private int segmentCount() {
        return Short.toUnsignedInt(file.getShort(0x38));
    }

    private int segmentType(int index) {
        return file.getInt(segmentAt(index));
    }

    private int segmentAt(int index) {
        return (int) file.getLong(0x20) + index * Short.toUnsignedInt(file.getShort(0x36));
    }

    private int sectionAt(int index) {
        return (int) file.getLong(0x28) + index * Short.toUnsignedInt(file.getShort(0x3a));
    }

    private String text(int at) {
        int end = at;
        while (file.get(end) != 0) {
            end++;
        }
        return new String(file.array(), at, end - at, StandardCharsets.US_ASCII);
    }

    private void clear(int at, int length) {
        Arrays.fill(file.array(), at, at + length, (byte) 0);
    }
}
