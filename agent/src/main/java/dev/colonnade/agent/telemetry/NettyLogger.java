package dev.colonnade.agent.telemetry;

import io.netty.util.internal.logging.AbstractInternalLogger;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.Serial;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.NullUnmarked;

/// Netty's log lines on the console. Given by hand, because looking for a logging library costs
/// more than Netty's own start.
@NullUnmarked // as the interface
final class NettyLogger extends AbstractInternalLogger {
    @Serial private static final long serialVersionUID = 1L;

    private final transient Console console;
    private final transient String component;

    NettyLogger(String name, Console console) {
        super(name);
        this.console = console;
        component = name.substring(name.lastIndexOf('.') + 1);
    }

    /// Makes loggers that write to `console`.
    static InternalLoggerFactory factory(Console console) {
        return new InternalLoggerFactory() {
            @Override
            protected InternalLogger newInstance(String name) {
                return new NettyLogger(name, console);
            }
        };
    }

    private boolean isWritten(Level level) {
        return ForeignLog.isWritten(console, level);
    }

    private void write(Level level, String format, Object... arguments) {
        ForeignLog.write(console, level, component, format, arguments);
    }

    @Override
    public boolean isTraceEnabled() {
        return isWritten(Level.TRACE);
    }

    @Override
    public void trace(String message) {
        write(Level.TRACE, message);
    }

    @Override
    public void trace(String format, Object argument) {
        write(Level.TRACE, format, argument);
    }

    @Override
    public void trace(String format, Object first, Object second) {
        write(Level.TRACE, format, first, second);
    }

    @Override
    public void trace(String format, Object... arguments) {
        write(Level.TRACE, format, arguments);
    }

    @Override
    public void trace(String message, Throwable thrown) {
        write(Level.TRACE, message, thrown);
    }

    @Override
    public boolean isDebugEnabled() {
        return isWritten(Level.DEBUG);
    }

    @Override
    public void debug(String message) {
        write(Level.DEBUG, message);
    }

    @Override
    public void debug(String format, Object argument) {
        write(Level.DEBUG, format, argument);
    }

    @Override
    public void debug(String format, Object first, Object second) {
        write(Level.DEBUG, format, first, second);
    }

    @Override
    public void debug(String format, Object... arguments) {
        write(Level.DEBUG, format, arguments);
    }

    @Override
    public void debug(String message, Throwable thrown) {
        write(Level.DEBUG, message, thrown);
    }

    @Override
    public boolean isInfoEnabled() {
        return isWritten(Level.INFO);
    }

    @Override
    public void info(String message) {
        write(Level.INFO, message);
    }

    @Override
    public void info(String format, Object argument) {
        write(Level.INFO, format, argument);
    }

    @Override
    public void info(String format, Object first, Object second) {
        write(Level.INFO, format, first, second);
    }

    @Override
    public void info(String format, Object... arguments) {
        write(Level.INFO, format, arguments);
    }

    @Override
    public void info(String message, Throwable thrown) {
        write(Level.INFO, message, thrown);
    }

    @Override
    public boolean isWarnEnabled() {
        return isWritten(Level.WARNING);
    }

    @Override
    public void warn(String message) {
        write(Level.WARNING, message);
    }

    @Override
    public void warn(String format, Object argument) {
        write(Level.WARNING, format, argument);
    }

    @Override
    public void warn(String format, Object first, Object second) {
        write(Level.WARNING, format, first, second);
    }

    @Override
    public void warn(String format, Object... arguments) {
        write(Level.WARNING, format, arguments);
    }

    @Override
    public void warn(String message, Throwable thrown) {
        write(Level.WARNING, message, thrown);
    }

    @Override
    public boolean isErrorEnabled() {
        return isWritten(Level.ERROR);
    }

    @Override
    public void error(String message) {
        write(Level.ERROR, message);
    }

    @Override
    public void error(String format, Object argument) {
        write(Level.ERROR, format, argument);
    }

    @Override
    public void error(String format, Object first, Object second) {
        write(Level.ERROR, format, first, second);
    }

    @Override
    public void error(String format, Object... arguments) {
        write(Level.ERROR, format, arguments);
    }

    @Override
    public void error(String message, Throwable thrown) {
        write(Level.ERROR, message, thrown);
    }
}
