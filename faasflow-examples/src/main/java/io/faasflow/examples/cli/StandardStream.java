package io.faasflow.examples.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Standard output or error, which remembers why writing failed. Confined to one thread. */
final class StandardStream extends OutputStream {
  private final FileOutputStream stream;
  private @Nullable String failure;

  StandardStream(FileDescriptor descriptor) {
    stream = new FileOutputStream(descriptor);
  }

  /**
   * Why not all was written; empty if all was, or if the reader wanted no more ({@code | head}),
   * which is no failure.
   */
  Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      stream.write(bytes, offset, length);
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      // "Broken pipe" on Linux and macOS, "The pipe is being closed" on Windows.
      if (!message.contains("pipe")) {
        failure = message;
      }
      throw e;
    }
  }
}
