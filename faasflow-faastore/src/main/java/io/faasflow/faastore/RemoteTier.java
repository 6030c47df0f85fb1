package io.faasflow.faastore;

import io.faasflow.run.RunId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * SPI: a place beyond the memory of the workers where objects of runs live: a server, or a disk.
 * Thread-safe.
 *
 * <p><b>Whole values only.</b> An object becomes visible at one moment, when all of it is stored. A
 * reader gets all bytes of one {@link #put}, with its content type, or nothing, or an exception;
 * never a part, a mixture, or bytes that were changed on the way.
 *
 * <p><b>Replacing.</b> A put under a key that exists replaces the object, and its readers are counted
 * anew. Reads that began before may see either, or fail where the replaced one was still being read.
 *
 * <p><b>Readers.</b> A put says how many {@link #release} calls the object will see; with the last of
 * them it is dropped. {@link #releaseRun} drops what is left of a run.
 *
 * <p><b>Expiry</b> is the net below: a tier that outlives the process that wrote to it drops the
 * objects of a run that nobody released, some time after that process has ended. While it lives, and
 * until it releases the run, they are kept.
 *
 * <p><b>Failures.</b> Each method gives a future that completes, normally or not, within the time
 * that the tier is configured for; a failure is a {@link RemoteTierException} that says what to do
 * about it. A put that failed has not changed what readers see, unless its {@link
 * RemoteTierException#reason() reason} is {@code UNREACHABLE}: then it may be done, or not, and can
 * be repeated. The methods themselves throw only on null arguments, numbers out of range and use
 * after close.
 *
 * <p>Futures complete on threads of the tier: actions that block or compute belong on others.
 */
public interface RemoteTier extends AutoCloseable {
  /**
   * Stores an object. The payload is read before the future completes, maybe several times, maybe on
   * a thread of the tier.
   *
   * @param readers how many times it will be released, 1 or more
   * @throws IllegalArgumentException when readers is less than 1
   * @throws IllegalStateException when the tier is closed
   */
  CompletableFuture<Void> put(ObjectKey key, Payload value, int readers);

  /**
   * Reads an object into memory. Empty when it was never put, is released, or expired. Calls at the
   * same time for the same key may share one read, which began before the later of them: where another
   * process replaces the object meanwhile, all of them may see what it was before.
   *
   * @return a payload whose {@link Payload#buffers()} are present
   * @throws IllegalStateException when the tier is closed
   */
  CompletableFuture<Optional<Payload>> get(ObjectKey key);

  /**
   * Finds an object without reading it all: the streams that the payload opens read it piece by
   * piece, each piece verified before it is handed out, with a few of them in memory at a time. A
   * stream throws an {@link java.io.IOException} caused by a {@link RemoteTierException} where the
   * object is dropped or replaced before it is read to its end.
   *
   * @return empty as in {@link #get}
   * @throws IllegalStateException when the tier is closed
   */
  CompletableFuture<Optional<Payload>> stream(ObjectKey key);

  /**
   * One of the readers is done with an object. Ignored where there is none.
   *
   * @throws IllegalStateException when the tier is closed
   */
  CompletableFuture<Void> release(ObjectKey key);

  /**
   * Drops everything that is left of a run. May be called several times.
   *
   * @throws IllegalStateException when the tier is closed
   */
  CompletableFuture<Void> releaseRun(RunId run);

  /**
   * Ends what is under way, exceptionally, and gives back connections, files and threads. Objects
   * stay where they are. A second call does nothing.
   */
  @Override
  void close();
}
