package io.faasflow.faastore.disk;

import java.io.IOException;

/** What a file holds is not what was written to it. */
final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedFileException(String message) {
    super(message);
  }
}
