package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.testkit.Received;
import dev.colonnade.storage.Codec;
import java.util.Map;

/// What a peer makes of a body.
final class Inflated {
    private Inflated() {}

    static byte[] of(Codec codec, byte[] body) {
        String encoding = codec == Codec.IDENTITY ? "" : codec.label();
        return new Received(0, "", Map.of(), body, encoding, 0).plain();
    }
}
