package io.faasflow;

import io.faasflow.engine.EngineRun;
import io.faasflow.run.RunRefusedException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many runs be active and so many wait, the oldest first. Thread-safe.
 *
 * <p>The lock guards all fields, those of tickets too; nothing else is called while it is held.
 */
final class RunGate {
  private enum State {
    RESERVED,
    QUEUED,
    ACTIVE,
    GONE
  }

  /** The place of one run. */
  static final class Ticket {
    private State state;
    private @Nullable EngineRun run; // while it is queued

    private Ticket(State state) {
      this.state = state;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Ticket> queue = new ArrayDeque<>();
  private final int maxActive;
  private final int maxQueued;
  private int active;
  private boolean closed; // nothing that waits begins any more
  private int reserved; // places in the queue of runs that are being made

  RunGate(int maxActive, int maxQueued) {
    this.maxActive = maxActive;
    this.maxQueued = maxQueued;
  }

  /**
   * Takes a place for a run that is about to be made.
   *
   * @param nested whether a function of an active run waits for it: then it is let in, since that run
   *     could not end before it
   * @throws RunRefusedException when there is no place
   */
  Ticket reserve(String workflow, boolean nested) {
    lock.lock();
    try {
      if (nested || active < maxActive) {
        active++;
        return new Ticket(State.ACTIVE);
      }
      if (queue.size() + reserved >= maxQueued) {
        throw new RunRefusedException(workflow, maxActive, maxQueued);
      }
      reserved++;
      return new Ticket(State.RESERVED);
    } finally {
      lock.unlock();
    }
  }

  /** Gives the run that was made for a place; true when it may begin, false when it waits or is over. */
  boolean enter(Ticket ticket, EngineRun run) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      if (ticket.state != State.RESERVED) {
        return ticket.state == State.ACTIVE;
      }
      reserved--;
      if (active < maxActive) {
        active++;
        ticket.state = State.ACTIVE;
        return true;
      }
      ticket.run = run;
      ticket.state = State.QUEUED;
      queue.add(ticket);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Lets no more begin: what waits is about to be cancelled. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /** A run has ended. Gives the one that may begin in its place, if any. */
  @Nullable
  EngineRun leave(Ticket ticket) {
    lock.lock();
    try {
      State before = ticket.state;
      ticket.state = State.GONE;
      if (before == State.RESERVED) {
        reserved--;
      } else if (before == State.QUEUED) {
        queue.remove(ticket);
      } else if (before == State.ACTIVE) {
        active--;
        if (!closed && active < maxActive && !queue.isEmpty()) {
          Ticket next = queue.remove();
          active++;
          next.state = State.ACTIVE;
          EngineRun run = next.run;
          next.run = null;
          return run;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }
}
