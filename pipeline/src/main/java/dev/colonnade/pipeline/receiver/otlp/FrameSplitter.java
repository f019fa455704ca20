package dev.colonnade.pipeline.receiver.otlp;

import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;
import static io.netty.handler.codec.http2.Http2Error.FRAME_SIZE_ERROR;
import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.util.List;

/// Passes DATA frames on while they arrive.
///
/// Netty's reader waits until a frame is there as a whole: with the large frames that make HTTP/2
/// cheap, each connection would gather a frame in memory that nobody reserved, and copy it on the
/// way. Here a frame that has come in part is passed on as several smaller ones with headers made
/// up for them, so that all of Netty's checks see what they always see; the flag that ends the
/// stream is on the last.
///
/// ```
///   received   [ DATA 256 KiB, END_STREAM | ..16 KiB.. ][ ..240 KiB.. ]
///   passed on  [ DATA 16 KiB | ....... ] [ DATA 240 KiB, END_STREAM | ....... ]
/// ```
///
/// It also keeps what peers may rightly send on a stream that was answered early and reset from
/// counting as a protocol error, and their own resets of answered streams from counting as a flood.
final class FrameSplitter extends DecoratingHttp2ConnectionDecoder {
    /// What knows which streams were answered.
    interface Answered {
        /// Whether the stream was reset after an early answer: its frames in flight are of no
        /// interest.
        boolean isReset(int streamId);

        /// Takes note that the peer resets a stream; false when it was not answered yet, so that
        /// the frame is treated as any other.
        boolean onReset(int streamId);
    }

    private static final int HEADER_BYTES = 9;
    private static final int FLAG_END_STREAM = 1;
    private static final int FLAG_END_HEADERS = 4;
    private static final int FLAG_PADDED = 8;

    /// Other frames than DATA are gathered up to this length: no header block that is allowed is
    /// longer.
    private static final int GATHERED_BYTES_MAX = 64 << 10;

    private final Answered answered;
    private final int frameBytesMax;
    private final ByteBuf header = Unpooled.buffer(HEADER_BYTES, HEADER_BYTES);
    private boolean inHeaders;
    private boolean failed;
    private int dataRemaining;
    private int dataStream;
    private boolean dataEndsStream;
    private boolean dataIsDropped;

    FrameSplitter(Http2ConnectionDecoder delegate, Answered answered, int frameBytesMax) {
        super(delegate);
        this.answered = answered;
        this.frameBytesMax = frameBytesMax;
    }

    @Override
    public void decodeFrame(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
            throws Http2Exception {
        if (failed) {
            super.decodeFrame(ctx, in, out);
            return;
        }
        try {
            boolean goesOn = true;
            while (goesOn && in.isReadable()) {
                if (dataRemaining > 0) {
                    data(ctx, in, out);
                } else {
                    goesOn = frame(ctx, in, out);
                }
            }
        } catch (Http2Exception failure) {
            failed = !Http2Exception.isStreamError(failure);
            throw failure;
        }
    }

    /// Begins the next frame; false when more of it has to come first.
    private boolean frame(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
            throws Http2Exception {
        if (in.readableBytes() < HEADER_BYTES) {
            return false;
        }
        int at = in.readerIndex();
        int length = in.getUnsignedMedium(at);
        byte type = in.getByte(at + 3);
        int flags = in.getUnsignedByte(at + 4);
        int streamId = in.getInt(at + 5) & Integer.MAX_VALUE;
        boolean isWhole = in.readableBytes() - HEADER_BYTES >= length;
        if (isPlainData(type, flags, streamId, length)) {
            boolean isDropped = answered.isReset(streamId);
            if (!isWhole || isDropped) {
                in.skipBytes(HEADER_BYTES);
                dataRemaining = length;
                dataStream = streamId;
                dataEndsStream = (flags & FLAG_END_STREAM) != 0;
                dataIsDropped = isDropped;
                return true;
            }
        } else if (!isWhole) {
            checkGathered(length);
            return false;
        }
        if (type == Http2FrameTypes.RST_STREAM && !inHeaders && answered.onReset(streamId)) {
            in.skipBytes(HEADER_BYTES + length);
            return true;
        }
        if (type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION) {
            inHeaders = (flags & FLAG_END_HEADERS) == 0;
        }
        pass(ctx, in, HEADER_BYTES + length, out);
        return true;
    }

    private boolean isPlainData(byte type, int flags, int streamId, int length) {
        return type == Http2FrameTypes.DATA
                && (flags & FLAG_PADDED) == 0
                && streamId != 0
                && length > 0
                && length <= frameBytesMax
                && !inHeaders;
    }

    private void checkGathered(int length) throws Http2Exception {
        if (length > frameBytesMax) {
            throw connectionError(
                    FRAME_SIZE_ERROR,
                    "frame is too long: length=%d, max=%d",
                    length,
                    frameBytesMax);
        }
        if (length > GATHERED_BYTES_MAX) {
            throw connectionError(ENHANCE_YOUR_CALM, "frame is too long: length=%d", length);
        }
    }

    /// Passes on, or drops, what has come of a DATA frame.
    private void data(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
            throws Http2Exception {
        int count = Math.min(in.readableBytes(), dataRemaining);
        dataRemaining -= count;
        dataIsDropped |= answered.isReset(dataStream);
        if (dataIsDropped) {
            ByteBuf dropped = in.readSlice(count);
            flowController().receiveFlowControlledFrame(null, dropped, 0, false);
            return;
        }
        boolean endsStream = dataEndsStream && dataRemaining == 0;
        header.clear();
        header.writeMedium(count);
        header.writeByte(Http2FrameTypes.DATA);
        header.writeByte(endsStream ? FLAG_END_STREAM : 0);
        header.writeInt(dataStream);
        super.decodeFrame(ctx, header, out);
        pass(ctx, in, count, out);
    }

    /// Lets Netty see the next `count` bytes and nothing behind them.
    private void pass(ChannelHandlerContext ctx, ByteBuf in, int count, List<Object> out)
            throws Http2Exception {
        int end = in.writerIndex();
        in.writerIndex(in.readerIndex() + count);
        try {
            super.decodeFrame(ctx, in, out);
        } finally {
            in.writerIndex(end);
        }
    }
}
