package io.faasflow.docker;

import io.faasflow.container.ComingCalls;
import io.faasflow.container.ContainerCapacityException;
import io.faasflow.docker.ContainerPool.Waiter;
import io.faasflow.function.FunctionContext;
import io.faasflow.run.RunId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The containers of one worker: which are idle, who waits for one, when one is started or removed.
 *
 * <p>How it stays right with many threads:
 *
 * <ul>
 *   <li>One lock guards everything here. It is held for a few steps of arithmetic, never while the
 *       engine is spoken to: starts and removals are run by the executor, and come back to the lock with
 *       their result.
 *   <li>A container has one owner. It is made by a start, which owns it; under the lock it goes either
 *       to the idle ones, which nobody uses, or to one call, which owns it until it gives it back; or to
 *       a removal, from which it never returns. Each of these steps takes it out of the place where it
 *       was under the same lock, so nobody can find it in two.
 *   <li>No call waits in vain. A call that waits is in the queue of its pool. Whenever something changes
 *       (a call comes or ends, a start or a removal ends, a call has waited for long enough), {@link #pump}
 *       starts the containers that pools lack, as far as the limits allow, and otherwise makes room by
 *       removing an idle container of another pool. A pool without containers lacks one, so whoever
 *       waits has a container at work, a start, or a limit in front of it, and all of these end in
 *       a pump. A start that fails takes the call that waits
 *       longest along, so no start is tried for ever. Idle containers and calls that wait never are in
 *       one pool at a time.
 *   <li>The count of a container begins before its start and ends after its removal, so the limits hold
 *       for what the engine has, not for what we believe to have.
 *   <li>A call that gives up (time, interrupt) leaves the queue under the lock; if it was given a
 *       container meanwhile, it hands that on.
 * </ul>
 */
final class WorkerContainers {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerContainers.class);

  /** Starts and removes containers; blocks. */
  interface Source {
    /** A container that is ready. Throws {@link RuntimeException} when there is none to be had. */
    Container start(FunctionSpec spec);

    /** Removes a container, if it is still there, and all that belongs to it. Throws nothing. */
    void remove(Container container);
  }

  /** Time, and what is to be done later. Thread-safe. */
  interface Timer {
    /** As {@link System#nanoTime()}. */
    long nanoTime();

    /** Runs a task that does not block. */
    void after(long nanos, Runnable task);
  }

  private final String worker;
  private final int mostOfFunction;
  private final int mostOfWorker;
  private final Source source;
  private final Executor executor;
  private final Timer timer;

  private final AtomicLong numbers = new AtomicLong(); // of calls
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition empty = lock.newCondition();
  private final Map<FunctionSpec, ContainerPool> pools = new LinkedHashMap<>();
  private int count; // of all pools
  private boolean closed;

  WorkerContainers(
      String worker,
      int mostOfFunction,
      int mostOfWorker,
      Source source,
      Executor executor,
      Timer timer) {
    this.worker = worker;
    this.mostOfFunction = mostOfFunction;
    this.mostOfWorker = mostOfWorker;
    this.source = source;
    this.executor = executor;
    this.timer = timer;
  }

  /**
   * A container for one call, to be given back by {@link #release} or {@link #discard}. Takes the idle
   * one that was used last, whose caches are warmest, so that others can become old. If there is none,
   * waits for one that is soon free, or starts one, by {@link ContainerPool}.
   *
   * @param deadline of {@link System#nanoTime()}
   * @throws ContainerCapacityException when none got free in time
   */
  Container acquire(FunctionSpec spec, long deadline) throws InterruptedException {
    return await(spec, ask(spec), deadline);
  }

  /** A call that has a container, or waits for one. */
  Waiter ask(FunctionSpec spec) {
    Waiter waiter =
        new Waiter(numbers.getAndIncrement(), timer.nanoTime(), new CompletableFuture<>());
    change(work -> {
      if (closed) {
        throw closedException(spec);
      }
      ContainerPool pool = pools.computeIfAbsent(spec, ContainerPool::new);
      pool.calls++;
      pool.usedNanos = waiter.sinceNanos();
      Container found = pool.idle.pollFirst();
      if (found != null) {
        waiter.container().complete(pool.give(found, waiter.sinceNanos()));
      } else {
        pool.waiters.addLast(waiter);
        pump(work);
      }
    });
    return waiter;
  }

  private Container await(FunctionSpec spec, Waiter waiter, long deadline)
      throws InterruptedException {
    try {
      return waiter.container().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw (RuntimeException) e.getCause(); // nothing else is put into it
    } catch (TimeoutException e) {
      Container late = giveUp(spec, waiter);
      if (late != null) {
        return late; // it came at the last moment: the call's own deadline decides
      }
      throw noneFree(spec, e);
    } catch (InterruptedException e) {
      Container late = giveUp(spec, waiter);
      if (late != null) {
        end(spec, late, true, false);
      }
      throw e;
    }
  }

  /** Takes a call out of the queue; gives the container that it was given meanwhile. */
  @Nullable
  Container giveUp(FunctionSpec spec, Waiter waiter) {
    lock.lock();
    try {
      pools.computeIfAbsent(spec, ContainerPool::new).waiters.remove(waiter);
      return waiter.container().isDone() && !waiter.container().isCompletedExceptionally()
          ? waiter.container().join()
          : null;
    } finally {
      lock.unlock();
    }
  }

  private ContainerCapacityException noneFree(FunctionSpec spec, TimeoutException cause) {
    lock.lock();
    try {
      ContainerPool pool = pools.computeIfAbsent(spec, ContainerPool::new);
      return new ContainerCapacityException(
          spec.image().name(),
          "No container of " + spec.image() + " got free in time: " + worker + " has "
              + pool.count()
              + " of it, and may have " + mostOfFunction + "; it has " + count
              + " of all images, and may have " + mostOfWorker
              + ". Give the call more time, or raise maxContainersOfFunction or"
              + " maxContainersOfWorker",
          "",
          cause);
    } finally {
      lock.unlock();
    }
  }

  private ContainerCapacityException closedException(FunctionSpec spec) {
    return new ContainerCapacityException(
        spec.image().name(),
        "No container of " + spec.image() + " is to be had: the backend was closed. Close it after"
            + " the runtime that uses it",
        "",
        null);
  }

  /** Gives a container back that is ready for another call. */
  void release(FunctionSpec spec, Container container) {
    end(spec, container, true, true);
  }

  /** Gives a container back that is to be removed, as its state is unknown or it is dead. */
  void discard(FunctionSpec spec, Container container) {
    end(spec, container, false, false);
  }

  /** @param timed whether the call says how long calls take */
  private void end(FunctionSpec spec, Container container, boolean usable, boolean timed) {
    change(work -> {
      ContainerPool pool = pools.computeIfAbsent(spec, ContainerPool::new);
      pool.busy.remove(container);
      pool.usage = pool.usage.plus(container.takeUsage());
      if (timed) {
        pool.callTimes.add(timer.nanoTime() - container.since());
      }
      if (usable && !closed && !starvesAnother(pool)) {
        offer(pool, container);
      } else {
        pool.lost += usable ? 0 : 1;
        work.add(removal(pool, container));
      }
      pump(work); // it may be idle now, and in the way of others
    });
  }

  /**
   * Starts the containers that calls lack which a run has told of. Where the worker has as many as it may
   * have, idle ones make room of which nobody has told anything.
   */
  void prewarm(FunctionSpec spec, ComingCalls coming) {
    change(work -> {
      if (closed) {
        return;
      }
      ContainerPool pool = pools.computeIfAbsent(spec, ContainerPool::new);
      long now = timer.nanoTime();
      pool.usedNanos = now;
      pool.outlook.add(coming, now);
      int missing = pool.missingStartsAhead(coming, now, mostOfFunction);
      for (; missing > 0 && hasRoom(pool); missing--) {
        work.add(start(pool));
      }
      while (pool.owedAhead < missing
          && pool.count() + pool.owedAhead < mostOfFunction
          && removeOldest(other -> other != pool && other.outlook.isEmpty(), work)) {
        pool.owedAhead++;
      }
    });
  }

  /** A call begins, which may have been told of. */
  void came(FunctionSpec spec, FunctionContext call) {
    lock.lock();
    try {
      ContainerPool pool = pools.get(spec);
      if (pool != null) {
        pool.outlook.came(call);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Of a run that has ended no call comes. */
  void ended(RunId run) {
    lock.lock();
    try {
      pools.values().forEach(pool -> pool.outlook.forget(run));
    } finally {
      lock.unlock();
    }
  }

  /** Changes something under the lock, and then has done what comes of it. */
  private void change(Consumer<List<Runnable>> step) {
    List<Runnable> work = new ArrayList<>();
    lock.lock();
    try {
      step.accept(work);
    } finally {
      lock.unlock();
    }
    work.forEach(executor::execute);
  }

  // All of these with the lock held.

  private boolean hasRoom(ContainerPool pool) {
    return pool.count() < mostOfFunction && count < mostOfWorker;
  }

  /** Whether a call of another pool can have no container as long as this pool goes on with all of its own. */
  private boolean starvesAnother(ContainerPool pool) {
    if (count < mostOfWorker || pool.waiters.isEmpty()) {
      return false;
    }
    long now = timer.nanoTime();
    boolean starves = false;
    for (ContainerPool other : pools.values()) {
      if (other.removing > 0) {
        return false; // there will be room anyway
      }
      starves |= other.isStarvedBy(pool, now, mostOfFunction);
    }
    return starves;
  }

  private void offer(ContainerPool pool, Container container) {
    Waiter waiter = pool.waiters.pollFirst();
    long now = timer.nanoTime();
    if (waiter == null) {
      container.since(now);
      pool.idle.addFirst(container);
    } else {
      waiter.container().complete(pool.give(container, now));
    }
  }

  private Runnable start(ContainerPool pool) {
    long now = timer.nanoTime();
    pool.starting.add(now);
    count++;
    return () -> runStart(pool, now);
  }

  private Runnable removal(ContainerPool pool, Container container) {
    pool.removing++;
    return () -> runRemoval(pool, container);
  }

  /** Starts what calls wait for, and then what is owed to calls that are to come. */
  private void pump(List<Runnable> work) {
    if (closed) {
      return;
    }
    if (pools.values().stream().anyMatch(pool -> !pool.waiters.isEmpty())) {
      startForWaiters(work);
    }
    for (ContainerPool pool : pools.values()) {
      pool.owedAhead = pool.stillOwedAhead();
      for (; pool.owedAhead > 0 && hasRoom(pool); pool.owedAhead--) {
        work.add(start(pool));
      }
    }
  }

  /** Starts what calls wait for, those that wait longest first, and makes room where there is none. */
  private void startForWaiters(List<Runnable> work) {
    long now = timer.nanoTime();
    int removing = pools.values().stream().mapToInt(pool -> pool.removing).sum();
    List<ContainerPool> wanting = pools.values().stream()
        .filter(pool -> !pool.waiters.isEmpty() && pool.count() < mostOfFunction)
        .sorted(Comparator.comparingLong(pool -> pool.waiters.getFirst().number()))
        .toList();
    for (ContainerPool pool : wanting) {
      int missing = pool.missingStarts(now, mostOfFunction - pool.count());
      for (; missing > 0 && hasRoom(pool); missing--) {
        work.add(start(pool));
      }
      for (; missing > removing && removeOldest(any -> true, work); removing++) {
        // One more will be gone soon, and then there is room for this pool.
      }
      watch(pool, now);
    }
  }

  /** Looks again when a call that was to have a container soon has waited for too long. */
  private void watch(ContainerPool pool, long now) {
    long nanos = pool.watched ? -1 : pool.nanosToImpatience(now, mostOfFunction);
    if (nanos >= 0) {
      pool.watched = true;
      timer.after(nanos, () -> lookAgain(pool));
    }
  }

  /** Removes the idle container of such pools that nobody used for the longest time; false: none is idle. */
  private boolean removeOldest(Predicate<ContainerPool> of, List<Runnable> work) {
    ContainerPool oldest = null;
    for (ContainerPool pool : pools.values()) {
      if (!pool.idle.isEmpty()
          && of.test(pool)
          && (oldest == null
              || pool.idle.getLast().since() - oldest.idle.getLast().since() < 0)) {
        oldest = pool;
      }
    }
    if (oldest == null) {
      return false;
    }
    work.add(removal(oldest, oldest.idle.removeLast()));
    return true;
  }

  // On the timer or the executor, without the lock.

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private void lookAgain(ContainerPool pool) {
    change(work -> {
      pool.watched = false;
      pump(work);
    });
  }

  private void runStart(ContainerPool pool, long since) {
    Container container;
    try {
      if (isClosed()) {
        throw closedException(pool.spec); // it would only have to be removed again
      }
      container = source.start(pool.spec);
    } catch (RuntimeException e) {
      startFailed(pool, since, e);
      return;
    } catch (Error e) {
      startFailed(pool, since, new IllegalStateException("A container could not be started", e));
      return;
    }
    change(work -> {
      pool.starting.remove((Long) since);
      pool.started++;
      pool.startTimes.add(timer.nanoTime() - since);
      if (closed) {
        work.add(removal(pool, container));
      } else {
        offer(pool, container);
      }
      pump(work);
    });
  }

  private void startFailed(ContainerPool pool, long since, RuntimeException failure) {
    change(work -> {
      pool.starting.remove((Long) since);
      ended();
      Waiter waiter = pool.waiters.pollFirst();
      if (waiter != null) {
        waiter.container().completeExceptionally(failure);
      } else {
        LOG.debug("No container of {} could be started ahead", pool.spec.image(), failure);
      }
      pump(work);
    });
  }

  private void runRemoval(ContainerPool pool, Container container) {
    try {
      source.remove(container);
    } catch (RuntimeException | Error e) {
      LOG.warn("{} could not be removed", container, e);
    }
    change(work -> {
      pool.removing--;
      pool.usedNanos = timer.nanoTime();
      ended();
      pump(work);
    });
  }

  private void ended() {
    count--;
    if (count == 0) {
      empty.signalAll();
    }
  }

  // Housekeeping.

  /**
   * Removes idle containers that are dead, or that nobody called for so long, and forgets what else
   * nobody used for so long.
   */
  void removeIdle(Duration keepAlive, Set<String> dead) {
    change(work -> {
      long now = timer.nanoTime();
      for (ContainerPool pool : pools.values()) {
        pool.outlook.forgetOlderThan(keepAlive.toNanos(), now);
        for (Container container : List.copyOf(pool.idle)) {
          boolean died = dead.contains(container.id());
          if (died || now - container.since() >= keepAlive.toNanos()) {
            pool.idle.remove(container);
            pool.lost += died ? 1 : 0;
            work.add(removal(pool, container));
          }
        }
      }
      pools.values().removeIf(pool -> pool.isUnused(keepAlive.toNanos(), now));
    });
  }

  /** Whether there is anything to look after. */
  boolean needsHousekeeping() {
    lock.lock();
    try {
      return !pools.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  List<ContainerCounts> counts() {
    lock.lock();
    try {
      return pools.values().stream()
          .map(pool -> new ContainerCounts(
              worker,
              pool.spec.image().name(),
              pool.starting.size(),
              pool.idle.size(),
              pool.busy.size(),
              pool.removing,
              pool.waiters.size(),
              pool.started,
              pool.calls,
              pool.lost,
              pool.usage))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** No more calls; those that wait fail, and containers are removed as soon as nobody has them. */
  void close() {
    change(work -> {
      closed = true;
      for (ContainerPool pool : pools.values()) {
        pool.waiters.forEach(
            waiter -> waiter.container().completeExceptionally(closedException(pool.spec)));
        pool.waiters.clear();
        pool.idle.forEach(container -> work.add(removal(pool, container)));
        pool.idle.clear();
      }
    });
  }

  /**
   * Waits until all containers are removed, up to a time of {@link System#nanoTime()}. An interrupt does
   * not end that, and is kept.
   */
  boolean awaitEmpty(long deadline) {
    boolean interrupted = false;
    lock.lock();
    try {
      while (count > 0) {
        try {
          if (empty.awaitNanos(deadline - System.nanoTime()) <= 0) {
            return count == 0;
          }
        } catch (
            @SuppressWarnings("unused")
            InterruptedException e) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
