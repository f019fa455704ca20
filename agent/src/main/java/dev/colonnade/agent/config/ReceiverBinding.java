package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.pipeline.receiver.jsonfile.OtlpJsonFileReceiverConfig;
import dev.colonnade.pipeline.receiver.jsonfile.OtlpJsonFileReceiverConfig.StartAt;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads what is written of a receiver, with the Collector's keys.
final class ReceiverBinding {
    private ReceiverBinding() {}

    /// The receiver's settings, of a type that is usable; null when they do not go together.
    static @Nullable ReceiverConfig bind(ComponentId id, Section receiver, AuthBinding auth) {
        return switch (Kind.RECEIVERS.canonical(id.type())) {
            case "otlp" -> {
                @Nullable OtlpReceiverConfig otlp = OtlpReceiverBinding.bind(receiver, auth);
                yield otlp == null ? null : new ReceiverConfig.Otlp(id, otlp);
            }
            case "otlp_json_file" -> new ReceiverConfig.JsonFile(id, jsonFile(receiver));
            default -> throw new IllegalArgumentException("no binding: receiver=" + id);
        };
    }

    private static OtlpJsonFileReceiverConfig jsonFile(Section receiver) {
        receiver.unsupported(
                "exclude_older_than",
                "include_file_name",
                "include_file_path",
                "include_file_name_resolved",
                "include_file_path_resolved",
                "include_file_owner_name",
                "include_file_owner_group_name",
                "include_file_record_number",
                "fingerprint_size",
                "initial_buffer_size",
                "max_log_size",
                "max_concurrent_files",
                "max_batches",
                "delete_after_read",
                "ordering_criteria",
                "polls_to_archive",
                "compression",
                "encoding",
                "header",
                "replay_file",
                "storage");
        List<String> include = receiver.texts("include");
        if (include.isEmpty()) {
            receiver.error("required argument `include` is empty");
        }
        Map<String, StartAt> places = new LinkedHashMap<>();
        places.put("beginning", StartAt.BEGINNING);
        places.put("end", StartAt.END);
        StartAt startAt = receiver.choice("start_at", places, StartAt.END);
        Duration poll =
                receiver.duration(
                        "poll_interval", OtlpJsonFileReceiverConfig.POLL_INTERVAL_DEFAULT);
        if (!poll.isPositive()) {
            receiver.error("poll_interval", "must be positive");
        }
        return new OtlpJsonFileReceiverConfig(
                include,
                receiver.texts("exclude"),
                startAt,
                poll.isPositive() ? poll : OtlpJsonFileReceiverConfig.POLL_INTERVAL_DEFAULT);
    }
}
