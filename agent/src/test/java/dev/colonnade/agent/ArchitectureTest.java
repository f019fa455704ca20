package dev.colonnade.agent;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The compile arrows and the few rules that Maven cannot hold, over the classes of all modules.
@Tag("house-rules")
final class ArchitectureTest {
    private static final String ROOT = "dev.colonnade";
    private static final List<String> MODULES =
            List.of("storage", "pipeline", "exporters", "agent");
    private static final String[] COMPONENT_SUFFIXES = {
        "Receiver", "Processor", "Exporter", "Connector"
    };

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(ArchitectureTest::isNoTestJar)
                    .importPackages(ROOT);

    private static boolean isNoTestJar(Location location) {
        return !location.contains("-tests.jar");
    }

    @Test
    void seesTheClassesOfEveryModule() {
        Path root = Path.of(System.getProperty("project.root"));
        List<String> written =
                MODULES.stream()
                        .filter(module ->
                                Files.isDirectory(root.resolve(module + "/src/main/java")))
                        .toList();
        assertThat(written)
                .contains("storage")
                .allSatisfy(module ->
                        assertThat(CLASSES)
                                .anyMatch(type -> type.getPackageName().startsWith(in(module))));
        assertThat(CLASSES.stream().map(JavaClass::getSimpleName))
                .doesNotContain("ArchitectureTest");
    }

    @Test
    void layersDependDownwardsOnly() {
        check(
                layeredArchitecture()
                        .consideringOnlyDependenciesInLayers()
                        .withOptionalLayers(true)
                        .layer("agent")
                        .definedBy(in("agent."))
                        .layer("exporters")
                        .definedBy(in("exporters."))
                        .layer("pipeline")
                        .definedBy(in("pipeline."))
                        .layer("storage")
                        .definedBy(in("storage."))
                        .whereLayer("agent")
                        .mayNotBeAccessedByAnyLayer()
                        .whereLayer("exporters")
                        .mayOnlyBeAccessedByLayers("agent")
                        .whereLayer("pipeline")
                        .mayOnlyBeAccessedByLayers("exporters", "agent"));
    }

    @Test
    void componentsDoNotKnowEachOther() {
        check(slices().assignedFrom(new ByComponent(CLASSES)).should().notDependOnEachOther());
    }

    @Test
    void receiversAndProcessorsDoNotReachAcross() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(in("pipeline.receiver."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(in("pipeline.processor."), in("pipeline.connector.")));
        check(
                noClasses()
                        .that()
                        .resideInAPackage(in("pipeline.processor."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(in("pipeline.receiver."), in("pipeline.connector.")));
    }

    @Test
    void arrowStaysInColumnsAndTheirBridgeToSlabs() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(in("storage.columnar."), in("storage.memory."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("org.apache.arrow.."));
    }

    /// Netty is loaded on a thread of its own meanwhile, and two that begin at different ends of
    /// its classes wait for each other for ever.
    @Test
    void readingTheConfigurationDoesNotTouchNetty() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(in("agent.config."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("io.netty.."));
    }

    @Test
    void onlySlabsAllocateOffHeap() {
        DescribedPredicate<JavaAccess<?>> allocation =
                accessing(
                        "allocate off-heap memory",
                        "java.nio.ByteBuffer.allocateDirect",
                        "java.lang.foreign.Arena.of",
                        "io.netty.buffer.Unpooled.directBuffer",
                        "io.netty.util.internal.PlatformDependent.allocate",
                        "sun.misc.Unsafe.");
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(in("storage.memory."))
                        .should()
                        .accessTargetWhere(allocation));
    }

    @Test
    void onlyTheAgentReadsYaml() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(in("agent."))
                        .and()
                        .haveSimpleNameNotEndingWith("Config")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("org.yaml.."));
    }

    @Test
    void onlyTheJsonCodecKnowsItsParser() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(in("pipeline.json."))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("com.fasterxml.jackson.."));
    }

    @Test
    void onlyMainEndsTheProcess() {
        DescribedPredicate<JavaClass> main =
                DescribedPredicate.describe(
                        "Main", type -> type.getName().equals(ROOT + ".agent.Main"));
        DescribedPredicate<JavaAccess<?>> ending =
                accessing(
                        "end the process",
                        "java.lang.System.exit",
                        "java.lang.Runtime.exit",
                        "java.lang.Runtime.halt");
        check(
                noClasses()
                        .that()
                        .resideInAPackage(ROOT + "..")
                        .and(not(main))
                        .should()
                        .accessTargetWhere(ending));
    }

    @Test
    void packagesFormNoCycle() {
        check(slices().matching(ROOT + ".(**)").should().beFreeOfCycles());
    }

    @ParameterizedTest
    @ValueSource(strings = {"storage", "pipeline", "exporters", "agent"})
    void nothingOutsideAModuleImportsItsInternals(String module) {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(in(module + "."))
                        .should()
                        .dependOnClassesThat(
                                resideInAnyPackage(ROOT + "." + module + "..internal..")));
    }

    @Test
    void timeAndThreadsAreHandedIn() {
        DescribedPredicate<JavaAccess<?>> own =
                accessing(
                        "read a clock, wait or start a thread by themselves",
                        "java.lang.System.currentTimeMillis",
                        "java.lang.System.nanoTime",
                        "java.lang.Thread.<init>",
                        "java.lang.Thread.sleep",
                        "java.lang.Thread.ofPlatform",
                        "java.lang.Thread.ofVirtual",
                        "java.lang.Thread.startVirtualThread");
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(in("agent."))
                        .should()
                        .accessTargetWhere(own));
    }

    /// A module's or package's classes, those of its sub-packages included.
    private static String in(String name) {
        return ROOT + "." + name + (name.endsWith(".") ? "." : "");
    }

    /// An access to a member whose `owner.name` begins with one of these.
    private static DescribedPredicate<JavaAccess<?>> accessing(
            String description, String... members) {
        return DescribedPredicate.describe(
                description,
                access -> {
                    String member = access.getTargetOwner().getName() + "." + access.getName();
                    return Stream.of(members).anyMatch(member::startsWith);
                });
    }

    /// A rule about something that does not exist yet holds.
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }

    /// Groups classes by component: a package below a kind that holds a receiver, processor,
    /// exporter or connector. What several components share stands in packages that hold none.
    private static final class ByComponent implements SliceAssignment {
        private final Set<String> components;

        ByComponent(JavaClasses classes) {
            components =
                    classes.stream()
                            .filter(ByComponent::isComponent)
                            .map(JavaClass::getPackageName)
                            .filter(ByComponent::isBelowAKind)
                            .collect(toUnmodifiableSet());
        }

        private static boolean isComponent(JavaClass type) {
            return !type.isInterface()
                    && Stream.of(COMPONENT_SUFFIXES).anyMatch(type.getSimpleName()::endsWith);
        }

        private static boolean isBelowAKind(String name) {
            return List.of(
                            "pipeline.receiver",
                            "pipeline.processor",
                            "pipeline.connector",
                            "exporters")
                    .stream()
                    .anyMatch(kind -> name.startsWith(ROOT + "." + kind + "."));
        }

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            Optional<String> component =
                    components.stream()
                            .filter(name -> (type.getPackageName() + ".").startsWith(name + "."))
                            .findFirst();
            return component.map(SliceIdentifier::of).orElseGet(SliceIdentifier::ignore);
        }

        @Override
        public String getDescription() {
            return "receivers, processors, exporters and connectors";
        }
    }
}
