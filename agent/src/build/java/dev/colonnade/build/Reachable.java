package dev.colonnade.build;

import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which classes can be reached from some roots.
///
/// It errs on the side of keeping: a class counts as named by another one when its name stands
/// anywhere in that one's constant pool, be it as a type, in a descriptor, or as a text that may be
/// meant for `Class.forName`. Members are never looked at.
final class Reachable {
    private static final Pattern NAME = Pattern.compile("[\\w$]+(?:[/.][\\w$]+)+");

    private final Map<String, byte[]> classes;
    private final Map<String, Set<String>> services;
    private final Set<String> reached = new TreeSet<>();
    private final Deque<String> ahead = new ArrayDeque<>();

    /// Over classes by internal name, and providers by service, both in binary names.
    Reachable(Map<String, byte[]> classes, Map<String, Set<String>> services) {
        this.classes = classes;
        this.services = services;
    }

    /// Adds a root; it must be there.
    void root(String name) {
        if (!classes.containsKey(name)) {
            throw new IllegalStateException("no such class: name=" + name);
        }
        reach(name);
    }

    /// Adds every class whose name stands in a native library, which finds classes by it.
    void rootsIn(byte[] library) {
        Matcher names = NAME.matcher(new String(library, StandardCharsets.ISO_8859_1));
        while (names.find()) {
            reach(names.group());
        }
    }

    /// Follows all names until nothing new is found.
    Set<String> follow() {
        boolean grew = true;
        while (grew) {
            while (!ahead.isEmpty()) {
                names(classes.get(ahead.pop())).forEach(this::reach);
            }
            int before = reached.size();
            for (Map.Entry<String, Set<String>> service : services.entrySet()) {
                String type = service.getKey().replace('.', '/');
                if (reached.contains(type) || JdkModules.hasType(service.getKey())) {
                    service.getValue().forEach(this::reach);
                }
            }
            grew = reached.size() > before;
        }
        return reached;
    }

    private void reach(String name) {
        String internal = name.replace('.', '/');
        if (classes.containsKey(internal) && reached.add(internal)) {
            ahead.push(internal);
        }
    }

    private static Collection<String> names(byte[] bytes) {
        Set<String> names = new HashSet<>();
        for (PoolEntry entry : ClassFile.of().parse(bytes).constantPool()) {
            if (entry instanceof Utf8Entry text) {
                addNames(names, text.stringValue());
            }
        }
        return names;
    }

    private static void addNames(Set<String> names, String text) {
        Matcher found = NAME.matcher(text);
        while (found.find()) {
            String name = found.group();
            names.add(name);
            // In a descriptor or signature the name follows an L or a T, after others of one
            // letter: (ILa/B;)V.
            for (int from = name.indexOf('L'); from >= 0; from = name.indexOf('L', from + 1)) {
                names.add(name.substring(from + 1));
            }
        }
        if (text.indexOf('/') < 0 && text.indexOf('.') < 0) {
            names.add(text);
        }
    }

    /// The classes that a class names as types.
    static List<String> classNames(byte[] bytes) {
        Set<String> names = new TreeSet<>();
        for (PoolEntry entry : ClassFile.of().parse(bytes).constantPool()) {
            if (entry instanceof java.lang.classfile.constantpool.ClassEntry type) {
                names.add(type.asInternalName().replaceFirst("^\\[+L?", "").replace(";", ""));
            }
        }
        return List.copyOf(names);
    }
}
