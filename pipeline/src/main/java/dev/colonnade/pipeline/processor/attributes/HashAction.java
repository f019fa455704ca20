package dev.colonnade.pipeline.processor.attributes;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// `hash`: replaces values by the hexadecimal SHA-256 of their bytes, as the Collector does since
/// it gave up SHA-1: of a string's UTF-8, of one byte for a boolean, of eight little-endian bytes
/// for a number. Bytes, lists, maps and no value become the empty string.
///
/// Allocates nothing per record once the digest is warm.
final class HashAction extends KeyAction {
    private static final int DIGEST_BYTES = 32;
    private static final byte[] HEX = {
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };

    private final MessageDigest sha256;
    private final byte[] digest = new byte[DIGEST_BYTES];
    private final byte[] chunk = new byte[4096];

    HashAction(ActionConfig config, AttributeKeys keys) {
        super(config, keys);
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("no SHA-256: every Java platform has one", e);
        }
    }

    @Override
    boolean act(AttributeTable table, int index, AnyValueReader reader) {
        if (!reader.read(table, index)) {
            return false;
        }
        ByteArena arena = table.arena();
        boolean isHashed = update(reader);
        int length = isHashed ? 2 * DIGEST_BYTES : 0;
        int from = arena.top();
        if (!arena.beginText(length)) {
            return false;
        }
        // The room may be in another array now than before.
        if (isHashed) {
            finish(arena);
        }
        table.replace(index, arena.bytes(), from, arena.top() - from, null);
        return true;
    }

    private boolean update(AnyValueReader reader) {
        switch (reader.type()) {
            case AnyValueReader.TEXT_TAG -> {
                int length = reader.textLength();
                for (int from = 0; from < length; from += chunk.length) {
                    int count = Math.min(chunk.length, length - from);
                    reader.copyText(from, chunk, count);
                    sha256.update(chunk, 0, count);
                }
            }
            case AnyValueReader.BOOL_TAG -> sha256.update((byte) (reader.bool() ? 1 : 0));
            case AnyValueReader.INT_TAG, AnyValueReader.REAL_TAG -> {
                for (int index = 0; index < Long.BYTES; index++) {
                    chunk[index] = (byte) (reader.number() >>> (index * Byte.SIZE));
                }
                sha256.update(chunk, 0, Long.BYTES);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void finish(ByteArena arena) {
        try {
            sha256.digest(digest, 0, DIGEST_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("a SHA-256 digest has 32 bytes", e);
        }
        for (byte next : digest) {
            arena.put(HEX[(next >>> 4) & 0xf]);
            arena.put(HEX[next & 0xf]);
        }
    }
}
