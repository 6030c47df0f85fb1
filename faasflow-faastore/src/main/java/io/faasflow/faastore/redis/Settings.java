package io.faasflow.faastore.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/**
 * What a {@link RedisTier.Builder} was told.
 *
 * @param place the servers, for messages: without credentials
 * @param servers one server, the sentinels of one master in one URI, or some nodes of a cluster
 */
record Settings(
    String place,
    List<RedisURI> servers,
    boolean cluster,
    SslOptions ssl,
    Names names,
    Duration timeout,
    Duration expiry,
    Compression compression,
    long maxBytesInFlight,
    int transferThreads,
    int inlineBytes,
    int chunkBytes) {

  /** A chunk as it is stored. */
  Bytes framed(String version, int chunk, List<ByteBuffer> content) {
    return compression == Compression.NONE
        ? Frame.raw(version, chunk, content)
        : Frame.compressed(version, chunk, content);
  }

  /** Values of up to so many bytes are written in one go. */
  long fewBytes() {
    return Math.max(inlineBytes, (long) Manifest.FEW_CHUNKS * chunkBytes);
  }

  /** How many chunks of one value may be on their way. */
  int window() {
    return (int) Math.max(2, Math.min(Manifest.FEW_CHUNKS, maxBytesInFlight / chunkBytes));
  }
}
