package dev.colonnade.pipeline.processor.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.colonnade.pipeline.Processor;
import dev.colonnade.pipeline.Processor.Outcome;
import dev.colonnade.pipeline.RequestContext;
import dev.colonnade.pipeline.processor.attributes.ProcessorHarness.Result;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.pipeline.testkit.RandomWire;
import dev.colonnade.pipeline.wire.Skim;
import dev.colonnade.storage.Signal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The processors against protobuf-java's objects.
///
/// Scenario: seeded requests that use every freedom of the wire format, seeded lists of actions and
/// seeded conditions. Guarantee: the result is, as a message, what parsing, editing and serialising
/// gives, the order of attributes and unknown fields included.
final class DifferentialTest {
    private static final int ROUNDS = 1000;

    private static final RequestContext CONTEXT =
            new RequestContext() {
                @Override
                public List<String> metadata(String key) {
                    return key.equals("tenant") ? List.of("acme", "beta") : List.of();
                }

                @Override
                public String clientAddress() {
                    return "10.1.2.3";
                }
            };

    private final ProcessorHarness harness = ProcessorHarness.create();
    private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);

    @AfterEach
    void nothingLeaked() {
        harness.close();
    }

    @ParameterizedTest
    @EnumSource
    void attributesAreEditedAsObjectsWouldBe(Signal signal) throws Exception {
        for (int seed = 0; seed < ROUNDS; seed++) {
            RandomConfigs configs = new RandomConfigs(seed);
            MatchConfig include = seed % 3 == 0 ? configs.match(signal) : null;
            MatchConfig exclude = seed % 4 == 0 ? configs.match(signal) : null;
            AttributesConfig config = new AttributesConfig(include, exclude, configs.actions());
            byte[] request = new RandomRecords(seed).request(signal);
            Message original = ReferenceProcessor.parse(signal, request);
            Message expected = ReferenceProcessor.attributes(config, original, CONTEXT);
            verify(
                    new AttributesProcessor(config, signal),
                    signal,
                    request,
                    expected,
                    seed,
                    config);
        }
        assertThat(outcomes.keySet()).containsExactlyInAnyOrder(Outcome.UNCHANGED, Outcome.CHANGED);
    }

    @ParameterizedTest
    @EnumSource
    void resourcesAreEditedAsObjectsWouldBe(Signal signal) throws Exception {
        for (int seed = 0; seed < ROUNDS; seed++) {
            ResourceConfig config = new ResourceConfig(new RandomConfigs(seed).actions());
            byte[] request = new RandomRecords(seed).request(signal);
            Message original = ReferenceProcessor.parse(signal, request);
            Message expected = ReferenceProcessor.resource(config, original, CONTEXT);
            verify(new ResourceProcessor(config), signal, request, expected, seed, config);
        }
        assertThat(outcomes.keySet()).containsExactlyInAnyOrder(Outcome.UNCHANGED, Outcome.CHANGED);
    }

    @ParameterizedTest
    @EnumSource
    void telemetryOfSdksIsEditedAsObjectsWouldBe(Signal signal) throws Exception {
        RandomOtlp telemetry = new RandomOtlp(new SplittableRandom(7));
        List<ActionConfig> actions =
                List.of(
                        ActionConfig.of("insert", "env").value(AttributeValue.of("prod")),
                        ActionConfig.of("hash", "user.id"),
                        ActionConfig.of("upsert", "route").fromAttribute("http.route"),
                        ActionConfig.of("delete", "http.route"));
        AttributesConfig config = new AttributesConfig(null, null, actions);
        Processor processor = new AttributesProcessor(config, signal);
        for (int round = 0; round < 50; round++) {
            byte[] request = telemetry.request(signal, 1 + round * 7);
            Message original = ReferenceProcessor.parse(signal, request);
            Message expected = ReferenceProcessor.attributes(config, original, CONTEXT);
            verify(processor, signal, request, expected, round, config);
        }
    }

    /// Scenario: memory is so short that a target gets room for the next write only, and moves
    /// again and again while lengths around grow and shrink.
    @ParameterizedTest
    @EnumSource
    void targetsThatGrowByteByByteHoldTheSame(Signal signal) throws Exception {
        harness.giveNoMoreThanNeeded();
        attributesAreEditedAsObjectsWouldBe(signal);
        outcomes.clear();
        resourcesAreEditedAsObjectsWouldBe(signal);
    }

    /// Scenario: bits of good requests flip, bytes are cut out, and requests are random from the
    /// envelopes down; some are damaged where the processors look. Guarantee: an answer, the same
    /// whatever stands around the request in memory; never a complaint about what protobuf-java
    /// accepts; and what is made of it is skimmed without complaint and keeps all records.
    @ParameterizedTest
    @EnumSource
    void damageIsAnAnswer(Signal signal) {
        Random random = new Random(11);
        RandomWire wire = new RandomWire(random);
        for (int seed = 0; seed < ROUNDS; seed++) {
            RandomConfigs configs = new RandomConfigs(seed);
            AttributesConfig config =
                    new AttributesConfig(
                            seed % 2 == 0 ? configs.match(signal) : null, null, configs.actions());
            byte[] request =
                    seed % 3 == 0
                            ? wire.damaged(signal)
                            : damaged(new RandomRecords(seed).request(signal), random);
            Processor attributes = new AttributesProcessor(config, signal);
            Processor resource = new ResourceProcessor(new ResourceConfig(config.actions()));
            answer(attributes, signal, request, seed);
            answer(resource, signal, request, seed);
        }
        assertThat(outcomes.keySet())
                .containsExactlyInAnyOrder(Outcome.UNCHANGED, Outcome.CHANGED, Outcome.MALFORMED);
    }

    private void answer(Processor processor, Signal signal, byte[] request, int seed) {
        Result one = harness.run(processor, signal, request, CONTEXT, (byte) 0);
        Result other = harness.run(processor, signal, request, CONTEXT, (byte) 0x12);
        assertThat(one.outcome()).as("seed %d", seed).isEqualTo(other.outcome());
        assertThat(one.bytes()).as("seed %d", seed).isEqualTo(other.bytes());
        outcomes.merge(one.outcome(), 1, Integer::sum);
        boolean isAccepted = OtlpOracle.whole().accepts(signal, request);
        if (isAccepted) {
            assertThat(one.outcome()).as("seed %d", seed).isNotEqualTo(Outcome.MALFORMED);
        }
        int records = records(signal, request);
        if (records >= 0 && one.outcome() == Outcome.CHANGED) {
            assertThat(records(signal, one.bytes())).as("seed %d", seed).isEqualTo(records);
            assertThat(OtlpOracle.whole().accepts(signal, one.bytes()))
                    .as("seed %d", seed)
                    .satisfiesAnyOf(
                            accepted -> assertThat(accepted).isTrue(),
                            _ -> assertThat(isAccepted).isFalse());
        }
    }

    /// Records as the skim counts them; -1 where it refuses.
    private static int records(Signal signal, byte[] request) {
        Skim skim = new Skim();
        try (OffHeapBytes bytes = OffHeapBytes.copyOf(request)) {
            return skim.skim(signal, bytes.address(), request.length) ? skim.records() : -1;
        }
    }

    private static byte[] damaged(byte[] request, Random random) {
        byte[] bytes = request.clone();
        for (int flips = random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    private void verify(
            Processor processor,
            Signal signal,
            byte[] request,
            Message expected,
            int seed,
            Record config)
            throws InvalidProtocolBufferException {
        Result result = harness.run(processor, signal, request, CONTEXT, (byte) 0x0a);
        outcomes.merge(result.outcome(), 1, Integer::sum);
        assertThat(result.outcome())
                .as("seed %d, %s", seed, config)
                .isIn(Outcome.CHANGED, Outcome.UNCHANGED);
        assertThat(ReferenceProcessor.parse(signal, result.bytes()))
                .as("seed %d, %s", seed, config)
                .isEqualTo(expected);
    }

    @Test
    void theGeneratorMakesWhatProtobufAccepts() {
        for (int seed = 0; seed < 500; seed++) {
            for (Signal signal : Signal.values()) {
                byte[] request = new RandomRecords(seed).request(signal);
                assertThat(OtlpOracle.whole().accepts(signal, request)).isTrue();
                assertThat(records(signal, request)).isNotNegative();
            }
        }
    }
}
