package dev.colonnade.pipeline.processor.attributes;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;

/// Writes protobuf fields; some varints take more bytes than they need.
final class WireWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final RandomGenerator random;

    WireWriter(RandomGenerator random) {
        this.random = random;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    WireWriter varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write(((int) rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        if (random.nextInt(40) == 0 && value >= 0 && value < 1 << 20) {
            out.write((int) rest | 0x80);
            out.write(0);
        } else {
            out.write((int) rest);
        }
        return this;
    }

    WireWriter tag(int number, int wireType) {
        return varint((long) number << 3 | wireType);
    }

    WireWriter number(int number, long value) {
        return tag(number, 0).varint(value);
    }

    WireWriter fixed64(int number, long value) {
        tag(number, 1);
        for (int shift = 0; shift < 64; shift += 8) {
            out.write((int) (value >>> shift));
        }
        return this;
    }

    WireWriter fixed32(int number, int value) {
        tag(number, 5);
        for (int shift = 0; shift < 32; shift += 8) {
            out.write(value >>> shift);
        }
        return this;
    }

    WireWriter message(int number, byte[] body) {
        tag(number, 2).varint(body.length);
        return raw(body);
    }

    WireWriter text(int number, String text) {
        return message(number, text.getBytes(StandardCharsets.UTF_8));
    }

    WireWriter raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    WireWriter all(List<byte[]> parts) {
        parts.forEach(out::writeBytes);
        return this;
    }
}
