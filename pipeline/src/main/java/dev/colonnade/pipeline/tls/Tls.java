package dev.colonnade.pipeline.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/// The TLS of one listener or client, renewed when its files change.
///
/// Connections keep what they began with; new ones get the newest. Files that cannot be used are
/// said once, and what was there before holds. [#newHandler] is for any thread.
public final class Tls implements AutoCloseable {
    /// Builds a context out of the files as they are now.
    @FunctionalInterface
    public interface Source {
        /// Builds it, without suites.
        SslContextBuilder builder() throws IOException, GeneralSecurityException;
    }

    private final Source source;
    private final List<Path> files;
    private final TlsTuning tuning;
    private final System.Logger logger;
    private final String name;
    private volatile SslContext context;
    private @Nullable ScheduledFuture<?> looking;

    // Of the borrowed thread, one at a time.
    private List<byte[]> contents;
    private String failure = "";

    /// TLS as its files have it now.
    ///
    /// @param name what it belongs to, for messages
    /// @throws IOException when a file cannot be read
    /// @throws GeneralSecurityException when a file is not what it should be
    /// @throws IllegalArgumentException the same
    public Tls(Source source, List<Path> files, TlsTuning tuning, String name, System.Logger logger)
            throws IOException, GeneralSecurityException {
        this.source = source;
        this.files = List.copyOf(files);
        this.tuning = tuning;
        this.name = name;
        this.logger = logger;
        contents = read();
        context = build();
    }

    /// Looks at the files from now on as often as is configured.
    ///
    /// @param blocking runs what reads files
    public void watch(EventLoop loop, Executor blocking) {
        long nanos = tuning.reloadInterval().toNanos();
        if (nanos > 0 && !files.isEmpty() && looking == null) {
            looking =
                    loop.scheduleWithFixedDelay(
                            () -> blocking.execute(this::look), nanos, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /// A server's side of a new connection.
    public SslHandler newHandler(ByteBufAllocator allocator) {
        return tuned(context.newHandler(allocator));
    }

    /// A client's side of a new connection.
    ///
    /// @param host the name that the server's certificate must have
    public SslHandler newHandler(ByteBufAllocator allocator, String host, int port) {
        return tuned(context.newHandler(allocator, host, port));
    }

    /// Looks at the files no more.
    @Override
    public void close() {
        ScheduledFuture<?> task = looking;
        if (task != null) {
            task.cancel(false);
        }
    }

    /// Builds anew when a file has changed.
    private synchronized void look() {
        try {
            List<byte[]> now = read();
            if (isSame(now)) {
                return;
            }
            context = build();
            contents = now;
            failure = "";
            logger.log(System.Logger.Level.INFO, "certificates are renewed: " + name);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException unusable) {
            String cause = String.valueOf(unusable.getMessage());
            if (!cause.equals(failure)) {
                failure = cause;
                logger.log(
                        System.Logger.Level.WARNING,
                        "certificates cannot be renewed, the old ones hold: "
                                + name
                                + ", cause="
                                + cause);
            }
        }
    }

    private boolean isSame(List<byte[]> now) {
        for (int index = 0; index < now.size(); index++) {
            if (!Arrays.equals(now.get(index), contents.get(index))) {
                return false;
            }
        }
        return true;
    }

    private List<byte[]> read() throws IOException {
        List<byte[]> read = new ArrayList<>();
        for (Path file : files) {
            read.add(Files.readAllBytes(file));
        }
        return read;
    }

    private SslContext build() throws IOException, GeneralSecurityException {
        SslContextBuilder builder = source.builder();
        if (!tuning.cipherSuites().isEmpty()) {
            builder.ciphers(tuning.suites(), SupportedCipherSuiteFilter.INSTANCE);
        }
        return builder.build();
    }

    private SslHandler tuned(SslHandler handler) {
        if (!tuning.curves().isEmpty()) {
            SSLEngine engine = handler.engine();
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setNamedGroups(tuning.groups());
            engine.setSSLParameters(parameters);
        }
        return handler;
    }
}
