package io.faasflow.reference;

import io.faasflow.run.RunStatus;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What may become of a run.
 *
 * @param endings how it may end; one or more
 * @param calls which attempts of tasks there are if the run does not end before
 * @param tolerated which failures instances of tolerant foreach steps may have
 */
public record Allowed(List<Ending> endings, List<Call> calls, Set<Failure> tolerated) {
  /**
   * A way to end.
   *
   * @param nanos when, after the start of the run
   * @param failure which task has failed, or has cancelled the run; null: none has
   * @param output the digest of the output, if the run completes
   * @param past the numbers of the calls that are over before
   * @param isCertain whether it comes about if the run does not end before
   */
  public record Ending(
      RunStatus status,
      long nanos,
      @Nullable Failure failure,
      long output,
      BitSet past,
      boolean isCertain) {
    static Ending failed(Failure failure, long nanos, BitSet past) {
      return new Ending(RunStatus.FAILED, nanos, failure, 0, past, true);
    }

    static Ending cancelled(Failure by, long nanos, BitSet past) {
      return new Ending(RunStatus.CANCELLED, nanos, by, 0, past, true);
    }

    Ending uncertain() {
      return new Ending(status, nanos, failure, output, past, false);
    }

    boolean isFailure() {
      return status == RunStatus.FAILED;
    }

    /**
     * Whether a run that ended so ended in this way.
     *
     * @param why what failed
     * @param gave the digest of its output
     * @param cancelling which tasks asked for its end
     */
    public boolean matches(
        RunStatus ended, @Nullable Failure why, long gave, Set<Failure> cancelling) {
      return status == ended
          && switch (status) {
            case COMPLETED -> output == gave;
            case FAILED -> failure != null && why != null && failure.matches(why);
            case CANCELLED -> failure == null || cancelling.contains(failure);
            default -> true;
          };
    }

    @Override
    public String toString() {
      return status
          + (status == RunStatus.COMPLETED ? " with " + output : "")
          + (failure == null ? "" : " by " + failure)
          + " after " + nanos / 1e6 + " ms";
    }
  }

  /** How a call ends, if its run does not end before. */
  public enum Fate {
    /** Its output is the task's. */
    RETURNS,
    /** It throws something. */
    THROWS,
    /** Its time is up. */
    TIMES_OUT,
    /** It cancels the run, and returns. */
    CANCELS
  }

  /** An attempt of a task. */
  public static final class Call {
    final int number;
    final String task;
    final List<Integer> instance;
    final int attempt;
    final long begins;
    final long ends;
    final Fate fate;
    final BitSet past;
    final long input;

    /** Whether it begins, if the run does not end before. */
    boolean isCertain = true;

    Call(
        int number,
        String task,
        List<Integer> instance,
        int attempt,
        long begins,
        long ends,
        Fate fate,
        BitSet past,
        long input) {
      this.number = number;
      this.task = task;
      this.instance = instance;
      this.attempt = attempt;
      this.begins = begins;
      this.ends = ends;
      this.fate = fate;
      this.past = past;
      this.input = input;
    }

    /** Its place among the calls, by which {@link Ending#past} knows it. */
    public int number() {
      return number;
    }

    /** Whether that other one is over before this begins. */
    public boolean isAfter(Call other) {
      return past.get(other.number);
    }

    /** The digest of what it takes. */
    public long input() {
      return input;
    }

    /** When it ends, if its run does not end before. */
    public long ends() {
      return ends;
    }

    /** Task, instance and attempt. */
    public String name() {
      return name(task, instance, attempt);
    }

    /** The task. */
    public String task() {
      return task;
    }

    /** Task and instance. */
    public String execution() {
      return task + instance;
    }

    /** Whether its output is the task's. */
    public boolean counts() {
      return fate == Fate.RETURNS || fate == Fate.CANCELS;
    }

    /** Whether it begins in a run that ends in this way: it must, it may, or it must not. */
    public Begins in(Ending ending) {
      if (begins > ending.nanos) {
        return Begins.NEVER;
      }
      boolean surely = (isCertain && begins < ending.nanos) || ending.past.get(number);
      return surely ? Begins.SURELY : Begins.PERHAPS;
    }

    /** The name of a call. */
    public static String name(String task, List<Integer> instance, int attempt) {
      return task + instance + "#" + attempt;
    }

    @Override
    public String toString() {
      return name() + " " + fate + " from " + begins / 1e6 + " to " + ends / 1e6 + " ms";
    }
  }

  /** Whether something begins. */
  public enum Begins {
    SURELY,
    PERHAPS,
    NEVER
  }

  /**
   * The same, where functions take no time and somebody from outside may have ended the run.
   *
   * @param status as what
   */
  public Allowed or(RunStatus status) {
    List<Ending> all = new ArrayList<>(endings);
    all.add(new Ending(status, 0, null, 0, new BitSet(), true));
    return new Allowed(all, calls, tolerated);
  }

  /** What may come about of all that could end a run, if each were alone. */
  static Allowed of(List<Ending> ends, List<Call> calls, Set<Failure> tolerated) {
    BitSet cancelling = new BitSet();
    calls.stream()
        .filter(call -> call.fate == Fate.CANCELS)
        .forEach(call -> cancelling.set(call.number));
    List<Ending> possible = new ArrayList<>(ends);
    possible.removeIf(end -> end.past().intersects(cancelling)); // it was cancelled before
    long latest = possible.stream()
        .filter(Ending::isCertain)
        .mapToLong(Ending::nanos)
        .min()
        .orElse(Long.MAX_VALUE);
    possible.removeIf(end -> end.nanos() > latest);
    return new Allowed(possible, calls, tolerated);
  }
}
