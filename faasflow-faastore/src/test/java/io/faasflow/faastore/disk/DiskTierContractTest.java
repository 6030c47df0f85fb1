package io.faasflow.faastore.disk;

import io.faasflow.faastore.FileTree;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.faastore.RemoteTierContract;
import java.nio.file.Files;
import java.nio.file.Path;
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
  protected long leftBehind() {
    return FileTree.of(directory)
        .filter(Files::isRegularFile)
        .filter(file -> !file.endsWith("lock"))
        .count();
  }
}
