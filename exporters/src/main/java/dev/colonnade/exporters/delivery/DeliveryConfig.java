package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.exporters.Encoding;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.storage.Codec;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How an exporter delivers, whatever its protocol.
///
/// @param exporter the exporter's id
/// @param codec how requests are to be compressed
/// @param level the codec's level
/// @param timeout for one attempt; zero for none
/// @param queue requests in flight and batches
/// @param retry what follows a failure
/// @param mergeBytesMax the most plain OTLP in a merged request, in bytes, where no `batch` says
///   less
/// @param windowBytes how many bytes, as plain OTLP, a loop may have leased; one request always may
///   be in flight
/// @param encoding what requests are written in
public record DeliveryConfig(
        String exporter,
        Codec codec,
        int level,
        Duration timeout,
        QueueConfig queue,
        RetryConfig retry,
        int mergeBytesMax,
        long windowBytes,
        Encoding encoding) {
    /// Peers refuse gRPC messages above 4 MiB unless they were told otherwise, and count a message
    /// as it is when inflated.
    public static final int MERGE_BYTES_MAX = (4 << 20) - (64 << 10);

    /// As JSON this is two to three times as much, which all stands in the memory for sending where
    /// it is not compressed.
    public static final int MERGE_BYTES_MAX_JSON = 1 << 20;

    /// Four merged requests of the largest kind: enough for a hundred milliseconds at a gigabit.
    public static final long WINDOW_BYTES = 16 << 20;

    /// What the two codecs are run at where nobody wrote a level: see RATIONALE.md.
    public static final int LEVEL = 1;

    /// For protobuf.
    public DeliveryConfig(
            String exporter,
            Codec codec,
            int level,
            Duration timeout,
            QueueConfig queue,
            RetryConfig retry,
            int mergeBytesMax,
            long windowBytes) {
        this(
                exporter,
                codec,
                level,
                timeout,
                queue,
                retry,
                mergeBytesMax,
                windowBytes,
                Encoding.PROTO);
    }

    /// With the sizes that hold where nobody says otherwise, for protobuf.
    public static DeliveryConfig of(
            String exporter,
            Codec codec,
            int level,
            Duration timeout,
            QueueConfig queue,
            RetryConfig retry) {
        return new DeliveryConfig(
                exporter,
                codec,
                level == 0 ? LEVEL : level,
                timeout,
                queue,
                retry,
                MERGE_BYTES_MAX,
                WINDOW_BYTES);
    }

    /// The same with other sizes.
    public DeliveryConfig withSizes(int mergeBytes, long window) {
        return new DeliveryConfig(
                exporter, codec, level, timeout, queue, retry, mergeBytes, window, encoding);
    }

    /// The same in another encoding.
    public DeliveryConfig withEncoding(Encoding other) {
        int mergeBytes =
                other == Encoding.JSON
                        ? Math.min(mergeBytesMax, MERGE_BYTES_MAX_JSON)
                        : mergeBytesMax;
        return new DeliveryConfig(
                exporter, codec, level, timeout, queue, retry, mergeBytes, windowBytes, other);
    }

    /// Whether `batch` limits the size of a request.
    boolean isRequestLimited() {
        BatchConfig batch = queue.batch();
        return batch != null && batch.maxSize() > 0;
    }

    /// The most plain OTLP in one request, in bytes.
    int requestBytesMax() {
        BatchConfig batch = queue.batch();
        return batch != null && batch.maxSize() > 0 && batch.sizer() == BatchConfig.Sizer.BYTES
                ? (int) Math.min(batch.maxSize(), Integer.MAX_VALUE)
                : Integer.MAX_VALUE;
    }

    /// The most records in one request.
    int requestRecordsMax() {
        BatchConfig batch = queue.batch();
        return batch != null && batch.maxSize() > 0 && batch.sizer() == BatchConfig.Sizer.ITEMS
                ? (int) Math.min(batch.maxSize(), Integer.MAX_VALUE)
                : Integer.MAX_VALUE;
    }

    /// Whether compressed requests are opened to be merged with others: where they have to be
    /// opened anyway, or where the user asked for sizes.
    boolean mergesCompressed() {
        return codec == Codec.IDENTITY || encoding == Encoding.JSON || batch() != null;
    }

    @Nullable BatchConfig batch() {
        return queue.batch();
    }
}
