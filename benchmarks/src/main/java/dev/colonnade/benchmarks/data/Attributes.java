package dev.colonnade.benchmarks.data;

/// `KeyValue` messages.
final class Attributes {
    private Attributes() {}

    static Proto string(String key, String value) {
        return keyValue(key, new Proto().string(1, value));
    }

    static Proto integer(String key, long value) {
        return keyValue(key, new Proto().varint(3, value));
    }

    static Proto bool(String key, boolean value) {
        return keyValue(key, new Proto().varint(2, value ? 1 : 0));
    }

    /// A string of 16 characters that the patch REQUEST_ID of record number `record` writes.
    static Proto requestId(String key, int record) {
        return keyValue(key, new Proto().patchedBytes(1, 2 * Long.BYTES, Body.REQUEST_ID, record));
    }

    private static Proto keyValue(String key, Proto anyValue) {
        return new Proto().string(1, key).message(2, anyValue);
    }
}
