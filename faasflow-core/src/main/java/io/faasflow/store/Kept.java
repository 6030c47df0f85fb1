package io.faasflow.store;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** SPI: stands for an output on a worker. Implementations are thread-safe. */
public interface Kept {
  /** The tier of values that are references of this JVM. */
  String MEMORY = "memory";

  /**
   * The output. May block while it is brought here.
   *
   * @throws io.faasflow.run.DataException when it is lost for good: the run fails, whatever retries and
   *     fallbacks its reader has
   * @throws RuntimeException when it cannot be brought here now: the attempt of its reader fails
   */
  @Nullable
  Object value();

  /** It will be read soon: begins to bring it here, and does not wait. */
  default void prefetch() {}

  /**
   * When workers elsewhere can read it, where there are any. Their triggers wait for that; readers on this
   * worker do not. Completes in any case, and soon: what it depends on has a time limit of its own. Where
   * it completes exceptionally, the run fails, with that as the cause. What is still being written when
   * the run is released is the store's to clear away.
   *
   * @return completed from the beginning where there is nothing to wait for, which is the default
   */
  default CompletableFuture<Void> readable() {
    return CompletableFuture.completedFuture(null);
  }

  /** All readers on this worker are done. A second call does nothing. */
  void release();

  /** Where it is now: {@link #MEMORY}, or the name of another tier from which it has to be fetched. */
  String tier();

  /**
   * Its size.
   *
   * @return bytes; -1 where it is not known
   */
  long bytes();

  /** Where it was put, and why. */
  Placement placement();

  /**
   * Where an output was put. Immutable.
   *
   * @param tiers the name of the tier, or of both with a plus sign between them
   * @param reason why: a sentence for people; may be empty
   */
  record Placement(String tiers, String reason) {
    /** In memory, there being nothing to choose. */
    public static final Placement IN_MEMORY = new Placement(MEMORY, "");
  }
}
