package dev.colonnade.pipeline.testkit;

import dev.colonnade.storage.Signal;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Seeded protobuf bytes that look like OTLP and use every freedom of the wire format: unknown
/// fields, groups, packed and unpacked lists, repeated singular fields, wrong wire types, over-long
/// varints, several members of a oneof, messages without content; and, on request, damage.
public final class RandomWire {
    private static final int[] DATA = {5, 7, 9, 10, 11};

    private final RandomGenerator random;

    /// Draws from `random`, which the caller has seeded.
    public RandomWire(RandomGenerator random) {
        this.random = random;
    }

    /// A request that protobuf-java accepts down to the records.
    public byte[] intact(Signal signal) {
        return request(signal);
    }

    /// A request with some damage: bytes changed, cut off, inserted, or put together at random. It
    /// may still be intact by chance.
    public byte[] damaged(Signal signal) {
        byte[] bytes = request(signal);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            bytes = damage(bytes);
        }
        return bytes;
    }

    private byte[] damage(byte[] bytes) {
        if (bytes.length == 0) {
            return bytes(1 + random.nextInt(8));
        }
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(6)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 3 -> {
                return spliced(bytes, at, bytes(1 + random.nextInt(4)));
            }
            case 4 -> {
                return spliced(bytes, at, badField());
            }
            default -> {
                Writer longer = new Writer();
                longer.raw(bytes);
                longer.raw(badField());
                return longer.bytes();
            }
        }
        return bytes;
    }

    /// A field that no parser accepts, or only in some places.
    private byte[] badField() {
        Writer writer = new Writer();
        switch (random.nextInt(8)) {
            case 0 -> writer.varint(random.nextInt(8), 1);
            case 1 -> writer.tag(number(), 6 + random.nextInt(2));
            case 2 -> writer.tag(number(), 4);
            case 3 -> {
                writer.tag(number(), 3);
                writer.raw(bytes(random.nextInt(3)));
            }
            case 4 -> {
                writer.tag(number(), 2);
                writer.varint(random.nextInt() | 0x8000_0000L, 1);
            }
            case 5 -> {
                for (int i = 0; i < 11; i++) {
                    writer.raw(new byte[] {(byte) 0x80});
                }
            }
            case 6 -> nested(writer, 101 + random.nextInt(3));
            default -> {
                writer.tag(number(), 2);
                writer.varint(1 + random.nextInt(1 << 20), 1);
            }
        }
        return writer.bytes();
    }

    private byte[] request(Signal signal) {
        Writer writer = new Writer();
        int resources = count();
        for (int i = 0; i < resources; i++) {
            noise(writer);
            writer.message(1, resource(signal), width());
        }
        noise(writer);
        return writer.bytes();
    }

    private byte[] resource(Signal signal) {
        Writer writer = new Writer();
        envelope(writer);
        int scopes = count();
        for (int i = 0; i < scopes; i++) {
            writer.message(2, scope(signal), width());
            noise(writer);
        }
        envelope(writer);
        return writer.bytes();
    }

    private byte[] scope(Signal signal) {
        Writer writer = new Writer();
        envelope(writer);
        int items = random.nextInt(8) == 0 ? random.nextInt(40) : count();
        for (int i = 0; i < items; i++) {
            byte[] item = signal == Signal.METRICS ? metric() : record();
            writer.message(2, item, width());
            noise(writer);
        }
        envelope(writer);
        return writer.bytes();
    }

    private byte[] metric() {
        Writer writer = new Writer();
        noise(writer);
        if (random.nextInt(3) > 0) {
            writer.message(1, bytes(random.nextInt(20)), width());
        }
        if (random.nextInt(3) == 0) {
            writer.message(12, bytes(random.nextInt(20)), width());
        }
        int datas = random.nextInt(4) == 0 ? random.nextInt(4) : 1;
        int member = DATA[random.nextInt(DATA.length)];
        for (int i = 0; i < datas; i++) {
            if (random.nextInt(3) == 0) {
                member = DATA[random.nextInt(DATA.length)];
            }
            writer.message(member, data(), width());
            noise(writer);
        }
        return writer.bytes();
    }

    private byte[] data() {
        Writer writer = new Writer();
        int points = random.nextInt(8) == 0 ? random.nextInt(20) : count();
        for (int i = 0; i < points; i++) {
            writer.message(1, record(), width());
            noise(writer);
            if (random.nextInt(4) == 0) {
                writer.tag(2, 0);
                writer.varint(random.nextInt(4), width());
            }
        }
        if (random.nextInt(2) == 0) {
            writer.tag(3, 0);
            writer.varint(random.nextInt(2), width());
        }
        return writer.bytes();
    }

    /// Resource or scope (field 1) and schema URL (field 3), none, one or more of each.
    private void envelope(Writer writer) {
        noise(writer);
        if (random.nextInt(3) == 0) {
            writer.message(1, bytes(random.nextInt(30)), width());
        }
        if (random.nextInt(4) == 0) {
            writer.message(3, bytes(random.nextInt(20)), width());
        }
    }

    private byte[] record() {
        int size =
                switch (random.nextInt(12)) {
                    case 0 -> 0;
                    case 1 -> 100 + random.nextInt(300);
                    case 2 -> 16_000 + random.nextInt(800);
                    default -> random.nextInt(60);
                };
        return bytes(size);
    }

    /// Fields that a reader must step over.
    private void noise(Writer writer) {
        if (random.nextInt(4) > 0) {
            return;
        }
        int fields = 1 + random.nextInt(2);
        for (int i = 0; i < fields; i++) {
            switch (random.nextInt(8)) {
                case 0 -> {
                    writer.tag(number(), 0);
                    writer.varint(random.nextLong() >>> random.nextInt(64), width());
                }
                case 1 -> {
                    writer.tag(number(), 1);
                    writer.raw(bytes(8));
                }
                case 2 -> {
                    writer.tag(number(), 5);
                    writer.raw(bytes(4));
                }
                case 3 -> nested(writer, 1 + random.nextInt(random.nextInt(10) == 0 ? 96 : 3));
                case 4 -> wrongType(writer);
                default ->
                        writer.message(
                                13 + random.nextInt(3000), bytes(random.nextInt(20)), width());
            }
        }
    }

    /// A number that has a meaning, with a wire type that does not fit it.
    private void wrongType(Writer writer) {
        int number = 1 + random.nextInt(12);
        switch (random.nextInt(3)) {
            case 0 -> {
                writer.tag(number, 1);
                writer.raw(bytes(8));
            }
            case 1 -> {
                writer.tag(number, 5);
                writer.raw(bytes(4));
            }
            default -> {
                writer.tag(number, 3);
                writer.message(2, bytes(random.nextInt(10)), width());
                writer.tag(number, 4);
            }
        }
    }

    private void nested(Writer writer, int depth) {
        int[] numbers = new int[depth];
        for (int i = 0; i < depth; i++) {
            numbers[i] = number();
            writer.tag(numbers[i], 3);
            if (random.nextInt(4) == 0) {
                writer.message(number(), bytes(random.nextInt(6)), width());
            }
        }
        for (int i = depth - 1; i >= 0; i--) {
            writer.tag(numbers[i], 4);
        }
    }

    private int number() {
        return switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(12);
            case 1 -> 13 + random.nextInt(200);
            case 2 -> 1000;
            default -> 1 + random.nextInt((1 << 29) - 1);
        };
    }

    private int count() {
        return random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(3);
    }

    /// The least number of bytes of a varint: mostly no more than needed.
    private int width() {
        return random.nextInt(16) == 0 ? 1 + random.nextInt(10) : 1;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] spliced(byte[] bytes, int at, byte[] inserted) {
        Writer writer = new Writer();
        writer.out.write(bytes, 0, at);
        writer.raw(inserted);
        writer.out.write(bytes, at, bytes.length - at);
        return writer.bytes();
    }

    private final class Writer {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        void tag(int number, int wireType) {
            varint(Integer.toUnsignedLong((number << 3) | wireType), width());
        }

        void message(int number, byte[] bytes, int width) {
            tag(number, 2);
            varint(bytes.length, width);
            raw(bytes);
        }

        void varint(long value, int width) {
            long rest = value;
            int written = 1;
            while ((rest & ~0x7fL) != 0 || written < width) {
                out.write((int) ((rest & 0x7f) | 0x80));
                rest >>>= 7;
                written++;
            }
            out.write((int) rest);
        }

        void raw(byte[] bytes) {
            out.writeBytes(bytes);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
