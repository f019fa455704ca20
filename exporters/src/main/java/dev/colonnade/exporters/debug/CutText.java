package dev.colonnade.exporters.debug;

import java.io.IOException;

/// A text that refuses to become longer than it may.
final class CutText implements Appendable {
    private final int charsMax;
    private final StringBuilder text = new StringBuilder(1024);

    CutText(int charsMax) {
        this.charsMax = charsMax;
    }

    @Override
    public CutText append(CharSequence more) throws IOException {
        return append(more, 0, more.length());
    }

    @Override
    public CutText append(CharSequence more, int start, int end) throws IOException {
        int room = charsMax - text.length();
        text.append(more, start, Math.min(end, start + room));
        if (end - start > room) {
            throw new IOException("text is too long: characters max=" + charsMax);
        }
        return this;
    }

    @Override
    public CutText append(char more) throws IOException {
        return append(String.valueOf(more), 0, 1);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
