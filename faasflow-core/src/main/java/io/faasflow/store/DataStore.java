package io.faasflow.store;

import io.faasflow.run.RunId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * SPI: where outputs live that are read on another worker than they were made on. What is read on
 * the same worker never gets here.
 *
 * <p>An engine saves an output before it triggers any reader, fetches it at most a few times for
 * each reading worker, releases it once for each reading worker, and in the end releases the run.
 * Calls for a run that was released may still come (from functions that could not be stopped); what
 * they save is released by another {@link #releaseRun}.
 *
 * <p>Implementations are thread-safe.
 */
public interface DataStore extends AutoCloseable {
  /** A value that was found; the wrapper tells a saved null from no value. */
  record Stored(@Nullable Object value) {}

  /**
   * Keeps an output. Saving under the same key again replaces the value.
   *
   * @param value the output; may be null
   * @param readers how many workers will release it, 1 or more
   */
  void save(DataKey key, @Nullable Object value, int readers);

  /** Gives an output back; empty if it was never saved, or is released. */
  Optional<Stored> fetch(DataKey key);

  /** One of the reading workers is done with an output. Ignored where there is none. */
  void release(DataKey key);

  /** Drops everything that is left of a run. May be called several times. */
  void releaseRun(RunId run);

  /** Drops everything. A second call does nothing. */
  @Override
  void close();
}
