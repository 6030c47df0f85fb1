package io.faasflow.engine;

import io.faasflow.run.RunId;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes run ids. Thread-safe.
 *
 * <p>After the milliseconds come a count (so that ids of one source sort in the order of their
 * making) and 62 random bits drawn once a source, which tell sources apart.
 */
public final class RunIds {
  private static final long VERSION_7 = 0x7000L;
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long RANDOM_BITS = 0x3fff_ffff_ffff_ffffL;
  private static final int COUNT_BITS = 12;

  private final InstantSource clock;
  private final AtomicLong last = new AtomicLong(); // milliseconds, then the count
  private final long low;

  /**
   * @param clock gives the time of each id
   */
  public RunIds(InstantSource clock) {
    this(clock, new SecureRandom().nextLong());
  }

  /**
   * Ids that can be made again.
   *
   * @param random tells this source apart by its lower 62 bits
   */
  public RunIds(InstantSource clock, long random) {
    this.clock = clock;
    this.low = VARIANT | (random & RANDOM_BITS);
  }

  /** A new id, larger than all before it. */
  public RunId next() {
    long now = clock.millis() << COUNT_BITS;
    long mine = last.updateAndGet(before -> Math.max(now, before + 1));
    long millis = mine >>> COUNT_BITS;
    long count = mine & ((1 << COUNT_BITS) - 1);
    return new RunId(millis << 16 | VERSION_7 | count, low);
  }
}
