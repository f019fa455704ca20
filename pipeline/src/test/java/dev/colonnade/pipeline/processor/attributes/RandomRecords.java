package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Seeded requests that protobuf-java accepts and that use every freedom of the wire format where
/// attributes are: fields out of order and repeated, missing keys and values, merging values and
/// resources, unknown fields and groups, known numbers with other wire types, long varints.
final class RandomRecords {
    static final String[] KEYS = {
        "a", "bb", "k", "http.status_code", "service.name", "user.email", "url", "x".repeat(130)
    };
    static final String[] TEXTS = {
        "",
        "v",
        "42",
        "-7",
        "1e3",
        "2.50",
        "true",
        "GET /api/orders?id=17",
        "ops@example.org",
        "ünïcödé",
        "9223372036854775807",
        "9223372036854775808",
        "x".repeat(300)
    };

    private final Random random;

    RandomRecords(long seed) {
        random = new Random(seed);
    }

    byte[] request(Signal signal) {
        List<byte[]> parts = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            parts.add(writer().message(1, resourceX(signal)).bytes());
        }
        addUnknown(parts);
        return shuffled(parts);
    }

    private byte[] resourceX(Signal signal) {
        List<byte[]> parts = new ArrayList<>();
        int resources = random.nextInt(10) == 0 ? random.nextInt(4) : 1;
        for (int i = 0; i < resources; i++) {
            parts.add(writer().message(1, resource()).bytes());
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            parts.add(writer().message(2, scopeX(signal)).bytes());
        }
        if (random.nextBoolean()) {
            parts.add(writer().text(3, "https://example.org/schema").bytes());
        }
        addUnknown(parts);
        return shuffled(parts);
    }

    private byte[] resource() {
        List<byte[]> parts = attributes(1);
        if (random.nextInt(4) == 0) {
            parts.add(writer().number(2, 3).bytes());
        }
        addUnknown(parts);
        return shuffled(parts);
    }

    private byte[] scopeX(Signal signal) {
        List<byte[]> parts = new ArrayList<>();
        int scopes = random.nextInt(10) == 0 ? random.nextInt(3) : 1;
        for (int i = 0; i < scopes; i++) {
            parts.add(writer().message(1, scope()).bytes());
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            byte[] item =
                    switch (signal) {
                        case LOGS -> log();
                        case TRACES -> span();
                        case METRICS -> metric();
                    };
            parts.add(writer().message(2, item).bytes());
        }
        addUnknown(parts);
        return shuffled(parts);
    }

    private byte[] scope() {
        List<byte[]> parts = attributes(3);
        if (random.nextInt(5) > 0) {
            parts.add(writer().text(1, pick("lib.one", "lib.two")).bytes());
        }
        if (random.nextBoolean()) {
            parts.add(writer().text(2, pick("1.0", "2.0", "")).bytes());
        }
        return shuffled(parts);
    }

    private byte[] log() {
        List<byte[]> parts = attributes(6);
        parts.add(writer().fixed64(1, random.nextLong()).bytes());
        parts.add(writer().number(2, random.nextInt(25)).bytes());
        parts.add(writer().text(3, pick("INFO", "WARN", "ERROR")).bytes());
        for (int i = random.nextInt(6) == 0 ? 2 : random.nextInt(2); i > 0; i--) {
            parts.add(writer().message(5, anyValue(0)).bytes());
        }
        parts.add(writer().fixed32(8, random.nextInt()).bytes());
        parts.add(writer().message(9, new byte[16]).bytes());
        addUnknown(parts);
        if (random.nextInt(20) == 0) {
            parts.add(writer().number(6, 5).bytes());
        }
        return shuffled(parts);
    }

    private byte[] span() {
        List<byte[]> parts = attributes(9);
        parts.add(writer().message(1, new byte[16]).bytes());
        parts.add(writer().text(5, pick("GET /a", "POST /b", "query")).bytes());
        parts.add(writer().number(6, random.nextInt(6)).bytes());
        parts.add(writer().fixed64(7, random.nextLong()).bytes());
        if (random.nextInt(3) == 0) {
            parts.add(writer().message(11, shuffled(attributes(3))).bytes());
        }
        if (random.nextInt(8) == 0) {
            parts.add(writer().text(5, "renamed").bytes());
        }
        addUnknown(parts);
        return shuffled(parts);
    }

    private byte[] metric() {
        List<byte[]> parts = new ArrayList<>();
        parts.add(writer().text(1, pick("requests", "latency", "heap.used")).bytes());
        int kind = new int[] {5, 7, 9, 10, 11}[random.nextInt(5)];
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            parts.add(writer().message(kind, data(kind)).bytes());
        }
        if (random.nextInt(15) == 0) {
            parts.add(writer().message(5, data(5)).bytes());
        }
        addUnknown(parts);
        return shuffled(parts);
    }

    private byte[] data(int kind) {
        int attributes =
                switch (kind) {
                    case 9 -> 9;
                    case 10 -> 1;
                    default -> 7;
                };
        List<byte[]> parts = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            List<byte[]> point = attributes(attributes);
            point.add(writer().fixed64(3, random.nextLong()).bytes());
            addUnknown(point);
            parts.add(writer().message(1, shuffled(point)).bytes());
        }
        return shuffled(parts);
    }

    private List<byte[]> attributes(int number) {
        List<byte[]> parts = new ArrayList<>();
        int count = random.nextInt(30) == 0 ? 40 : random.nextInt(9);
        for (int i = 0; i < count; i++) {
            parts.add(writer().message(number, keyValue(0)).bytes());
        }
        return parts;
    }

    private byte[] keyValue(int depth) {
        byte[] key = writer().text(1, pick(KEYS)).bytes();
        if (random.nextInt(6) > 0) {
            return writer().raw(key).message(2, anyValue(depth)).bytes();
        }
        List<byte[]> parts = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            parts.add(writer().text(1, pick(KEYS)).bytes());
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            parts.add(writer().message(2, anyValue(depth)).bytes());
        }
        addUnknown(parts);
        return shuffled(parts);
    }

    private byte[] anyValue(int depth) {
        WireWriter value = writer();
        if (random.nextInt(12) == 0) {
            value.raw(unknown());
        }
        for (int i = random.nextInt(10) == 0 ? random.nextInt(4) : 1; i > 0; i--) {
            member(value, depth);
        }
        return value.bytes();
    }

    private void member(WireWriter value, int depth) {
        switch (random.nextInt(depth > 2 ? 5 : 7)) {
            case 0 -> value.number(2, random.nextInt(2));
            case 1 ->
                    value.number(3, random.nextBoolean() ? random.nextInt(300) : random.nextLong());
            case 2 -> value.fixed64(4, Double.doubleToRawLongBits(random.nextInt(1000) / 8.0));
            case 3 -> value.message(7, new byte[random.nextInt(5)]);
            case 5 -> {
                WireWriter list = writer();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.message(1, anyValue(depth + 1));
                }
                value.message(5, list.bytes());
            }
            case 6 -> {
                WireWriter map = writer();
                for (int i = random.nextInt(4); i > 0; i--) {
                    map.message(1, keyValue(depth + 1));
                }
                value.message(6, map.bytes());
            }
            default -> value.text(1, pick(TEXTS));
        }
    }

    private void addUnknown(List<byte[]> parts) {
        if (random.nextInt(8) == 0) {
            parts.add(unknown());
        }
    }

    /// A field that no message of OTLP has.
    private byte[] unknown() {
        int number = 1000 + random.nextInt(3);
        WireWriter field = writer();
        return switch (random.nextInt(5)) {
            case 0 -> field.number(number, random.nextLong()).bytes();
            case 1 -> field.fixed32(number, random.nextInt()).bytes();
            case 2 -> field.text(number, "unknown").bytes();
            case 3 ->
                    field.tag(number, 3)
                            .number(6, 1)
                            .tag(9, 3)
                            .text(1, "a")
                            .tag(9, 4)
                            .tag(number, 4)
                            .bytes();
            default -> field.fixed64(number, random.nextLong()).bytes();
        };
    }

    private byte[] shuffled(List<byte[]> parts) {
        if (random.nextInt(3) == 0) {
            Collections.shuffle(parts, random);
        }
        return writer().all(parts).bytes();
    }

    private WireWriter writer() {
        return new WireWriter(random);
    }

    private String pick(String... from) {
        return from[random.nextInt(from.length)];
    }
}
