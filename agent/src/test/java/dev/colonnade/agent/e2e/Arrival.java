package dev.colonnade.agent.e2e;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.OtlpOracle.Row;
import dev.colonnade.storage.Signal;
import java.util.List;
import java.util.Map;

/// A request that reached a backend.
///
/// @param number counts the requests of a backend, from 0
/// @param body plain OTLP
/// @param encoding how it was compressed; `identity` for not at all
/// @param headers names in lower case
@SuppressWarnings("ArrayRecordComponent") // never compared
record Arrival(
        int number, Signal signal, byte[] body, String encoding, Map<String, String> headers) {
    /// Its records in order, each with what it stands in.
    List<Row> rows() {
        try {
            return OtlpOracle.rows(OtlpOracle.whole().parse(signal, body));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("the backend got what is no OTLP", e);
        }
    }
}
