package io.faasflow.faastore.disk;

import io.faasflow.faastore.RemoteTier;
import io.faasflow.faastore.RemoteTierContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on a disk. */
class DiskTierContractTest extends RemoteTierContract {
  @TempDir
  private Path directory;

  @Override
  protected RemoteTier newTier() {
    return DiskTier.open(directory);
  }

  @Override
  protected long leftBehind() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.endsWith("lock"))
          .count();
    } catch (java.io.UncheckedIOException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        return 1; // being taken away just now
      }
      throw e;
    }
  }
}
