package io.faasflow.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is ready on a worker, and the threads that run it. Thread-safe.
 *
 * <p>How threads find work. What is ready stands in one queue. At any time at most one thread is
 * <em>searching</em>: it has been started, or woken, and has not yet found work or given up. The
 * rule that keeps work from waiting behind a function that blocks: whenever the queue is not empty,
 * there is a searching thread. Who adds work, and who takes work and leaves some, starts one if there
 * is none; who gives up says so first and looks once more. So trivial functions are run by the
 * threads that are there, and blocking ones get a thread each, at the pace at which threads start.
 *
 * <p>Platform threads cost too much to start one for every trivial function. There, a searching
 * thread that finds as many threads running as there are processors stays the searching one and
 * sleeps for a tick; it goes to work when nothing was taken from the queue meanwhile, when one of the
 * others waits for something, or when it is called because there are fewer of them. Virtual threads
 * need none of this: their scheduler runs as many as there are processors.
 *
 * <p>With {@link Steps} in place of threads there is neither a queue nor a search: what is ready
 * becomes steps, and behind each node the next one is another step.
 */
final class ReadyQueue {
  private static final Logger LOG = LoggerFactory.getLogger(ReadyQueue.class);

  /** After so many pieces of one work the next work in the queue has its turn. */
  private static final int PIECES_IN_A_ROW = 64;

  private static final long TICK_NANOS = Duration.ofNanos(50_000).toNanos();

  private static final long POLL_NANOS = Duration.ofMillis(1).toNanos();

  private final WorkerEngine engine;
  private final Executor threads;
  private final ConcurrentLinkedQueue<Work> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean searching = new AtomicBoolean();
  private final Set<Drainer> drainers = ConcurrentHashMap.newKeySet();
  private final AtomicInteger activeDrainers = new AtomicInteger(); // started or to be started
  private final int processors = Runtime.getRuntime().availableProcessors();
  private final boolean sparesThreads;
  private final @Nullable SpareThreads spare; // where threads are virtual
  private final @Nullable Steps steps; // null: on threads
  private volatile @Nullable Thread watcher; // the searching thread, while it sleeps

  ReadyQueue(WorkerEngine engine, Executor threads) {
    this.engine = engine;
    this.threads = threads;
    this.spare = threads instanceof FunctionThreads own ? own.spare() : null;
    this.sparesThreads = spare == null;
    this.steps = threads instanceof Steps given ? given : null;
    if (spare != null) {
      spare.serve(this);
    }
  }

  /** Another thread in place of one that does not come back from a function. */
  FunctionThreads.StandIn standInFor(Drainer lost) {
    if (spare != null) {
      return spare.standIn(lost.isSpare());
    }
    return threads instanceof FunctionThreads own ? own.standInForLost() : () -> {};
  }

  void interrupt(RunState run) {
    for (Drainer drainer : drainers) {
      drainer.interrupt(run);
    }
  }

  void offer(Work work) {
    if (steps != null) {
      steps.add(engine, work);
      return;
    }
    queue.add(work);
    wake();
  }

  /** Whether each node is a step of its own, so that no thread goes on to the next in place. */
  boolean isStepped() {
    return steps != null;
  }

  /** Runs a piece of work, and nothing else, on the calling thread. */
  void step(Work work, int piece) {
    activeDrainers.incrementAndGet();
    new Drainer(engine, false).run(work, piece);
  }

  /** Sees to it that a thread is searching. */
  private void wake() {
    Thread sleeping = watcher;
    if (sleeping != null && activeDrainers.get() <= processors) {
      LockSupport.unpark(sleeping);
    }
    if (!searching.get() && searching.compareAndSet(false, true)) {
      activeDrainers.incrementAndGet();
      try {
        threads.execute(new Drainer(engine, false));
      } catch (RuntimeException | Error e) {
        LOG.error("{} could not start a thread for functions", engine.worker(), e);
        searching.set(false);
        // The threads that are at work take what is ready. Where there are none, this one has to.
        if (activeDrainers.decrementAndGet() == 0 && searching.compareAndSet(false, true)) {
          activeDrainers.incrementAndGet();
          new Drainer(engine, false).run();
        }
      }
    }
  }

  void begin(Drainer drainer) {
    drainers.add(drainer);
  }

  void end(Drainer drainer) {
    drainers.remove(drainer);
    if (activeDrainers.decrementAndGet() == 0 && queue.peek() != null) {
      wake(); // whoever added it could start no thread, and took this one for one that is at work
    }
  }

  /**
   * Sleeps while the threads that are there get on with the work. A call may come too early or be
   * missed, when a thread ends at the same time: then the tick ends the sleep.
   */
  private void watch(Drainer drainer) {
    watcher = Thread.currentThread();
    Work head = queue.peek();
    int taken = head == null ? 0 : head.get();
    while (head != null && isBusy(drainer)) {
      LockSupport.parkNanos(this, TICK_NANOS);
      Work now = queue.peek();
      if (now == head && now.get() == taken) {
        break; // nobody took anything: the others wait, in a way that does not show, or compute
      }
      head = now;
      taken = now == null ? 0 : now.get();
    }
    watcher = null;
  }

  /** Whether as many other threads are running as there are processors. */
  private boolean isBusy(Drainer watching) {
    if (activeDrainers.get() <= processors) {
      return false;
    }
    int running = 0;
    for (Drainer drainer : drainers) {
      if (drainer != watching && drainer.isRunning() && ++running >= processors) {
        return true;
      }
    }
    return false;
  }

  /** Runs what is ready on the calling thread, which is not the searching one. */
  void help() {
    activeDrainers.incrementAndGet();
    new Drainer(engine, true).run();
  }

  /** Whether nothing waits for a thread. */
  boolean isEmpty() {
    return queue.peek() == null;
  }

  /**
   * Runs what is ready until nothing is.
   *
   * @param searches whether the caller is the searching thread
   */
  void drain(Drainer drainer, boolean searches) {
    boolean isSearching = searches;
    if (sparesThreads) {
      watch(drainer);
    }
    for (; ; ) {
      Work work = queue.peek();
      int piece = work == null ? -1 : work.take();
      if (piece < 0) {
        if (work != null) {
          queue.remove(work);
          continue;
        }
        if (isSearching) {
          searching.set(false);
          if (queue.peek() != null) {
            wake();
          }
        }
        return;
      }
      // The head leaves the queue when its last piece is taken, and goes to the tail now and then:
      // a foreach each time, for its lanes are long.
      if (work.isExhausted()) {
        queue.remove(work);
      } else if ((work instanceof Loop || piece % PIECES_IN_A_ROW == PIECES_IN_A_ROW - 1)
          && queue.remove(work)) {
        queue.add(work);
      }
      if (isSearching) {
        isSearching = false;
        searching.set(false);
      }
      if (queue.peek() != null) {
        wake();
      }
      work.run(piece, drainer);
    }
  }

  /** Whether something else than this foreach is ready, and has no thread yet. */
  boolean hasOtherWork(Loop loop) {
    Work head = queue.peek();
    if (head != loop) {
      return head != null;
    }
    // It has lanes to open still, and nobody has come to do so: what is behind it waits as well.
    Iterator<Work> ready = queue.iterator();
    return ready.hasNext() && ready.next() == loop && ready.hasNext();
  }

  // The end.

  /**
   * Waits until no thread is at work here.
   *
   * @return whether that came about in time
   */
  boolean awaitIdle(long deadlineNanos) {
    // Who closes a runtime in a callback of one of its runs does not wait for itself.
    int own = drainers.stream().anyMatch(Drainer::isCurrentThread) ? 1 : 0;
    while (activeDrainers.get() > own) {
      if (System.nanoTime() - deadlineNanos >= 0) {
        return false;
      }
      LockSupport.parkNanos(this, POLL_NANOS);
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        return activeDrainers.get() <= own;
      }
    }
    return true;
  }

  /** Whether the caller is a thread that runs functions here. */
  boolean isInFunction() {
    return drainers.stream().anyMatch(Drainer::isInFunction);
  }

  /** Whether no thread is at work here: what is to happen next waits for a time or a message. */
  boolean isIdle() {
    return activeDrainers.get() == 0;
  }

  /** The runs whose functions are running now. */
  List<String> busyWith() {
    List<String> busy = new ArrayList<>();
    for (Drainer drainer : drainers) {
      RunState run = drainer.current();
      if (run != null) {
        busy.add("run " + run.ref.id() + " of '" + run.deployment.workflow() + "'");
      }
    }
    return busy;
  }

  /** The kinds of work that nobody has taken yet, for tests. */
  List<String> waiting() {
    return queue.stream().map(work -> work.getClass().getSimpleName()).toList();
  }
}
