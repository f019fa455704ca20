package dev.colonnade.agent.config;

/// A place in a configuration file.
///
/// @param file the file as it was named on the command line
/// @param line from 1
/// @param column from 1
public record Position(String file, int line, int column) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
        int byFile = file.compareTo(other.file);
        if (byFile != 0) {
            return byFile;
        }
        int byLine = Integer.compare(line, other.line);
        return byLine != 0 ? byLine : Integer.compare(column, other.column);
    }

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
