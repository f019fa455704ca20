package dev.colonnade.benchmarks.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/// Draws log lines from templates; every variable token is drawn anew in each line.
final class Text {
    /// A template: severity number of OTLP, where the code stands, text with `{token}` places.
    record Template(int severity, String file, String function, String text) {}

    private static final String RESOURCE = "templates.txt";
    private static final String[] USERS = {
        "amara", "bjorn", "chiara", "deniz", "elif", "fabrice", "goran", "hanna", "ilse", "jonas",
                "katya",
        "lars", "mirela", "nuno", "oksana", "petra", "quentin", "rosa", "stellan", "tuula", "umar",
                "vesna",
        "wout", "xenia", "yusuf", "zofia", "backup", "deploy", "root", "guest", "ftpadmin", "ubuntu"
    };
    private static final String[] WORDS = {
        "amber", "birch", "canal", "delta", "ember", "flint", "grove", "haven", "inlet", "jetty",
                "kiln",
        "larch", "mason", "north", "ochre", "plume", "quay", "ridge", "slate", "thorn", "umber",
                "vault",
        "wharf", "yield", "zephyr", "orders", "invoice", "session", "report", "static", "upload",
                "catalog"
    };
    private static final String[] EXTENSIONS = {
        ".html", ".json", ".css", ".js", ".png", ".parquet", ".log", ""
    };

    private static final List<Template> TEMPLATES = load();

    private final SplittableRandom random;

    Text(SplittableRandom random) {
        this.random = random;
    }

    /// Reads the templates that ship with the benchmarks.
    private static List<Template> load() {
        List<Template> templates = new ArrayList<>();
        try (InputStream in = Text.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("resource is missing: name=" + RESOURCE);
            }
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    templates.add(parse(line));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read resource: name=" + RESOURCE, e);
        }
        return List.copyOf(templates);
    }

    private static Template parse(String line) {
        String[] parts = line.split("\\|", 4);
        if (parts.length != 4) {
            throw new IllegalStateException("template has too few parts: line=" + line);
        }
        int severity =
                switch (parts[0]) {
                    case "D" -> 5;
                    case "I" -> 9;
                    case "W" -> 13;
                    case "E" -> 17;
                    default -> throw new IllegalStateException("unknown severity: line=" + line);
                };
        return new Template(severity, parts[1], parts[2], parts[3]);
    }

    Template template() {
        return TEMPLATES.get(random.nextInt(TEMPLATES.size()));
    }

    /// The template's text with every token drawn.
    String render(Template template) {
        String text = template.text();
        StringBuilder line = new StringBuilder(text.length() + 32);
        int from = 0;
        for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
            int close = text.indexOf('}', open);
            line.append(text, from, open);
            token(text.substring(open + 1, close), line);
            from = close + 1;
        }
        return line.append(text, from, text.length()).toString();
    }

    private void token(String name, StringBuilder line) {
        switch (name) {
            case "n" -> line.append(random.nextInt(10));
            case "nn" -> line.append(random.nextInt(10, 100));
            case "num" -> line.append(random.nextInt(100, 100_000));
            case "big" -> line.append(random.nextLong(1_000_000, 9_000_000_000L));
            case "ms" -> line.append(1 + (int) Math.exp(random.nextDouble(0, 9)));
            case "pct" -> line.append(random.nextInt(100)).append('.').append(random.nextInt(10));
            case "port" -> line.append(random.nextInt(1024, 65_536));
            case "pid" -> line.append(random.nextInt(300, 32_768));
            case "ip" -> address(line);
            case "blk" -> line.append("blk_").append(random.nextLong() / 1000);
            case "hex" -> line.append(HexFormat.of().toHexDigits(random.nextLong(), 12));
            case "uuid" -> uuid(line);
            case "user" -> line.append(pick(USERS)).append(random.nextInt(100));
            case "word" -> line.append(pick(WORDS));
            case "host" -> host(line);
            case "path" -> path(line);
            case "money" ->
                    line.append(random.nextInt(1, 900)).append('.').append(random.nextInt(10, 100));
            default -> throw new IllegalStateException("unknown token: name=" + name);
        }
    }

    void address(StringBuilder line) {
        line.append(random.nextBoolean() ? "10." : "185.")
                .append(random.nextInt(1, 255))
                .append('.')
                .append(random.nextInt(256))
                .append('.')
                .append(random.nextInt(1, 255));
    }

    void path(StringBuilder line) {
        int parts = random.nextInt(1, 4);
        for (int i = 0; i < parts; i++) {
            line.append('/').append(pick(WORDS));
        }
        line.append('/').append(random.nextInt(1, 100_000)).append(pick(EXTENSIONS));
    }

    private void host(StringBuilder line) {
        line.append(pick(WORDS)).append('-').append(random.nextInt(1, 400)).append(".rack");
        line.append(random.nextInt(1, 30)).append(".example");
    }

    private void uuid(StringBuilder line) {
        line.append(new UUID(random.nextLong(), random.nextLong()));
    }

    /// Appends words, numbers and ids until the line has `length` characters.
    void fill(StringBuilder line, int length) {
        while (line.length() < length) {
            line.append(' ').append(pick(WORDS)).append('=');
            token(
                    switch (random.nextInt(6)) {
                        case 0 -> "num";
                        case 1 -> "hex";
                        case 2 -> "ip";
                        case 3 -> "path";
                        case 4 -> "user";
                        default -> "big";
                    },
                    line);
        }
        line.setLength(length);
    }

    private String pick(String[] from) {
        return from[random.nextInt(from.length)];
    }
}
