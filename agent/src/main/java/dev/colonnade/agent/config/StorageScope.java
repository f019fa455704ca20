package dev.colonnade.agent.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where `storage` is written: at the top level and under pipelines, or in the extension
/// `colonnade_storage`, because tools that write Collector configurations drop sections that they
/// do not know.
final class StorageScope {
    private static final ComponentId EXTENSION = new ComponentId("colonnade_storage", "");

    private final StorageConfig top;
    private final @Nullable Section pipelines;
    private final Map<String, Section> byPipeline = new HashMap<>();

    private StorageScope(StorageConfig top, @Nullable Section pipelines) {
        this.top = top;
        this.pipelines = pipelines;
        if (pipelines != null) {
            for (String id : pipelines.keys()) {
                @Nullable Section section = pipelines.entry(id, "<pipeline>");
                if (section != null) {
                    byPipeline.put(id, section);
                }
            }
        }
    }

    static StorageScope of(Section root, Map<ComponentId, Section> extensions) {
        @Nullable Section section = root.section("storage");
        @Nullable Section extension = extensions.get(EXTENSION);
        for (ComponentId id : extensions.keySet()) {
            if (id.type().equals(EXTENSION.type()) && !id.equals(EXTENSION)) {
                extensions.get(id).error("there is one storage, named " + EXTENSION);
            }
        }
        if (section != null && extension != null) {
            extension.error("storage is written in the section \"storage\" already");
        }
        if (section != null) {
            return new StorageScope(StorageBinding.bindTop(section), null);
        }
        if (extension != null) {
            @Nullable Section pipelines = extension.section("pipelines");
            return new StorageScope(StorageBinding.bindTop(extension), pipelines);
        }
        return new StorageScope(StorageConfig.NONE, null);
    }

    /// What holds for all pipelines.
    StorageConfig top() {
        return top;
    }

    /// What holds for one pipeline alone.
    StorageConfig of(Section pipeline, PipelineId id) {
        @Nullable Section written = pipeline.section("storage");
        @Nullable Section extended = byPipeline.get(id.toString());
        if (written != null && extended != null) {
            extended.error("storage is written under the pipeline already");
        }
        if (written != null) {
            return StorageBinding.bindPipeline(written, top);
        }
        return extended == null ? StorageConfig.NONE : StorageBinding.bindPipeline(extended, top);
    }

    /// Notes storage of pipelines that are not there.
    void checkPipelines(List<PipelineConfig> bound) {
        Set<String> ids = new HashSet<>();
        bound.forEach(pipeline -> ids.add(pipeline.id().toString()));
        byPipeline.forEach((id, section) -> {
            if (pipelines != null && !ids.contains(id)) {
                section.error("there is no pipeline \"" + id + "\"" + Suggestion.of(id, ids));
                StorageBinding.bindPipeline(section, top);
            }
        });
    }
}
