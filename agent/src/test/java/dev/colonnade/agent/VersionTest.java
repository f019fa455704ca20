package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VersionTest {
    @TempDir Path folder;

    @Test
    void readsTheMarkThatAnArchiveEndsWith() throws IOException {
        assertThat(Version.markAtEnd(file("entries, directory, build=0123456789abcdef")))
                .isEqualTo("0123456789abcdef");
    }

    @Test
    void findsNoMarkWhereThereIsNone() throws IOException {
        assertThat(Version.markAtEnd(file("entries, directory, no mark at the end of it")))
                .isNull();
        assertThat(Version.markAtEnd(file("short"))).isNull();
        assertThat(Version.markAtEnd(folder.resolve("absent.jar").toString())).isNull();
        assertThat(Version.markAtEnd(folder.toString())).isNull();
    }

    @Test
    void isThatOfTheProjectWhenNothingIsPackaged() {
        assertThat(Version.text()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(Version.buildOfJar()).isEqualTo(Version.buildOfClasses());
    }

    private String file(String content) throws IOException {
        return Files.writeString(folder.resolve("archive"), content).toString();
    }
}
