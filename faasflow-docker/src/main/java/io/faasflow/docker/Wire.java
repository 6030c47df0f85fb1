package io.faasflow.docker;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes to and from whatever answers calls in a container. For one thread at a time; {@link #close()} for
 * any. An interrupt of the thread ends what blocks, with a {@link java.nio.channels.ClosedByInterruptException}
 * among the causes.
 */
interface Wire extends AutoCloseable {
  /** Connects; comes before all else, once. Blocks. */
  void open() throws IOException;

  /** Reads what there is, one byte at least, into a buffer with an array; -1: there will be no more. Blocks. */
  int read(ByteBuffer into) throws IOException;

  /** Sends all of both. Blocks. */
  void write(byte[] head, byte[] body) throws IOException;

  /** Whether the other side has kept it open, and has sent nothing that was not read. Does not block. */
  boolean isSilent() throws IOException;

  /** Whether the function itself has closed it, and sent nothing before that was not read. Does not block. */
  default boolean isClosedByFunction() throws IOException {
    return false; // it cannot be told
  }

  /** A second call does nothing. */
  @Override
  void close();
}
