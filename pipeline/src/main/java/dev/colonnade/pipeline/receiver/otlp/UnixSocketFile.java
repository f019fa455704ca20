package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.StartException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/// The file of a unix socket that is listened on. A process that was killed leaves its file behind,
/// and nobody can bind where a file is; [#makeWay] removes such a one and nothing else. Closing the
/// listener removes the file.
final class UnixSocketFile {
    /// Owner and group may connect, which takes the right to write: containers of one pod share a
    /// group where they do not share a user.
    static final String PERMISSIONS = "rw-rw----";

    private final Path path;
    private final String key;

    /// @param key where the path stands in the configuration, for messages
    UnixSocketFile(Path path, String key) {
        this.path = path;
        this.key = key;
    }

    Path path() {
        return path;
    }

    /// Removes a socket that nobody listens on.
    ///
    /// @throws StartException when there is something else, or somebody does
    void makeWay() throws StartException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            BasicFileAttributes found =
                    Files.readAttributes(
                            path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isOther()) {
                throw failure("there is a file that is no socket", null);
            }
            if (!isStale()) {
                throw failure("another process listens there", null);
            }
            Files.deleteIfExists(path);
        } catch (IOException broken) {
            throw failure(String.valueOf(broken.getMessage()), broken);
        }
    }

    /// Lets owner and group connect, and nobody else.
    void restrict() throws StartException {
        try {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(PERMISSIONS));
        } catch (IOException broken) {
            throw failure("its permissions cannot be set: " + broken.getMessage(), broken);
        }
    }

    /// Whether connecting is refused. A listener whose backlog is full answers otherwise.
    private boolean isStale() throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            boolean _ = probe.connect(UnixDomainSocketAddress.of(path));
            return false;
        } catch (ConnectException _) {
            return true;
        }
    }

    private StartException failure(String why, @Nullable IOException cause) {
        String message =
                "cannot listen on unix:" + path + ": " + why + "; set " + key + " to another path";
        return cause == null ? new StartException(message) : new StartException(message, cause);
    }
}
