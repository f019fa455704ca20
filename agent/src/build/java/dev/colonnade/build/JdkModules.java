package dev.colonnade.build;

import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.util.Set;

/// What the JDK's modules contain.
final class JdkModules {
    private JdkModules() {}

    /// Whether the JDK has a type of that binary name.
    static boolean hasType(String name) {
        try {
            Class.forName(name, false, ClassLoader.getPlatformClassLoader());
            return true;
        } catch (ClassNotFoundException _) {
            return false;
        }
    }

    /// Adds to `present` the packages of `modules` and of what they require, to `all` those of the
    /// whole JDK.
    static void packages(Set<String> modules, Set<String> present, Set<String> all) {
        ModuleFinder system = ModuleFinder.ofSystem();
        for (ModuleReference module : system.findAll()) {
            all.addAll(module.descriptor().packages());
        }
        Configuration resolved = Configuration.empty().resolve(system, ModuleFinder.of(), modules);
        for (ResolvedModule module : resolved.modules()) {
            present.addAll(module.reference().descriptor().packages());
        }
    }
}
