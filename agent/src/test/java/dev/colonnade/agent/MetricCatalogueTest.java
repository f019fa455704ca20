package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.colonnade.pipeline.Metric;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class MetricCatalogueTest {
    private static final Set<String> UNITS =
            Set.of(
                    "boolean",
                    "blocks",
                    "bytes",
                    "codecs",
                    "collections",
                    "connections",
                    "files",
                    "level",
                    "lines",
                    "processors",
                    "ratio",
                    "records",
                    "requests",
                    "seconds",
                    "sizer",
                    "slabs",
                    "switches",
                    "threads",
                    "values");

    @Test
    void documentIsMadeFromTheDeclarations() throws IOException {
        Path document = Path.of(System.getProperty("project.root"), "docs/metrics.md");
        if ("write".equals(System.getProperty("colonnade.docs"))) {
            Files.writeString(document, MetricsDocument.text());
        }
        assertThat(document)
                .as("write it anew with -Dtest=MetricCatalogueTest -Dcolonnade.docs=write")
                .hasContent(MetricsDocument.text());
    }

    @Test
    void everyDeclaredMetricIsInTheCatalogue() throws ReflectiveOperationException {
        JavaClasses classes =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .withImportOption(location -> !location.contains("-tests.jar"))
                        .importPackages("dev.colonnade");
        List<Metric> known = MetricCatalogue.metrics().toList();
        int declared = 0;
        for (JavaField constant : classes.stream().flatMap(c -> c.getFields().stream()).toList()) {
            if (constant.getRawType().isEquivalentTo(Metric.class)
                    && constant.getModifiers().contains(JavaModifier.STATIC)) {
                Field field = constant.reflect();
                field.setAccessible(true);
                assertThat(known).as(constant.getFullName()).contains((Metric) field.get(null));
                declared++;
            }
        }
        assertThat(declared).isGreaterThan(60);
    }

    @Test
    void noNameIsDeclaredTwice() {
        assertThat(MetricCatalogue.metrics().map(Metric::name)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("dev.colonnade.agent.MetricCatalogue#metrics")
    void saysWhatItIsInOneSentenceAndAUnit(Metric metric) {
        assertThat(metric.name()).matches("(colonnade|otelcol|jvm|process)_[a-z0-9_]+");
        assertThat(metric.name()).doesNotEndWith("_total");
        assertThat(UNITS).contains(metric.unit());
        assertThat(metric.help()).matches("[A-Z0-9][^|\\n]*\\.").doesNotContain("  ");
        assertThat(metric.labels()).allMatch(label -> label.matches("[a-z][a-z_]*"));
    }
}
