package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Looks at everything outside of a configuration that a start would need, and starts nothing:
/// files to be read, certificates, folders to be written into, addresses to listen on, components
/// that nothing uses.
final class DryRun {
    private static final String TLS = "tls";

    /// Keys whose values name files that are read, wherever they stand.
    private static final Set<String> READ = Set.of("file", "filename");

    /// Keys whose values name folders that are written into.
    private static final Set<String> FOLDERS = Set.of("directory");

    private final Problems problems;
    private final TlsFiles tlsFiles;

    DryRun(Problems problems, InstantSource clock) {
        this.problems = problems;
        tlsFiles = new TlsFiles(problems, clock);
    }

    /// Notes what a start on `root` would find.
    ///
    /// @param used the ids that pipelines and `service::extensions` name
    void check(Mapping root, Set<ComponentId> used) {
        for (Kind kind : Kind.values()) {
            String name = Components.sectionName(kind);
            if (root.value(name) instanceof Mapping section) {
                section.entries()
                        .forEach((key, entry) -> component(kind, name + "::" + key, entry, used));
            }
        }
        if (root.value("storage") instanceof Mapping storage) {
            walk(storage, "storage");
        }
        new Listeners(root, used, problems).checkFree();
    }

    private void component(Kind kind, String path, Entry entry, Set<ComponentId> used) {
        @Nullable ComponentId id =
                ComponentId.parse(path.substring(path.indexOf("::") + 2).strip());
        if (id == null || !kind.isUsable(id.type())) {
            return;
        }
        boolean isUsed =
                used.contains(id)
                        || (kind == Kind.EXTENSIONS && id.type().equals("colonnade_storage"));
        if (!isUsed) {
            problems.warn(
                    entry.at(),
                    path,
                    kind == Kind.EXTENSIONS
                            ? "service::extensions does not name it: it has no effect"
                            : "no pipeline names it: it has no effect");
            return;
        }
        if (entry.value() instanceof Mapping map) {
            walk(map, path);
            if (kind == Kind.EXPORTERS && id.type().equals("file")) {
                folderOf(map.value("path"), path + "::path");
            }
        }
    }

    private void walk(Mapping map, String path) {
        for (Map.Entry<String, Entry> entry : map.entries().entrySet()) {
            String key = entry.getKey();
            String below = path + "::" + key;
            switch (entry.getValue().value()) {
                case Mapping section when key.equals(TLS) -> tlsFiles.check(section, below);
                case Mapping section -> walk(section, below);
                case Sequence list -> walk(list, below);
                case Scalar scalar when READ.contains(key) && !scalar.isNull() ->
                        readable(scalar, below);
                case Scalar scalar when FOLDERS.contains(key) && !scalar.isNull() ->
                        writable(scalar, scalar.text(), below);
                case Scalar _ -> {}
            }
        }
    }

    private void walk(Sequence list, String path) {
        for (int index = 0; index < list.items().size(); index++) {
            if (list.items().get(index) instanceof Mapping map) {
                walk(map, path + "::" + index);
            }
        }
    }

    private void readable(Scalar file, String path) {
        try {
            ConfigUri.readFile(file.text());
        } catch (IOException e) {
            problems.error(file.at(), path, "cannot be read: " + e.getMessage() + file.origin());
        }
    }

    private void folderOf(@Nullable Node file, String path) {
        if (!(file instanceof Scalar scalar) || scalar.isNull()) {
            return;
        }
        try {
            Path written = Path.of(scalar.text()).toAbsolutePath();
            @Nullable Path folder = written.getParent();
            if (Files.isDirectory(written)) {
                problems.error(scalar.at(), path, "is a folder: " + scalar.text());
            } else if (Files.exists(written) && !Files.isWritable(written)) {
                problems.error(scalar.at(), path, "cannot be written: " + scalar.text());
            } else if (folder != null) {
                writable(scalar, folder.toString(), path);
            }
        } catch (InvalidPathException e) {
            problems.error(scalar.at(), path, "not a path: " + e.getMessage());
        }
    }

    /// A folder may be missing, then the nearest that is there must be writable.
    private void writable(Scalar place, String folder, String path) {
        @Nullable Path nearest;
        try {
            nearest = Path.of(folder).toAbsolutePath();
        } catch (InvalidPathException e) {
            problems.error(place.at(), path, "not a path: " + e.getMessage());
            return;
        }
        while (nearest != null && !Files.exists(nearest)) {
            nearest = nearest.getParent();
        }
        if (nearest == null || !Files.isDirectory(nearest)) {
            problems.error(place.at(), path, "cannot be made, not a folder: " + nearest);
        } else if (!Files.isWritable(nearest)) {
            problems.error(place.at(), path, "cannot be written, no permission: " + nearest);
        }
    }
}
