package io.faasflow.engine;

import io.faasflow.function.Resources;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What functions that run at the same time on a worker may take, over all runs: so many instances of a
 * function, so much of the worker's CPUs, memory and slots. Nobody blocks: who finds no room leaves
 * the node here, and who leaves makes room for those that have waited longest.
 *
 * <p>First a permit of the function, then room on the worker. What waits for room is let in strictly
 * in its order, so that many small tasks cannot keep a large one out for good; what waits for a permit
 * stands in no other function's way.
 *
 * <p>The lock guards all state, that of {@link Permits} too; nothing else is changed while it is held.
 *
 * <p>A node can be over while it waits: with its run, its instance, or by its own timeout. Who ends it
 * does so first and then takes the lock, to let in what stood behind it; who comes to wait looks, with
 * the lock, whether it is over already. So nothing that is over stays at the head. What is over further
 * back goes when it gets there, which holds nobody up: whoever is behind it is behind the head as well.
 */
final class Admission {
  private static final double MILLI = 1000;

  /** How many instances of a function may still begin, and what waits for them. */
  private static final class Permits {
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private final int most;
    private int free;

    Permits(int most) {
      this.most = most;
      free = most;
    }
  }

  /**
   * What a task needs to run here. Immutable.
   *
   * @param permits of its function; null: there may be any number
   * @param milliCpus thousandths of CPU cores
   */
  record Claim(
      Admission admission, @Nullable Permits permits, long milliCpus, long memory, long slots) {
    /** True: go on. False: the node is left here and will be queued by another, unless it is over. */
    boolean acquireOrWait(Frame frame, int node) {
      return admission.acquireOrWait(new Waiting(this, frame, node));
    }

    /** How many executions there can be at a time, as far as permits go. */
    int mostAtOnce() {
      return permits == null ? Integer.MAX_VALUE : permits.most;
    }

    private boolean takesRoom() {
      return milliCpus > 0 || memory > 0 || slots > 0;
    }

    /** Gives back what was acquired; returns what has room now, and has it already. */
    List<Waiting> release() {
      return admission.release(this);
    }
  }

  /** A node that waits. */
  record Waiting(Claim claim, Frame frame, int node) {
    private boolean isOver() {
      return frame.isOver(node);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Permits> functions = new HashMap<>();
  private final Deque<Waiting> queue = new ArrayDeque<>(); // for room; these have their permits
  private final Resources capacity;
  private final boolean limitsCpus;
  private final boolean limitsMemory;
  private final boolean limitsSlots;
  private long milliCpus;
  private long memory;
  private long slots;

  /**
   * @param limits what there is to give
   */
  Admission(WorkerLimits limits) {
    limits.instances().forEach((function, most) -> functions.put(function, new Permits(most)));
    capacity = limits.capacity();
    milliCpus = Math.round(capacity.cpus() * MILLI);
    memory = capacity.memoryBytes();
    slots = capacity.slots();
    limitsCpus = milliCpus > 0;
    limitsMemory = memory > 0;
    limitsSlots = slots > 0;
  }

  /** What a task needs; null: nothing that is limited. */
  @Nullable
  Claim claim(String function, Resources resources) {
    Permits permits = functions.get(function);
    long cpus = limitsCpus ? Math.round(resources.cpus() * MILLI) : 0;
    long bytes = limitsMemory ? resources.memoryBytes() : 0;
    long containers = limitsSlots ? resources.slots() : 0;
    return permits == null && cpus == 0 && bytes == 0 && containers == 0
        ? null
        : new Claim(this, permits, cpus, bytes, containers);
  }

  private boolean acquireOrWait(Waiting one) {
    Claim claim = one.claim;
    lock.lock();
    try {
      if (one.isOver()) {
        return false;
      }
      Permits permits = claim.permits;
      if (permits != null) {
        if (permits.free == 0) {
          permits.queue.add(one);
          return false;
        }
        permits.free--;
      }
      if (!claim.takesRoom()) {
        return true;
      }
      if (!queue.isEmpty() || !fits(claim)) {
        queue.add(one);
        return false;
      }
      take(claim);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private List<Waiting> release(Claim claim) {
    lock.lock();
    try {
      milliCpus += claim.milliCpus;
      memory += claim.memory;
      slots += claim.slots;
      List<Waiting> admitted = new ArrayList<>(1);
      passOn(claim.permits, admitted);
      admit(admitted);
      return admitted;
    } finally {
      lock.unlock();
    }
  }

  /** Drops what waits of a run that has ended. Returns what has room now, and has it already. */
  List<Waiting> forget(RunState run) {
    lock.lock();
    try {
      functions.values().forEach(permits -> permits.queue.removeIf(one -> one.frame.run == run));
      List<Waiting> forgotten = new ArrayList<>(0);
      for (Iterator<Waiting> all = queue.iterator(); all.hasNext(); ) {
        Waiting one = all.next();
        if (one.frame.run == run) {
          all.remove();
          forgotten.add(one);
        }
      }
      List<Waiting> admitted = new ArrayList<>(0);
      forgotten.forEach(one -> passOn(one.claim.permits, admitted));
      admit(admitted);
      return admitted;
    } finally {
      lock.unlock();
    }
  }

  /** Something has ended that may wait here. Returns what has room now, and has it already. */
  List<Waiting> admitPastWhatIsOver() {
    lock.lock();
    try {
      List<Waiting> admitted = new ArrayList<>(0);
      admit(admitted);
      return admitted;
    } finally {
      lock.unlock();
    }
  }

  /** What is taken and who waits, in words: nothing, when no function is running. */
  List<String> inUse() {
    lock.lock();
    try {
      List<String> found = new ArrayList<>();
      functions.forEach((function, permits) -> {
        int taken = permits.most - permits.free;
        if (taken > 0 || !permits.queue.isEmpty()) {
          found.add("function '" + function + "' has " + taken + " permits, and "
              + permits.queue.size() + " wait");
        }
      });
      if (!queue.isEmpty()) {
        found.add(queue.size() + " wait for room");
      }
      boolean hasRoom = milliCpus == Math.round(capacity.cpus() * MILLI)
          && memory == capacity.memoryBytes()
          && slots == capacity.slots();
      if (!hasRoom) {
        found.add("of " + capacity + ", " + milliCpus / MILLI + " CPUs, " + memory + " bytes and "
            + slots + " slots are left");
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  /** How many nodes wait for room. */
  int waitingForRoom() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  /** A permit goes to the oldest that waits for one, which is admitted, or waits for room then. */
  private void passOn(@Nullable Permits permits, List<Waiting> admitted) {
    if (permits == null) {
      return;
    }
    Waiting next = permits.queue.poll();
    while (next != null && next.isOver()) {
      next = permits.queue.poll();
    }
    if (next == null) {
      permits.free++;
    } else if (next.claim.takesRoom()) {
      queue.add(next);
    } else {
      admitted.add(next);
    }
  }

  /** Lets in what has waited longest for room, as far as there is room. */
  private void admit(List<Waiting> admitted) {
    for (Waiting one = queue.peek(); one != null; one = queue.peek()) {
      if (one.isOver()) {
        queue.remove();
        passOn(one.claim.permits, admitted);
      } else if (fits(one.claim)) {
        queue.remove();
        take(one.claim);
        admitted.add(one);
      } else {
        return;
      }
    }
  }

  private boolean fits(Claim claim) {
    return claim.milliCpus <= milliCpus && claim.memory <= memory && claim.slots <= slots;
  }

  private void take(Claim claim) {
    milliCpus -= claim.milliCpus;
    memory -= claim.memory;
    slots -= claim.slots;
  }
}
