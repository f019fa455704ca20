package dev.colonnade.build;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.LocalVariableType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// The one jar of the distribution: everything that the agent can reach in its own jars and those
/// of its libraries, uncompressed, with native libraries and notices taken out.
///
/// It is the same, byte for byte, for the same input.
final class AppJar {
    private static final String SERVICES = "META-INF/services/";
    private static final String CLASS = ".class";
    private static final Pattern VERSIONED = Pattern.compile("META-INF/versions/(\\d+)/(.+)");
    private static final Pattern NOTICE =
            Pattern.compile("(META-INF/)?(?<name>[^/]*(LICEN[CS]E|NOTICE)[^/]*)(/.*)?");

    /// Resources that nothing reads at run time.
    private static final Pattern UNREAD =
            Pattern.compile(
                    "META-INF/(maven|native-image|proguard|versions|license|com\\.android)/.*"
                            + "|META-INF/(MANIFEST\\.MF|INDEX\\.LIST|DEPENDENCIES)"
                            + "|META-INF/[^/]*\\.(SF|RSA|DSA|md|txt|versions\\.properties|readme)"
                            + "|(.*/)?(module-info|package-info)\\.class"
                            + "|[^/]+\\.(md|txt|html)|.*/");

    /// Packages that libraries name and the agent never runs: Arrow's own JSON, which is Jackson's
    /// databind, and its readers and writers of single values.
    private static final Set<String> LEFT_OUT =
            Set.of(
                    "com/fasterxml/jackson/annotation/",
                    "com/fasterxml/jackson/databind/",
                    "com/fasterxml/jackson/datatype/",
                    "org/apache/arrow/vector/complex/impl/");

    /// What marks the agent's build; see the classes that read it.
    private static final String VERSION_RESOURCE = "dev/colonnade/agent/version.properties";

    private static final String VERSION_CLASS = "dev/colonnade/agent/Version";

    /// 2026-01-01T00:00:00Z, as in the parent's `project.build.outputTimestamp`. Without the T the
    /// virtual machine would compare a time of the building machine's clock.
    private static final FileTime TIME = FileTime.fromMillis(1_767_225_600_000L);

    private final Map<String, byte[]> classes = new TreeMap<>();
    private final Map<String, byte[]> resources = new TreeMap<>();
    private final Map<String, byte[]> natives = new TreeMap<>();
    private final Map<String, byte[]> notices = new TreeMap<>();
    private final Map<String, Set<String>> services = new TreeMap<>();
    private int dropped;

    private AppJar() {}

    /// Reads jars.
    static AppJar of(List<Path> jars) throws IOException {
        AppJar merged = new AppJar();
        for (Path jar : jars) {
            merged.add(jar);
        }
        return merged;
    }

    int classCount() {
        return classes.size();
    }

    int droppedCount() {
        return dropped;
    }

    private void add(Path jar) throws IOException {
        String jarName = jar.getFileName().toString().replaceFirst("\\.jar$", "");
        Map<String, Integer> versions = new TreeMap<>();
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
                byte[] bytes = zip.getInputStream(entry).readAllBytes();
                String name = entry.getName();
                int version = 0;
                Matcher versioned = VERSIONED.matcher(name);
                if (versioned.matches()) {
                    version = Integer.parseInt(versioned.group(1));
                    name = versioned.group(2);
                }
                // Of several versions the newest that this runtime may run.
                if (version <= Runtime.version().feature()
                        && version >= versions.getOrDefault(name, 0)) {
                    versions.put(name, version);
                    add(jarName, name, bytes);
                }
            }
        }
    }

    private void add(String jarName, String name, byte[] bytes) {
        Matcher notice = NOTICE.matcher(name);
        if (notice.matches() && !name.endsWith("/")) {
            notices.put(jarName + "/" + name.substring(name.lastIndexOf('/') + 1), bytes);
        } else if (name.startsWith(SERVICES) && !name.endsWith("/")) {
            services.computeIfAbsent(name.substring(SERVICES.length()), _ -> new TreeSet<>())
                    .addAll(providers(bytes));
        } else if (name.endsWith(".so")) {
            natives.put(name.substring(name.lastIndexOf('/') + 1), bytes);
        } else if (UNREAD.matcher(name).matches()) {
            return;
        } else if (name.endsWith(CLASS)) {
            classes.putIfAbsent(name.substring(0, name.length() - CLASS.length()), bytes);
        } else {
            resources.putIfAbsent(name, bytes);
        }
    }

    private static List<String> providers(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .toList();
    }

    /// Leaves out the classes that nothing reachable names, and those of [#LEFT_OUT], of which
    /// stubs remain.
    void keepReachable() {
        int before = classes.size();
        Stubs stubs = new Stubs(LEFT_OUT, classes);
        Reachable reachable = new Reachable(classes, services);
        reachable.root("dev/colonnade/agent/Main");
        reachable.root("org/slf4j/nop/NOPServiceProvider"); // named in conf/jvm.args
        natives.values().forEach(reachable::rootsIn);
        Set<String> kept = reachable.follow();
        dropped = before - kept.size();
        classes.keySet().retainAll(kept);
        stubs.addTo(classes);
        for (Set<String> providers : services.values()) {
            providers.removeIf(provider -> !kept.contains(provider.replace('.', '/')));
        }
        services.values().removeIf(Set::isEmpty);
        dropResources();
    }

    /// Leaves out what lies beside classes that are left out: texts of languages, for one.
    private void dropResources() {
        Set<String> packages = new HashSet<>();
        classes.keySet().forEach(name -> packages.add(folder(name)));
        resources
                .keySet()
                .removeIf(
                        name -> !name.startsWith("META-INF/") && !packages.contains(folder(name)));
    }

    private static String folder(String name) {
        return name.substring(0, name.lastIndexOf('/') + 1);
    }

    /// Takes the names of local variables out, which only debuggers read; lines stay, for traces.
    void dropVariableNames() {
        ClassFile classFile = ClassFile.of();
        CodeTransform lines =
                (builder, element) -> {
                    if (!(element instanceof LocalVariable)
                            && !(element instanceof LocalVariableType)) {
                        builder.with(element);
                    }
                };
        classes.replaceAll((_, bytes) ->
                classFile.transformClass(
                        classFile.parse(bytes), ClassTransform.transformingMethodBodies(lines)));
    }

    /// Puts plain code in the place of call sites that would be linked at run time.
    ///
    /// @return how many there were
    int linkCallSites() {
        CallSites sites = new CallSites(classes);
        classes.replaceAll((_, bytes) -> sites.plain(bytes));
        return sites.replaced();
    }

    /// Puts plain code where classes would be made at run time which the cache does not hold.
    void makePlain() {
        new PlainNetty(classes).apply();
        int _ = new PlainLambdas(classes).apply();
        SignalHandler.addTo(classes);
        Loggers.linkIn(classes);
    }

    /// Fails when a class of the agent itself names a package of the JDK that is in none of
    /// `modules` or what they require.
    void checkModules(Set<String> modules) {
        Set<String> present = new HashSet<>();
        Set<String> all = new HashSet<>();
        JdkModules.packages(modules, present, all);
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            if (!each.getKey().startsWith("dev/colonnade/")) {
                continue;
            }
            for (String name : Reachable.classNames(each.getValue())) {
                String folder = name.substring(0, Math.max(0, name.lastIndexOf('/')));
                String named = folder.replace('/', '.');
                if (all.contains(named) && !present.contains(named)) {
                    throw new IllegalStateException(
                            "a class needs a module that the runtime has not: class="
                                    + each.getKey()
                                    + ", names="
                                    + name);
                }
            }
        }
    }

    /// Writes `colonnade.jar` and `native/` into `library`, and the notices of the parts into
    /// `legal`.
    void write(Path library, Path legal) throws IOException {
        String build = digest();
        byte[] version = resources.get(VERSION_RESOURCE);
        if (version == null) {
            throw new IllegalStateException("no such resource: name=" + VERSION_RESOURCE);
        }
        String text = new String(version, StandardCharsets.ISO_8859_1).strip();
        resources.put(
                VERSION_RESOURCE,
                (text + "\nbuild=" + build + "\n").getBytes(StandardCharsets.ISO_8859_1));
        new MethodBodies(classes)
                .replace(
                        VERSION_CLASS,
                        Map.of(
                                "packagedText()Ljava/lang/String;",
                                code -> code.loadConstant(text.replace("version=", "")).areturn(),
                                "buildOfClasses()Ljava/lang/String;",
                                code -> code.loadConstant(build).areturn()));

        Map<String, byte[]> entries = new TreeMap<>(resources);
        services.forEach((name, providers) ->
                entries.put(
                        SERVICES + name,
                        (String.join("\n", providers) + "\n").getBytes(StandardCharsets.UTF_8)));
        classes.forEach((name, bytes) -> entries.put(name + CLASS, bytes));
        Path jar = library.resolve("colonnade.jar");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            // Read at each start: the end of the file costs less to reach than an entry.
            out.setComment("build=" + build);
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                store(out, entry.getKey(), entry.getValue());
            }
        }
        Files.setLastModifiedTime(jar, TIME);
        writeAll(natives, library.resolve("native"));
        writeAll(notices, legal);
    }

    private static void store(ZipOutputStream out, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setCrc(crc.getValue());
        entry.setTimeLocal(java.time.LocalDateTime.of(2026, 1, 1, 0, 0));
        out.putNextEntry(entry);
        out.write(bytes);
        out.closeEntry();
    }

    private static void writeAll(Map<String, byte[]> files, Path folder) throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
    }

    /// A mark of everything that goes into the jar.
    private String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Map<String, byte[]> part : List.of(classes, resources)) {
                for (Map.Entry<String, byte[]> entry : part.entrySet()) {
                    digest.update(entry.getKey().getBytes(StandardCharsets.UTF_8));
                    digest.update(entry.getValue());
                }
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
