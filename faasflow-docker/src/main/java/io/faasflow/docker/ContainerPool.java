package io.faasflow.docker;

import io.faasflow.container.ComingCalls;
import io.faasflow.container.ContainerUsage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The containers of one kind on one worker, the calls that wait for one, and whether it pays to start
 * another. Guarded by the lock of its {@link WorkerContainers}.
 *
 * <p>A call waits for a container that is at work or being started, if it will likely have it as soon as
 * one that is started now. How soon that is, is said by the mean times of calls and starts; where they are not
 * known, each call that waits has a start. They may be wrong: a call that has waited for as long as a
 * start takes has one after all. So nobody waits for more than about two starts because of this.
 */
final class ContainerPool {
  /** By how much one may wait longer than for a start: the mean of starts is no more exact than that. */
  private static final double TOLERANCE = 1.1;

  /** For so many starts longer a call waits before it is given another pool's container. */
  private static final int MOST_STARTS = 10;

  /** A call that waits. */
  record Waiter(long number, long sinceNanos, CompletableFuture<Container> container) {}

  final FunctionSpec spec;
  final Deque<Container> idle = new ArrayDeque<>(); // the most recently used first
  final Set<Container> busy = new HashSet<>(); // by identity
  final List<Long> starting = new ArrayList<>(); // since when
  final Deque<Waiter> waiters = new ArrayDeque<>();
  final Outlook outlook = new Outlook();
  int owedAhead; // starts for calls that were told of, for which room is being made
  final MovingMean callTimes = new MovingMean();
  final MovingMean startTimes = new MovingMean(); // from when it was decided on
  boolean watched; // somebody will look again when a call has waited for long enough
  long usedNanos; // when a call or a hint came last, or a container went
  int removing;
  long started;
  long calls;
  long lost;
  ContainerUsage usage = ContainerUsage.NONE;

  ContainerPool(FunctionSpec spec) {
    this.spec = spec;
  }

  int count() {
    return starting.size() + idle.size() + busy.size() + removing;
  }

  /** Whether there is nothing in it, and nobody has used it for so long. */
  boolean isUnused(long nanos, long now) {
    return count() == 0 && waiters.isEmpty() && outlook.isEmpty() && now - usedNanos >= nanos;
  }

  /** Gives a container to a call. */
  Container give(Container container, long now) {
    container.since(now);
    busy.add(container);
    return container;
  }

  private boolean canTell() {
    return callTimes.isKnown() && startTimes.isKnown();
  }

  /** For how long a call may wait before it has a start, whatever was expected. */
  long patienceNanos() {
    return (long) (TOLERANCE * startTimes.nanos());
  }

  /**
   * How many starts the calls that wait lack, beside those under way.
   *
   * @param most more than that is of no interest
   */
  int missingStarts(long now, int most) {
    long perStart = canTell() ? servedSoon(startTimes.nanos()) : 1;
    long missing = starts(waiters.size() - soonServed(now), perStart);
    int started = starting.size();
    return (int) Math.min(most, Math.max(missing, impatient(now, most + started) - started));
  }

  /**
   * How many starts the calls lack that were told of. Those beside the latest may come at once: each of
   * them is to find a container of its own, be it at work now. All together, those of other runs and
   * foreach instances included, are to be served as soon as by a start.
   *
   * @param most more than that is of no interest
   */
  int missingStartsAhead(ComingCalls latest, long now, int most) {
    int ready = idle.size() + starting.size(); // by the time that they come
    long beside = outlook.callsBeside(latest) - ready - busy.size();
    long perContainer = canTell() ? servedSoon(0) : 1;
    long uncovered = outlook.calls()
        + waiters.size()
        - ready * perContainer
        - (canTell() ? servedByBusy(now) : 0);
    return (int) Math.min(most, Math.max(0, Math.max(beside, starts(uncovered, perContainer))));
  }

  /** How many of the starts that are owed ahead are still of use. */
  int stillOwedAhead() {
    long missing = outlook.calls() - idle.size() - starting.size();
    return (int) Math.max(0, Math.min(owedAhead, missing));
  }

  /** How many containers serve so many calls. */
  private static long starts(long calls, long perContainer) {
    return Math.max((calls + perContainer - 1) / perContainer, 0);
  }

  /**
   * Whether it is to have a container of another pool, whose calls wait as well: its own wait longer, and
   * there is no container at all for them, or they wait longer by many starts. Many, as giving one away
   * costs a start each time.
   *
   * @param most containers that it may have
   */
  boolean isStarvedBy(ContainerPool other, long now, int most) {
    if (waiters.isEmpty()
        || waiters.getFirst().number() >= other.waiters.getFirst().number()) {
      return false;
    }
    long longer = other.waiters.getFirst().sinceNanos() - waiters.getFirst().sinceNanos();
    return count() == 0
        || (startTimes.isKnown()
            && longer >= MOST_STARTS * patienceNanos()
            && missingStarts(now, most - count()) > 0);
  }

  /** How many calls have waited for too long; counts up to a limit. */
  private int impatient(long now, int most) {
    if (!canTell()) {
      return 0; // all of them have a start
    }
    int count = 0;
    for (Waiter waiter : waiters) {
      if (count >= most || now - waiter.sinceNanos() < patienceNanos()) {
        break;
      }
      count++;
    }
    return count;
  }

  /**
   * How long until another call has waited for too long; -1: none will, or all of them have a start.
   *
   * @param most of so many that wait for too long already, no more is of interest
   */
  long nanosToImpatience(long now, int most) {
    if (!canTell() || waiters.size() <= starting.size()) {
      return -1;
    }
    int patient = impatient(now, most);
    return patient >= most
        ? -1
        : waiters.stream()
            .skip(patient)
            .findFirst()
            .map(waiter -> waiter.sinceNanos() + patienceNanos() - now)
            .orElse(-1L);
  }

  /** How many calls likely get a container as soon as by a start, of those at work or being started. */
  private long soonServed(long now) {
    if (!canTell()) {
      return starting.size();
    }
    long served = servedByBusy(now);
    for (long since : starting) {
      long at = now - since;
      long usual = startTimes.nanos();
      served += at < usual ? servedSoon(usual - at) : 1; // it is for one call, however late
    }
    return served;
  }

  private long servedByBusy(long now) {
    long served = 0;
    for (Container container : busy) {
      long at = now - container.since();
      long usual = callTimes.nanos();
      // One that is past the mean is of another kind: as likely as not, it takes that long again.
      served += servedSoon(at < usual ? usual - at : at);
    }
    return served;
  }

  /** How many calls one after the other find a container soon that becomes free then. */
  private long servedSoon(long freeInNanos) {
    long left = patienceNanos() - freeInNanos;
    return left < 0 ? 0 : 1 + left / callTimes.nanos();
  }
}
