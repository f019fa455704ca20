package dev.colonnade.agent.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AotCacheTest {
    @TempDir Path folder;

    @Test
    void isUsedWhereTheProcessHasMappedIt() throws IOException {
        Path maps = maps("3000-4000 r--p 0 fe:00 7 /app/lib/app.aot\n");
        AotCache cache = new AotCache("/app/lib/app.aot", maps);
        assertThat(cache.complaint()).isEmpty();
        assertThat(page(cache)).contains("colonnade_aot_cache_used 1.0");
    }

    @Test
    void saysThatTheProcessHadToDoWithout() throws IOException {
        Path maps = maps("3000-4000 r--p 0 fe:00 7 /app/lib/other.aot\n");
        AotCache cache = new AotCache("/app/lib/app.aot", maps);
        assertThat(cache.complaint()).get().asString().contains("file=/app/lib/app.aot");
        assertThat(page(cache)).contains("colonnade_aot_cache_used 0.0");
    }

    @Test
    void saysNothingWhereThereIsNone() {
        AotCache cache = new AotCache(null, folder.resolve("none"));
        assertThat(cache.complaint()).isEmpty();
        assertThat(page(cache)).doesNotContain("colonnade_aot_cache_used ");
    }

    private Path maps(String text) throws IOException {
        return Files.writeString(folder.resolve("maps"), text);
    }

    private static String page(AotCache cache) {
        Metrics metrics = new Metrics();
        cache.register(metrics);
        return new String(metrics.scrape(), StandardCharsets.UTF_8);
    }
}
