package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import io.faasflow.reference.Allowed;
import io.faasflow.reference.Allowed.Begins;
import io.faasflow.reference.Allowed.Call;
import io.faasflow.reference.Allowed.Ending;
import io.faasflow.reference.Digest;
import io.faasflow.reference.Failure;
import io.faasflow.reference.Faults.Act;
import io.faasflow.reference.Faults.Injected;
import io.faasflow.reference.FaultyWorkflow;
import io.faasflow.reference.ReferenceInterpreter;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.RunException;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.run.TaskFailure;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One run of a random workflow: makes what is to go wrong go wrong, writes down what happens, and compares
 * it with what the reference interpreter allows. The monitor guards what is written down.
 */
final class RandomRun {
  /** Lets time pass in a function. */
  interface Time {
    /** Returns when the time is over; throws when it is interrupted. */
    void pass(Duration time) throws InterruptedException;

    /** Does not return but by an interrupt, which comes when the attempt's time is up at the latest. */
    void passForever() throws InterruptedException;
  }

  /** The function of a task was called. */
  private record Begun(String call, long input) {}

  /** The function of a task has returned. */
  private record Done(String call, boolean beforeTheEnd) {}

  /** An attempt to undo something. */
  private record Undo(String execution, int attempt, boolean succeeded) {}

  private static final String RECOVERY = "/onFailure";

  private final FaultyWorkflow faulty;
  private final Time time;
  private final CompletableFuture<WorkflowRun<?>> handle = new CompletableFuture<>();
  private final Part itself;
  private final @Nullable Part recovery;
  private @Nullable TaskFailure recovers; // what the recovery has taken; guarded by this
  private @Nullable RunStatus
      endedFromOutside; // perhaps; only the thread that starts runs knows it

  RandomRun(long seed, int size, boolean takesTime, Time time) {
    this.time = time;
    this.faulty = FaultyWorkflow.random(seed, size, takesTime, this::undo);
    this.itself = new Part(ReferenceInterpreter.allowed(
        faulty.workflow(), FaultyWorkflow.INPUT, faulty.faults(), takesTime));
    this.recovery = faulty.workflow().onFailure().map(any -> new Part(null)).orElse(null);
  }

  Workflow<Long, Object> workflow() {
    return faulty.workflow();
  }

  void begins(WorkflowRun<?> run) {
    boolean ignored = handle.complete(run);
  }

  /** Cancels the run at a moment that nothing is known of. */
  void cancelFromOutside() throws Exception {
    if (handle().cancel() || recovery != null) {
      endedFromOutside = RunStatus.CANCELLED;
    }
  }

  /** Its deadline passes at a moment that nothing is known of. */
  void deadlineFromOutside(Runnable pass) {
    endedFromOutside = RunStatus.TIMED_OUT;
    pass.run();
  }

  private WorkflowRun<?> handle() throws Exception {
    return handle.get(30, TimeUnit.SECONDS);
  }

  /** In place of a task's function. */
  @Nullable
  Object call(
      ContextFunction<@Nullable Object, @Nullable Object> original,
      @Nullable Object input,
      FunctionContext context)
      throws Exception {
    String task = context.task();
    String call = Call.name(task, context.instance(), context.attempt());
    Part part = part(context);
    synchronized (this) {
      if (input instanceof TaskFailure failure && part == recovery && recovers == null) {
        recovers = failure; // the first thing that it does is to take it
      }
      part.begun.add(new Begun(call, Digest.of(input)));
      part.see(input);
    }
    Act act = faulty.faults().act(task, context.instance(), context.attempt());
    if (act == Act.CANCEL) {
      synchronized (this) {
        part.cancelling.add(Failure.cancelling(task, context.instance(), context.attempt()));
      }
      boolean ignored = handle().cancel(); // another one may have been faster
    } else if (act == Act.HANG) {
      time.passForever();
    } else if (act == Act.HANG_AND_RETURN) {
      try {
        time.passForever();
      } catch (InterruptedException e) {
        // Goes on: that is what this is to do.
      }
    } else {
      try {
        time.pass(faulty.faults().of(task).time());
      } catch (InterruptedException e) {
        if (!faulty.faults().of(task).ignoresInterrupts()) {
          throw e;
        }
      }
    }
    faulty.faults().fail(task, context.instance(), context.attempt());
    Object output = original.apply(input, context);
    boolean beforeTheEnd = handle().status() == RunStatus.RUNNING;
    synchronized (this) {
      part.done.add(new Done(call, beforeTheEnd));
    }
    return output;
  }

  private Part part(FunctionContext context) {
    return recovery != null && context.workflow().endsWith(RECOVERY) ? recovery : itself;
  }

  private void undo(@Nullable Object input, @Nullable Object output, FunctionContext context)
      throws Injected {
    String execution = context.task() + context.instance();
    boolean fails = context.attempt() <= faulty.faults().of(context.task()).failingUndos();
    synchronized (this) {
      part(context).undone.add(new Undo(execution, context.attempt(), !fails));
    }
    if (fails) {
      throw new Injected("undo of " + execution);
    }
  }

  // Comparison.

  /** How the run ended is among what is allowed, and what had to be undone before is undone. */
  synchronized void checkEnd(WorkflowResult<?> result) {
    RunException thrown = result.failure().orElse(null);
    TaskFailedException failed = failure(thrown, false);
    TaskFailedException again = failure(thrown, true);
    long output = Digest.of(result.output().orElse(null));
    if (endedFromOutside != null) {
      itself.allowed = Objects.requireNonNull(itself.allowed).or(endedFromOutside);
    }
    boolean hasFailed = recovers != null || failed != null;
    if (recovery == null || !hasFailed) {
      itself.see(result.output().orElse(null));
      itself.checkEnd(result.status(), failed == null ? null : Failure.of(failed), output);
      return;
    }
    itself.checkEnd(
        RunStatus.FAILED, failed == null ? Failure.of(recovers) : Failure.of(failed), 0);
    if (recovers == null) {
      assertThat(result.status())
          .as("of a recovery that has not begun")
          .isNotIn(RunStatus.COMPLETED, RunStatus.FAILED);
      return;
    }
    recovery.see(result.output().orElse(null));
    Allowed known = ReferenceInterpreter.allowed(
        faulty.workflow().onFailure().orElseThrow(), recovers, faulty.faults(), false);
    recovery.allowed = endedFromOutside == null ? known : known.or(endedFromOutside);
    recovery.checkEnd(result.status(), again == null ? null : Failure.of(again), output);
  }

  /** Which task failed in the run itself, or in its recovery; null: none is known. */
  private static @Nullable TaskFailedException failure(
      @Nullable RunException thrown, boolean inRecovery) {
    List<Throwable> all = new ArrayList<>();
    if (thrown != null) {
      all.add(thrown);
      all.addAll(List.of(thrown.getSuppressed()));
    }
    for (Throwable one : all) {
      if (one instanceof TaskFailedException failed
          && failed.workflow().endsWith(RECOVERY) == inRecovery) {
        return failed;
      }
    }
    return null;
  }

  /**
   * What was called and undone is what the end allows. When nothing more of the run goes on.
   *
   * @param isExact whether it is known which functions returned before the end of the run
   */
  synchronized void checkCalls(WorkflowResult<?> result, boolean isExact) {
    RunException thrown = result.failure().orElse(null);
    TaskFailedException failed = failure(thrown, false);
    TaskFailedException again = failure(thrown, true);
    if (recovery == null || (recovers == null && failed == null)) {
      itself.checkCalls(result.status(), thrown, isExact);
    } else {
      itself.checkCalls(RunStatus.FAILED, failed, isExact);
    }
    if (recovery != null && recovers != null) {
      recovery.checkCalls(result.status(), again == null ? thrown : again, false);
    } else if (recovery != null) {
      assertThat(recovery.begun).isEmpty();
    }
  }

  /** All that is known, for who looks for the cause. */
  synchronized String describe() {
    StringBuilder text = new StringBuilder();
    describe(faulty.workflow().body(), "", text);
    text.append(faulty.workflow().taskDefaults());
    new TreeMap<>(faulty.faults().tasks())
        .forEach((task, fault) -> text.append("\n").append(task).append(" ").append(fault));
    itself.describe(text);
    faulty.workflow().onFailure().ifPresent(other -> {
      text.append("\nrecovery of ").append(recovers).append("\n");
      describe(other.body(), "", text);
      Objects.requireNonNull(recovery).describe(text);
    });
    return text.toString();
  }

  private static void describe(Step<?, ?> step, String indent, StringBuilder text) {
    String deeper = indent + "  ";
    if (step instanceof Sequence<?, ?> sequence) {
      sequence.steps().forEach(one -> describe(one, indent, text));
    } else if (step instanceof Parallel<?> parallel) {
      text.append(indent).append("parallel\n");
      for (Step<?, ?> branch : parallel.branches()) {
        text.append(indent).append(" branch\n");
        describe(branch, deeper, text);
      }
    } else if (step instanceof Switch<?, ?> choice) {
      text.append(indent).append(choice.isOptional() ? "switch or empty\n" : "switch\n");
      for (Switch.Case one : choice.cases()) {
        text.append(indent).append(" ").append(one.test()).append("\n");
        describe(one.branch(), deeper, text);
      }
      choice.otherwise().ifPresent(rest -> {
        text.append(indent).append(" otherwise\n");
        describe(rest, deeper, text);
      });
    } else if (step instanceof Foreach<?, ?> foreach) {
      text.append(indent)
          .append("foreach of ")
          .append(foreach.items())
          .append(" ")
          .append(foreach.concurrency())
          .append(" ")
          .append(foreach.tolerance())
          .append("\n");
      describe(foreach.body(), deeper, text);
    } else if (step instanceof Fallback<?, ?> fallback) {
      describe(fallback.task(), indent, text);
      text.append(indent).append("or else\n");
      describe(fallback.otherwise(), deeper, text);
    } else if (step instanceof Dag dag) {
      text.append(indent).append("dag\n");
      for (Dag.Node node : dag.nodes()) {
        text.append(indent)
            .append(" ")
            .append(node.name())
            .append(" then ")
            .append(node.next())
            .append("\n");
        describe(node.step(), deeper, text);
      }
    } else if (step instanceof Task<?, ?> task) {
      text.append(indent)
          .append(task)
          .append(" ")
          .append(task.inputs().map(Object::toString).orElse(""))
          .append(" reads ")
          .append(task.reads())
          .append(" ")
          .append(task.policy());
      text.append(task.function().equals(task.name()) ? "\n" : " " + task.function() + "\n");
    }
  }

  /** Whether a compensation may go on after the end, or wait to be tried again. */
  synchronized boolean mayUndoLate() {
    return parts().flatMap(part -> part.undone.stream()).anyMatch(undo -> !undo.succeeded);
  }

  /** Whether that is when the run was to end, where its functions take time. */
  synchronized boolean mayEndAt(long nanos) {
    return !faulty.takesTime() || itself.endings.stream().anyMatch(one -> one.nanos() == nanos);
  }

  synchronized boolean hasUndone() {
    return parts().anyMatch(part -> !part.undone.isEmpty());
  }

  private Stream<Part> parts() {
    return recovery == null ? Stream.of(itself) : Stream.of(itself, recovery);
  }

  /** What is allowed and what has happened in the run itself, or in its recovery. */
  private final class Part {
    private final List<Begun> begun = new ArrayList<>();
    private final List<Done> done = new ArrayList<>();
    private final List<Undo> undone = new ArrayList<>();
    private final Set<Failure> seen = new HashSet<>();
    private final Set<Failure> cancelling = new HashSet<>();
    private @Nullable Allowed allowed; // null until it is known

    Part(@Nullable Allowed allowed) {
      this.allowed = allowed;
    }

    /** Writes down the failures of instances that are in a value. */
    private void see(@Nullable Object value) {
      if (value instanceof InstanceResult.Failed<?> failed) {
        seen.add(Failure.of(failed.failure()));
      } else if (value instanceof Outputs outputs) {
        outputs.values().forEach(this::see);
      } else if (value instanceof List<?> list) {
        list.forEach(this::see);
      } else if (value instanceof Map<?, ?> map) {
        map.values().forEach(this::see);
      }
    }

    // Several, where it cannot be told apart which of two steps without a name has failed.
    private List<Ending> endings = List.of();

    /** Leaves those endings that stand the check; throws what the last one throws if there are none. */
    private void check(Consumer<Ending> check) {
      List<Ending> left = new ArrayList<>();
      AssertionError failure = null;
      for (Ending ending : endings) {
        try {
          check.accept(ending);
          left.add(ending);
        } catch (AssertionError e) {
          failure = e;
        }
      }
      if (left.isEmpty() && failure != null) {
        throw failure;
      }
      endings = left;
    }

    /** How the run ended is among what is allowed, and what had to be undone before is undone. */
    void checkEnd(RunStatus status, @Nullable Failure failure, long output) {
      Allowed allowed = Objects.requireNonNull(this.allowed);
      endings = allowed.endings().stream()
          .filter(one -> one.matches(status, failure, output, cancelling))
          .toList();
      assertThat(endings)
          .as(
              "%s ended: %s, %s, with %s; allowed is %s",
              workflow(), status, failure, output, allowed.endings())
          .isNotEmpty();
      assertThat(seen)
          .as("failures of instances, of which %s are allowed", allowed.tolerated())
          .allMatch(one -> allowed.tolerated().stream().anyMatch(known -> known.matches(one)));
      if (status != RunStatus.COMPLETED) {
        Map<String, Call> calls = calls();
        Set<String> tried = tried();
        check(ending -> {
          for (Done one : done) {
            Call call = calls.get(one.call);
            if (call != null && ending.past().get(call.number()) && isUndoable(call)) {
              assertThat(tried).as("undone before the end").contains(call.execution());
            }
          }
        });
      }
    }

    private Set<String> tried() {
      Set<String> tried = new HashSet<>();
      undone.forEach(undo -> tried.add(undo.execution));
      return tried;
    }

    private boolean isUndoable(Call call) {
      return call.counts() && faulty.undoable().contains(call.task());
    }

    private Map<String, Call> calls() {
      Map<String, Call> calls = new HashMap<>();
      Objects.requireNonNull(allowed).calls().forEach(call -> calls.put(call.name(), call));
      return calls;
    }

    /** @param thrown with what the failures of compensations are; null: nobody was told */
    void checkCalls(RunStatus status, @Nullable RunException thrown, boolean isExact) {
      check(ending -> checkCalls(ending, status, thrown, isExact));
    }

    private void checkCalls(
        Ending ending, RunStatus status, @Nullable RunException thrown, boolean isExact) {
      Map<String, Call> calls = calls();
      Set<String> once = new HashSet<>();
      for (Begun one : begun) {
        Call call = calls.get(one.call);
        assertThat(once.add(one.call)).as("%s was called twice", one).isTrue();
        assertThat(call).as("%s, in %s", one, ending).isNotNull();
        assertThat(call.in(ending)).as("%s, in %s", call, ending).isNotEqualTo(Begins.NEVER);
        assertThat(one.input).as("the input of %s, in %s", call, ending).isEqualTo(call.input());
      }
      for (Call call : Objects.requireNonNull(allowed).calls()) {
        if (call.in(ending) == Begins.SURELY) {
          assertThat(once).as("what is called, in %s", ending).contains(call.name());
        }
      }
      if (status == RunStatus.COMPLETED) {
        assertThat(undone).isEmpty();
        return;
      }
      checkUndone(ending, thrown, calls, isExact);
    }

    private void checkUndone(
        Ending ending, @Nullable RunException thrown, Map<String, Call> calls, boolean isExact) {
      Set<String> toUndo = new HashSet<>();
      List<Call> ordered = new ArrayList<>();
      Set<String> beforeTheEnd = new HashSet<>();
      Set<String> perhaps = new HashSet<>();
      for (Done one : done) {
        Call call = calls.get(one.call);
        if (!call.counts() && ending.nanos() <= call.ends()) {
          perhaps.add(call.execution()); // it was the end that interrupted it, or its timeout
        }
        if (isUndoable(call)) {
          assertThat(toUndo.add(call.execution())).isTrue();
          if (isExact ? one.beforeTheEnd : ending.past().get(call.number())) {
            ordered.add(call);
            beforeTheEnd.add(call.execution());
          }
        }
      }
      Set<String> surely = tried();
      perhaps.removeAll(toUndo);
      surely.removeAll(perhaps);
      assertThat(surely).as("what is undone, of %s", done).isEqualTo(toUndo);
      Map<String, Integer> when = new HashMap<>(); // the first attempt
      Map<String, Undo> last = new HashMap<>();
      for (int i = 0; i < undone.size(); i++) {
        Undo undo = undone.get(i);
        boolean ignored = when.putIfAbsent(undo.execution, i) == null;
        Undo before = last.put(undo.execution, undo);
        assertThat(undo.attempt).isEqualTo(before == null ? 1 : before.attempt + 1);
        assertThat(before == null || !before.succeeded)
            .as("%s undone again", undo)
            .isTrue();
      }
      for (Call call : ordered) {
        for (Call other : ordered) {
          long end = ending.nanos(); // which interrupts those that run, and some return then
          boolean isLater = other.isAfter(call)
              || (isExact && Math.min(other.ends(), end) > Math.min(call.ends(), end));
          if (isLater) {
            assertThat(when.get(other.execution()))
                .as("%s is undone before %s, in %s", other, call, undone)
                .isLessThan(when.get(call.execution()));
          }
        }
      }
      List<String> failed = last.values().stream()
          .filter(undo -> !undo.succeeded)
          .map(Undo::execution)
          .toList();
      if (thrown == null) {
        return;
      }
      // What was done late is undone by itself, and the caller does not hear of it.
      assertThat(thrown.getSuppressed())
          .filteredOn(one -> !(one instanceof RunException))
          .hasSizeBetween(
              (int) failed.stream().filter(beforeTheEnd::contains).count(), failed.size());
    }

    void describe(StringBuilder text) {
      if (allowed != null) {
        text.append("\nallowed:");
        allowed.endings().forEach(one -> text.append("\n  ").append(one));
        text.append("\ncalls:");
        allowed.calls().forEach(call -> text.append("\n  ").append(call));
      }
      text.append("\nbegun ").append(begun).append("\ndone ").append(done);
      text.append("\nundone ").append(undone);
    }
  }
}
