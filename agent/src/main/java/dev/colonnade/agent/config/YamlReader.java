package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/// Reads a YAML document into nodes that know where they stand.
///
/// Works on the parser's events: nothing guesses types, and the parser alone starts several times
/// faster than one that builds objects. Aliases share the node they name; `<<` is merged.
final class YamlReader {
    /// Far deeper than any configuration.
    private static final int DEPTH_MAX = 64;

    /// What aliases may stand for in all; a few lines of them could mean more than fits anywhere.
    private static final int ALIASED_VALUES_MAX = 100_000;

    private static final String MERGE = "<<";
    private static final String TEXT_TAG = "tag:yaml.org,2002:str";

    private final String file;
    private final Expansion expansion;
    private final Problems problems;
    private final ParserImpl parser;
    private final Map<String, Anchored> anchors = new HashMap<>();
    private final Deque<String> path = new ArrayDeque<>();
    private long values;
    private long aliasedValues;

    private YamlReader(String file, String text, Expansion expansion, Problems problems) {
        this.file = file;
        this.expansion = expansion;
        this.problems = problems;
        parser = new ParserImpl(new StreamReader(text), new LoaderOptions());
    }

    /// The document in `text`, which messages call `file`; null when there is none or it cannot be
    /// read, which is then a problem.
    static @Nullable Node read(String file, String text, Expansion expansion, Problems problems) {
        return readBelow("", file, text, expansion, problems);
    }

    /// As [#read], with messages that begin with `path`.
    static @Nullable Node readBelow(
            String path, String file, String text, Expansion expansion, Problems problems) {
        try {
            YamlReader reader = new YamlReader(file, text, expansion, problems);
            if (!path.isEmpty()) {
                reader.path.add(path);
            }
            return reader.document();
        } catch (MarkedYAMLException e) {
            boolean isOpen = String.valueOf(e.getProblem()).contains("unexpected end of stream");
            @Nullable Mark mark =
                    isOpen && e.getContextMark() != null ? e.getContextMark() : e.getProblemMark();
            Position at =
                    mark == null
                            ? new Position(file, 1, 1)
                            : new Position(file, mark.getLine() + 1, mark.getColumn() + 1);
            problems.error(at, "", "not YAML: " + inWords(e));
        } catch (YAMLException e) {
            problems.error(new Position(file, 1, 1), "", "not YAML: " + e.getMessage());
        }
        return null;
    }

    /// Whether `text` is a map or a list; text that is not YAML is neither.
    static boolean isCollection(String text) {
        if (text.indexOf(':') < 0
                && text.indexOf('-') < 0
                && !text.stripLeading().startsWith("[")) {
            return false;
        }
        try {
            ParserImpl parser = new ParserImpl(new StreamReader(text), new LoaderOptions());
            parser.getEvent(); // the stream's start
            if (parser.checkEvent(Event.ID.StreamEnd)) {
                return false;
            }
            parser.getEvent(); // the document's start
            boolean isCollection =
                    parser.checkEvent(Event.ID.MappingStart)
                            || parser.checkEvent(Event.ID.SequenceStart);
            while (isCollection && !parser.checkEvent(Event.ID.StreamEnd)) {
                parser.getEvent();
            }
            return isCollection;
        } catch (YAMLException _) {
            return false;
        }
    }

    /// What the parser says, in plainer words where they are known.
    private static String inWords(MarkedYAMLException e) {
        String problem = String.valueOf(e.getProblem());
        if (problem.contains("(TAB)")) {
            return "a tab stands where a line is indented, only spaces may";
        }
        if (problem.contains("cannot start any token")) {
            int at = problem.indexOf('\'') + 1;
            return "a value cannot begin with " + problem.charAt(at) + " unless it is in quotes";
        }
        if (problem.contains("unexpected end of stream")) {
            return "a quote that begins here does not end";
        }
        if (problem.startsWith("expected <block end>")) {
            return "indented unlike the lines above it";
        }
        return e.getContext() == null ? problem : problem + ", " + e.getContext();
    }

    private @Nullable Node document() {
        parser.getEvent(); // the stream's start
        if (parser.checkEvent(Event.ID.StreamEnd)) {
            return null;
        }
        parser.getEvent(); // the document's start
        Node root = node();
        parser.getEvent(); // the document's end
        if (!parser.checkEvent(Event.ID.StreamEnd)) {
            problems.error(
                    at(parser.peekEvent()), "", "a configuration is one document, this is another");
        }
        return root;
    }

    private Node node() {
        Event event = parser.getEvent();
        if (event instanceof AliasEvent alias) {
            return aliased(alias);
        }
        if (path.size() > DEPTH_MAX) {
            throw new YAMLException("nested deeper than " + DEPTH_MAX + " levels, at " + at(event));
        }
        values++;
        long before = values + aliasedValues;
        Node node =
                switch (event) {
                    case ScalarEvent scalar -> scalar(scalar);
                    case SequenceStartEvent _ -> sequence(at(event));
                    case MappingStartEvent _ -> mapping(at(event));
                    default -> throw new YAMLException("unexpected " + event + " at " + at(event));
                };
        String anchor = ((NodeEvent) event).getAnchor();
        if (anchor != null) {
            anchors.put(anchor, new Anchored(node, values + aliasedValues - before + 1));
        }
        return node;
    }

    private Node aliased(AliasEvent alias) {
        @Nullable Anchored anchored = anchors.get(alias.getAnchor());
        if (anchored == null) {
            problems.error(
                    at(alias), path(), "no anchor \"&" + alias.getAnchor() + "\" before this");
            return new Scalar(at(alias), "", false);
        }
        aliasedValues += anchored.values;
        if (aliasedValues > ALIASED_VALUES_MAX) {
            throw new YAMLException(
                    "aliases stand for more than "
                            + ALIASED_VALUES_MAX
                            + " values, at "
                            + at(alias));
        }
        return anchored.node;
    }

    private Node scalar(ScalarEvent event) {
        boolean isText = TEXT_TAG.equals(event.getTag());
        boolean isQuoted = event.getScalarStyle() != ScalarStyle.PLAIN || isText;
        String text = event.getValue();
        return text.indexOf('$') < 0
                ? new Scalar(at(event), text, isQuoted)
                : expansion.expand(text, isQuoted, at(event), path());
    }

    private Node sequence(Position at) {
        List<Node> items = new ArrayList<>();
        while (!parser.checkEvent(Event.ID.SequenceEnd)) {
            path.addLast(String.valueOf(items.size()));
            items.add(node());
            path.removeLast();
        }
        parser.getEvent();
        return new Sequence(at, items);
    }

    private Node mapping(Position at) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        List<Mapping> merged = new ArrayList<>();
        while (!parser.checkEvent(Event.ID.MappingEnd)) {
            Event keyEvent = parser.peekEvent();
            if (!(keyEvent instanceof ScalarEvent key)) {
                problems.error(at(keyEvent), path(), "a key must be plain text");
                node();
                node();
                continue;
            }
            parser.getEvent();
            path.addLast(key.getValue());
            Node value = node();
            path.removeLast();
            if (key.getValue().equals(MERGE) && key.getScalarStyle() == ScalarStyle.PLAIN) {
                addMerged(value, merged);
            } else if (entries.containsKey(key.getValue())) {
                Position first = entries.get(key.getValue()).at();
                problems.error(
                        at(key),
                        path(),
                        "key \""
                                + key.getValue()
                                + "\" stands here twice, first at line "
                                + first.line());
            } else {
                entries.put(key.getValue(), new Entry(at(key), value));
            }
        }
        parser.getEvent();
        for (Mapping below : merged) {
            below.entries().forEach(entries::putIfAbsent);
        }
        return new Mapping(at, entries);
    }

    private void addMerged(Node value, List<Mapping> merged) {
        switch (value) {
            case Mapping mapping -> merged.add(mapping);
            case Sequence sequence -> sequence.items().forEach(item -> addMerged(item, merged));
            case Scalar scalar ->
                    problems.error(
                            scalar.at(), path(), "\"<<\" merges maps, this is " + scalar.kind());
        }
    }

    private String path() {
        return String.join("::", path);
    }

    private Position at(Event event) {
        Mark mark = event.getStartMark();
        return new Position(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    /// A node that aliases can name.
    ///
    /// @param values how many it is made of, what aliases in it stand for included
    private record Anchored(Node node, long values) {}
}
