package dev.colonnade.storage.columnar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What texts are cut into, and that a template of the pieces gives the same text again.
///
/// In what is expected `#` stands for a number, `w` for a word, `u` for a UUID, `0` and a length
/// for a number with zeros in front, `x` and a length for hexadecimal digits.
final class TokenizerTest {
    private static final String LEFT = "left";

    private final Tokenizer tokenizer = new Tokenizer();
    private final List<String> words = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({
        "took 12 ms, w # w",
        "1, #",
        "1234567, #",
        "12345678, #",
        "123456789012345678, #",
        "1234567890123456789, w",
        "99999999999999999999999999, w",
        "0, #",
        "007, 03",
        "00000000, 08",
        "v2, w#",
        "user42.x7, w#.w#",
        "x1y2z3, w",
        "x1y2, w#w#",
        "deadbeef, w",
        "deadbee1, x8",
        "12ab, #w",
        "123ab4, x6",
        "123ab, #w",
        "0123456789abcdef, x16",
        "0123456789abcdef0, 010w#",
        "0x1f, 0x#w",
        "0xffffffff1, 0xx9",
        "1b4e28ba-2fa1-11d2-883f-0016d3cca427, u",
        "1b4e28ba-2fa1-11d2-883f-0016d3cca427a, uw",
        "12345678-2fa1-11d2-883f-0016d3cca427, u",
        "abcdefab-2fa1-11d2-883f-0016d3cca427, w-#w#-#w#-#w-x12",
        "1b4e28ba-2fa1-11d2-883f-0016d3cca42, x8-#w#-#w#-#w-x11",
        "1b4e28ba-2fa1-11d2-883f-0016d3cca42g, x8-#w#-#w#-#w-w",
        "averylongwordofmorethansixteenletters, w",
        "sixteen-letters-, w-w-",
    })
    void cutsAsExpected(String text, String expected) {
        assertThat(skeleton(text)).isEqualTo(expected);
    }

    @Test
    void textsWithMarksAreLeft() {
        for (char mark = 0; mark < 8; mark++) {
            assertThat(skeleton("a " + mark + "b")).isEqualTo(LEFT);
        }
        assertThat(skeleton("a \bb")).isEqualTo("w \bw");
    }

    @Test
    void textsOfTooManyValuesAreLeft() {
        assertThat(skeleton("a ".repeat(42))).isEqualTo("w ".repeat(42));
        assertThat(skeleton("a ".repeat(43))).isEqualTo(LEFT);
    }

    @Test
    void aWordIsKnownOnceItWasLearnt() {
        skeleton("connection to peers of a gateway");
        int learnt = words.size();
        skeleton("a connection of gateway peers to a gateway");
        assertThat(tokenizer.knownWords).isEqualTo(8);
        assertThat(words).hasSize(learnt);
        tokenizer.clear();
        skeleton("a connection");
        assertThat(tokenizer.knownWords).isZero();
    }

    /// Scenario: words whose beginnings are alike, or that end another, and bytes above 127.
    @Test
    void knownWordsAreNotTakenForOthers() {
        String[] alike = {
            "abcdefgh",
            "abcdefg",
            "abcdefghi",
            "abcdefghabcdefgh",
            "abcdefghabcdefg",
            "abcdefghabcdefghi",
            "abcdefgé",
            "é",
            "éa",
            "aé",
            "ABCDEFGH",
            "abcdefgz",
        };
        for (int round = 0; round < 3; round++) {
            for (String word : alike) {
                assertThat(skeleton(word + " 1")).isEqualTo("w #");
            }
        }
        assertThat(words).containsOnlyOnce(alike);
    }

    /// Texts of the bytes that decide anything, of any length around eight and sixteen.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void anyTextComesBack(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String[] alphabets = {
            "0123456789", "0019", "abcdef0123456789", "-0123456789abcdef", "azAZ@[`{/:é09 ", "x0f- "
        };
        String[] uuids = {
            "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "00000000-0000-0000-0000-000000000000"
        };
        int cut = 0;
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int piece = random.nextInt(5); piece >= 0; piece--) {
                String alphabet = alphabets[random.nextInt(alphabets.length)];
                for (int left = random.nextInt(22); left > 0; left--) {
                    text.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                if (random.nextInt(8) == 0) {
                    text.append(uuids[random.nextInt(uuids.length)]);
                }
            }
            cut += skeleton(text.toString()).equals(LEFT) ? 0 : 1;
        }
        assertThat(cut).as("texts that were cut").isGreaterThan(15_000);
    }

    /// What a text is cut into, which comes back.
    private String skeleton(String string) {
        byte[] text = string.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(Tokenizer.ROOM_BYTES);
            MemorySegment source = arena.allocate(Math.max(1, text.length));
            MemorySegment.copy(text, 0, source, ValueLayout.JAVA_BYTE, 0, text.length);
            int length = tokenizer.cut(source.address(), text.length, room.address());
            if (length < 0) {
                return LEFT;
            }
            learn(text);
            MemorySegment target = arena.allocate(text.length + 8L);
            byte[] skeleton = room.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            Template template = new Template();
            template.begin(target.address(), dictionary(arena).address());
            MemorySegment columns = arena.allocate(Tokenizer.SLOTS_MAX * 8L, 8);
            String shown = describe(template, skeleton, columns);
            long end = template.render(target.address(), 0);
            assertThat(end - target.address()).as(string).isEqualTo(text.length);
            assertThat(target.asSlice(0, text.length).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(text);
            return shown;
        }
    }

    /// Has a template made, with every second value as one that is the same in all texts.
    private String describe(Template template, byte[] skeleton, MemorySegment columns) {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        long at = tokenizer.values();
        int slot = 0;
        for (int step = 0; step < skeleton.length; step++) {
            byte kind = skeleton[step];
            if (kind < 0 || kind > Tokenizer.HEX) {
                template.literal(kind);
                shown.write(kind);
                continue;
            }
            int size = kind == Tokenizer.PADDED || kind == Tokenizer.HEX ? skeleton[++step] : 0;
            shown.write("#wu0x".charAt(kind - 1));
            shown.writeBytes((size == 0 ? "" : size + "").getBytes(StandardCharsets.UTF_8));
            for (int half = 0; half < (kind == Tokenizer.UUID ? 2 : 1); half++) {
                MemorySegment value = MemorySegment.ofAddress(at).reinterpret(12);
                long number = value.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
                at += Integer.BYTES;
                if (number == Tokenizer.LARGE) {
                    number = value.get(ValueLayout.JAVA_LONG_UNALIGNED, 4);
                    at += Long.BYTES;
                }
                columns.setAtIndex(ValueLayout.JAVA_LONG, slot + half, number);
            }
            long column = columns.address() + slot * 8L;
            if (kind == Tokenizer.UUID) {
                template.uuid(column, column + 8);
                slot++;
            } else if (slot % 2 == 0) {
                template.value(kind, size, column);
            } else {
                template.constant(kind, size, columns.getAtIndex(ValueLayout.JAVA_LONG, slot));
            }
            slot++;
        }
        assertThat(at - tokenizer.values()).isEqualTo(tokenizer.valueBytes());
        template.end();
        return shown.toString(StandardCharsets.UTF_8);
    }

    private void learn(byte[] text) {
        for (int word = 0; word < tokenizer.unknownWords; word++) {
            int offset = tokenizer.unknownOffset(word);
            String found =
                    new String(text, offset, tokenizer.unknownLength(word), StandardCharsets.UTF_8);
            if (!words.contains(found)) {
                words.add(found);
            }
            tokenizer.learn(word, words.indexOf(found));
        }
    }

    private MemorySegment dictionary(Arena arena) {
        MemorySegment table = arena.allocate(Math.max(1, words.size()) * 16L, 8);
        for (int index = 0; index < words.size(); index++) {
            byte[] bytes = words.get(index).getBytes(StandardCharsets.UTF_8);
            MemorySegment word = arena.allocate(bytes.length + 8L);
            MemorySegment.copy(bytes, 0, word, ValueLayout.JAVA_BYTE, 0, bytes.length);
            table.setAtIndex(ValueLayout.JAVA_LONG, index * 2L, word.address());
            table.setAtIndex(ValueLayout.JAVA_LONG, index * 2L + 1, bytes.length);
        }
        return table;
    }
}
