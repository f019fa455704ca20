package dev.colonnade.agent.e2e;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.colonnade.storage.Codec;
import io.grpc.Codec.Gzip;
import io.grpc.Codec.Identity;
import io.grpc.CompressorRegistry;
import io.grpc.DecompressorRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;

/// The codecs of OTLP as grpc-java and plain Java have them, zstd by its own library.
final class GrpcCodecs {
    private GrpcCodecs() {}

    /// gzip and zstd.
    static DecompressorRegistry decompressors() {
        return DecompressorRegistry.emptyInstance()
                .with(Identity.NONE, false)
                .with(new Gzip(), true)
                .with(new Zstd(), true);
    }

    /// gzip and zstd.
    static CompressorRegistry compressors() {
        CompressorRegistry registry = CompressorRegistry.newEmptyInstance();
        registry.register(Identity.NONE);
        registry.register(new Gzip());
        registry.register(new Zstd());
        return registry;
    }

    /// `plain`, compressed.
    static byte[] compress(Codec codec, byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream compressing =
                switch (codec) {
                    case IDENTITY -> out;
                    case GZIP -> new GZIPOutputStream(out);
                    case ZSTD -> new ZstdOutputStream(out);
                    case DEFLATE -> new DeflaterOutputStream(out);
                }) {
            compressing.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// `body`, inflated by the codec that `encoding` names.
    static byte[] inflate(String encoding, byte[] body) {
        try (InputStream in = new ByteArrayInputStream(body);
                InputStream inflating =
                        switch (encoding) {
                            case "identity" -> in;
                            case "gzip" -> new GZIPInputStream(in);
                            case "zstd" -> new ZstdInputStream(in);
                            case "deflate" -> new InflaterInputStream(in);
                            default -> throw new IOException("unknown encoding: " + encoding);
                        }) {
            return inflating.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Zstd implements io.grpc.Codec {
        @Override
        public String getMessageEncoding() {
            return "zstd";
        }

        @Override
        public InputStream decompress(InputStream in) throws IOException {
            return new ZstdInputStream(in);
        }

        @Override
        public OutputStream compress(OutputStream out) throws IOException {
            return new ZstdOutputStream(out);
        }
    }
}
