package dev.colonnade.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// The version that was built.
///
/// The packaging writes it into this class and at the end of its one jar: reading an entry would
/// open the jar, whose 4,000 entries take 10 ms of a start that needs nothing else from it.
final class Version {
    private static final String MARK = "build=";
    private static final int MARK_LENGTH = MARK.length() + 16;

    private Version() {}

    static String text() {
        String packaged = packagedText();
        return packaged.isEmpty() ? property("version", "") : packaged;
    }

    /// The version as the packaging writes it in here; empty before that.
    private static String packagedText() {
        return "";
    }

    /// The mark of the build that this class comes from; the packaging writes it in here.
    ///
    /// @return `unpackaged` when run from single jars or class files
    static String buildOfClasses() {
        return "unpackaged";
    }

    /// The mark of the build that the jar on disk comes from, written by the packaging too.
    static String buildOfJar() {
        String mark = markAtEnd(System.getProperty("java.class.path", ""));
        return mark == null ? property("build", buildOfClasses()) : mark;
    }

    /// The mark in the last bytes of a file, which are the comment of an archive; null without one.
    static @Nullable String markAtEnd(String path) {
        try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
            byte[] end = new byte[MARK_LENGTH];
            file.seek(Math.max(0, file.length() - MARK_LENGTH));
            file.readFully(end);
            String text = new String(end, StandardCharsets.ISO_8859_1);
            return text.startsWith(MARK) ? text.substring(MARK.length()) : null;
        } catch (IOException _) {
            return null; // a class path of several, or a shorter file
        }
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
