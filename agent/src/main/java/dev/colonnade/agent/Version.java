package dev.colonnade.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// The version that was built.
final class Version {
    private Version() {}

    static String text() {
        return property("version", "");
    }

    /// The mark of the build that this class comes from; the packaging writes it in here.
    ///
    /// @return `unpackaged` when run from single jars or class files
    static String buildOfClasses() {
        return "unpackaged";
    }

    /// The mark of the build that the jar on disk comes from, written by the packaging too.
    static String buildOfJar() {
        return property("build", buildOfClasses());
    }

    /// What to tell when the two differ: the virtual machine runs the classes of an ahead-of-time
    /// cache without a look at the jar that stands beside it (JDK-8377932).
    static String mixed() {
        return "the ahead-of-time cache is of another build than the jar, and its classes would"
                + " run: cache="
                + buildOfClasses()
                + ", jar="
                + buildOfJar()
                + "; package anew";
    }

    private static String property(String name, String otherwise) {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty(name, otherwise);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
