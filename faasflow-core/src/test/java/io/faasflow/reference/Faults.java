package io.faasflow.reference;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What goes wrong in the runs of a workflow: a pure function of task, instance and attempt, so that it
 * is the same whoever runs it, and in whichever order. Immutable.
 *
 * @param seed chooses instances
 * @param tasks by the task's name; the others do what they should
 */
public record Faults(long seed, Map<String, OfTask> tasks) {
  /** What an attempt does. */
  public enum Act {
    /** What it should: it calls its function. */
    RETURN,
    /** Throws an exception. */
    THROW,
    /** Throws an error, which no policy tries again. */
    ERROR,
    /** Goes on until it is interrupted. */
    HANG,
    /** Ignores the interrupt, and gives something later. */
    HANG_AND_RETURN,
    /** Cancels its run, and then does what it should. */
    CANCEL;

    boolean hangs() {
      return this == HANG || this == HANG_AND_RETURN;
    }
  }

  /**
   * What goes wrong in a task.
   *
   * @param act instead of what it should do
   * @param attempts how many of the first attempts do that
   * @param percent in so many of a hundred instances
   * @param time what each attempt takes
   * @param ignoresInterrupts whether it gives its output all the same when its run ends
   * @param failingUndos how many attempts of its compensation fail, in each instance
   */
  public record OfTask(
      Act act,
      int attempts,
      int percent,
      Duration time,
      boolean ignoresInterrupts,
      int failingUndos) {
    static final OfTask NONE = new OfTask(Act.RETURN, 0, 0, Duration.ZERO, false, 0);
  }

  /** What is thrown on purpose. */
  public static final class Injected extends Exception {
    private static final long serialVersionUID = 1L;

    /** With a message of its own. */
    public Injected(String message) {
      super(message, null, false, false);
    }
  }

  /** An error on purpose. */
  public static final class InjectedError extends Error {
    private static final long serialVersionUID = 1L;

    InjectedError(String message) {
      super(message, null, false, false);
    }
  }

  /** Copies the map. */
  public Faults {
    tasks = Map.copyOf(tasks);
  }

  /** All of a task. */
  public OfTask of(String task) {
    return tasks.getOrDefault(task, OfTask.NONE);
  }

  /** What an attempt of a task does. */
  public Act act(String task, List<Integer> instance, int attempt) {
    OfTask fault = of(task);
    if (attempt > fault.attempts) {
      return Act.RETURN;
    }
    long drawn = Digest.mix(Digest.mix(seed, task.hashCode()), instance.hashCode());
    return Math.floorMod(drawn, 100) < fault.percent ? fault.act : Act.RETURN;
  }

  /** What an attempt that throws does throw, if its act is to do so. */
  public void fail(String task, List<Integer> instance, int attempt) throws Injected {
    String where = task + instance + " attempt " + attempt;
    Act act = act(task, instance, attempt);
    if (act == Act.THROW) {
      throw new Injected(where);
    }
    if (act == Act.ERROR) {
      throw new InjectedError(where);
    }
  }
}
