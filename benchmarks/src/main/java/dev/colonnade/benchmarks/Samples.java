package dev.colonnade.benchmarks;

import java.util.Arrays;
import java.util.List;

/// Figures of several rounds.
///
/// @param values sorted, never empty
record Samples(List<Double> values) {
    static Samples of(List<Facts> rounds, String name) {
        double[] sorted =
                rounds.stream()
                        .mapToDouble(facts -> facts.number(name, Double.NaN))
                        .sorted()
                        .toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("no rounds: figure=" + name);
        }
        return new Samples(Arrays.stream(sorted).boxed().toList());
    }

    static Samples of(List<Double> figures) {
        return new Samples(figures.stream().sorted().toList());
    }

    /// The middle figure; of an even number, the mean of the two in the middle.
    double median() {
        int middle = values.size() / 2;
        return values.size() % 2 == 1
                ? values.get(middle)
                : (values.get(middle - 1) + values.get(middle)) / 2;
    }

    double lowest() {
        return values.getFirst();
    }

    double highest() {
        return values.getLast();
    }

    double sum() {
        return values.stream().mapToDouble(Double::doubleValue).sum();
    }
}
