package dev.colonnade.agent.telemetry;

import dev.colonnade.agent.config.LogConfig;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Holds back what is said again and again: lines of one component that differ only in numbers are
/// of one cause, of which a few are written in each period and the rest counted.
///
/// Thread-safe. Bounded: the cause that was heard first is forgotten when there are too many.
final class Repeats {
    private static final int CAUSES_MAX = 256;

    private final LogConfig.Sampling config;
    private final Map<String, Cause> causes = new LinkedHashMap<>();

    Repeats(LogConfig.Sampling config) {
        this.config = config;
    }

    /// A line that was held back so many times.
    record Held(System.Logger.Level level, String component, String message, long times) {}

    /// Whether a line may be written at that time, in milliseconds; otherwise it is counted.
    synchronized boolean admits(
            System.Logger.Level level, String component, String message, long nowMillis) {
        if (!config.enabled()) {
            return true;
        }
        String key = component + ' ' + withoutNumbers(message);
        @Nullable Cause cause = causes.get(key);
        if (cause == null) {
            forgetEldest();
            cause = new Cause(level, component, message, nowMillis);
            causes.put(key, cause);
        }
        if (nowMillis - cause.sinceMillis >= config.tick().toMillis()) {
            cause.sinceMillis = nowMillis;
            cause.count = 0;
        }
        cause.count++;
        long beyond = cause.count - config.initial();
        if (beyond <= 0 || (config.thereafter() > 0 && beyond % config.thereafter() == 0)) {
            return true;
        }
        cause.held++;
        return false;
    }

    /// What was held back in periods that are over at that time, each told once.
    synchronized List<Held> over(long nowMillis) {
        List<Held> over = new ArrayList<>();
        Iterator<Cause> all = causes.values().iterator();
        while (all.hasNext()) {
            Cause cause = all.next();
            if (nowMillis - cause.sinceMillis >= config.tick().toMillis()) {
                if (cause.held > 0) {
                    over.add(new Held(cause.level, cause.component, cause.message, cause.held));
                }
                all.remove();
            }
        }
        return over;
    }

    /// What was held back and not told yet, whatever the time.
    List<Held> rest() {
        return over(Long.MAX_VALUE);
    }

    private void forgetEldest() {
        if (causes.size() >= CAUSES_MAX) {
            causes.remove(causes.keySet().iterator().next());
        }
    }

    private static String withoutNumbers(String message) {
        StringBuilder text = new StringBuilder(message.length());
        for (int index = 0; index < message.length(); index++) {
            char character = message.charAt(index);
            if (character < '0' || character > '9') {
                text.append(character);
            }
        }
        return text.toString();
    }

    private static final class Cause {
        private final System.Logger.Level level;
        private final String component;
        private final String message;
        private long sinceMillis;
        private long count;
        private long held;

        Cause(System.Logger.Level level, String component, String message, long nowMillis) {
            this.level = level;
            this.component = component;
            this.message = message;
            sinceMillis = nowMillis;
        }
    }
}
