package io.faasflow.engine;

import io.faasflow.function.TaskPolicy;
import io.faasflow.graph.Operation;
import io.faasflow.observe.RunEvent.Outcome;
import io.faasflow.run.FailureSite;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.TaskFailure;
import io.faasflow.workflow.Outputs;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A thread's stay in a worker: it takes ready work and runs it, following each run along its graph
 * in place, until nothing is ready.
 *
 * <p>Interrupts. {@link #current} is the run that user code is running for, guarded by this
 * drainer's monitor. Who stops a run marks it as ended first and then interrupts, holding the
 * monitor, the drainers whose current run it is. The drainer clears the thread's flag after each
 * function and only then looks whether the run has ended. So an interrupt never reaches another
 * run's function, and none is lost. The same goes for {@link #attempts} and timeouts.
 */
final class Drainer implements Runnable {
  // A lane of a foreach goes on for so long when something else is ready: long enough that queueing
  // costs little, short enough that nothing is held up.
  private static final int ITEMS_IN_A_TURN = 256;
  private static final long TURN_NANOS = Duration.ofNanos(100_000).toNanos();

  private final WorkerEngine engine;
  private final ReadyQueue ready;
  private final boolean isSpare;
  private @Nullable RunState current;
  private FunctionThreads.@Nullable StandIn
      standIn; // since the current run has ended; by the monitor
  private @Nullable Thread thread;
  // Of the lane that this thread is in, while other work waits; only this thread touches them.
  private int itemsInTurn;
  private long turnBegan;
  private boolean undoes; // only this drainer's thread touches it
  private @Nullable Frame nextFrame; // see next(); only this drainer's thread touches it
  private @Nullable Attempts attempts; // of the function that runs, if its task has a policy

  /**
   * @param isSpare whether this is for one of the {@link SpareThreads}
   */
  Drainer(WorkerEngine engine, boolean isSpare) {
    this.engine = engine;
    this.isSpare = isSpare;
    this.ready = engine.ready();
  }

  /** As the searching thread, or on a spare one. */
  @Override
  public void run() {
    synchronized (this) {
      thread = Thread.currentThread();
    }
    ready.begin(this);
    try {
      ready.drain(this, !isSpare);
    } finally {
      leave();
      ready.end(this);
    }
  }

  /** Runs a piece of work, and nothing else, on the calling thread. */
  void run(Work work, int piece) {
    synchronized (this) {
      thread = Thread.currentThread();
    }
    ready.begin(this);
    try {
      work.run(piece, this);
    } finally {
      leave();
      ready.end(this);
    }
  }

  /** Interrupts the thread if it is running something of that run. */
  synchronized void interrupt(RunState run) {
    // Not the thread that ends the run itself: it is no longer in the function, or asked for it,
    // and goes on to call back those who wait for the run's future.
    if (current == run && thread != null && !isCurrentThread()) {
      thread.interrupt();
      if (standIn == null) {
        standIn = ready.standInFor(this); // it may not care
      }
    }
  }

  /** Interrupts the thread if it is running an attempt of that task. */
  synchronized void interrupt(Attempts late) {
    if (attempts == late && thread != null) {
      thread.interrupt();
    }
  }

  synchronized void enter(Attempts running) {
    attempts = running;
  }

  private synchronized void leaveAttempt() {
    attempts = null;
  }

  boolean isSpare() {
    return isSpare;
  }

  /** Whether the caller is this drainer's thread. */
  synchronized boolean isCurrentThread() {
    return thread == Thread.currentThread();
  }

  /** Whether the caller is user code that a run, which has not ended, waits for. */
  boolean isInFunction() {
    return isCurrentThread() && (undoes || (current != null && !current.hasEnded()));
  }

  /** Whether what is called now undoes something. For this drainer's thread. */
  void undoes(boolean now) {
    undoes = now;
  }

  /** Whether the thread is neither waiting nor sleeping: an estimate. */
  synchronized boolean isRunning() {
    return thread != null && thread.getState() == Thread.State.RUNNABLE;
  }

  /** The run that the thread is running something of. */
  synchronized @Nullable RunState current() {
    return current;
  }

  private void enter(RunState run) {
    if (current != run) {
      setCurrent(run);
      clearInterrupt();
    }
  }

  void leave() {
    if (current != null) {
      setCurrent(null);
      clearInterrupt();
    }
  }

  private void setCurrent(@Nullable RunState run) {
    FunctionThreads.StandIn replaced;
    synchronized (this) {
      current = run;
      replaced = standIn;
      standIn = null;
    }
    if (replaced != null) {
      replaced.close();
    }
  }

  private static void clearInterrupt() {
    // The flag was meant for the code that ran before, or set by it: not for what runs next.
    boolean ignored = Thread.interrupted();
  }

  /**
   * Runs a node that is ready, then whatever becomes ready through it, as long as this thread owns
   * it. What else becomes ready is queued. Iterative: neither long chains nor deep nesting of foreach
   * use the stack.
   *
   * @param permitted whether the node has a permit of its function's limit already
   */
  void execute(Frame first, int firstNode, boolean permitted) {
    RunState run = first.run;
    enter(run);
    Frame frame = first;
    int node = firstNode;
    boolean hasPermit = permitted;
    while (node >= 0) {
      NodeCode code = frame.program.code(node);
      if (frame.isOver()) {
        if (hasPermit) {
          giveBack(code);
        }
        return;
      }
      Taken taken =
          code.isUndoable() || code.hasFallback || frame.tolerated() != null ? new Taken() : null;
      Object output;
      try {
        if (code.mayBeSkipped && !frame.isLive(code)) {
          output = Outputs.absent();
        } else if (code.kind == NodeCode.Kind.LOOP) {
          frame.executing(node);
          Loop loop = open(frame, code);
          if (loop != null) {
            if (code.behind != null) {
              code.behind.begin(frame);
            }
            // Kept where its result will be, for those who look on.
            frame.put(node, loop);
            if (loop.hasSeveralLanes()) {
              engine.offer(loop);
            }
            int item = loop.take();
            if (item < 0) {
              return; // other threads were faster; the last of them goes on behind the foreach
            }
            frame = loop.instance(item);
            node = Program.START;
            continue;
          }
          output = List.of();
        } else if (code.kind == NodeCode.Kind.ASSIGN) {
          frame.executing(node);
          engine.send(code.worker, new Message.Assign(run.ref, node, frame.skippedReads(code)));
          return; // its completion comes as a message
        } else if (code.policy != null) {
          Attempted attempted = attempt(frame, code, code.policy, hasPermit, taken);
          hasPermit = false;
          if (attempted == null) {
            return;
          }
          Throwable failure = attempted.failure();
          if (failure != null) {
            node = afterFailure(frame, code, attempted.attempt(), failure, false, taken);
            frame = next(frame);
            continue;
          }
          output = attempted.output();
        } else if (code.limit != null) {
          if (!hasPermit && !code.limit.acquireOrWait(frame, node)) {
            return; // whoever gives a permit back will queue it
          }
          hasPermit = false;
          try {
            frame.executing(node);
            output =
                run.observation == null ? code.call(frame, taken) : observed(frame, code, taken);
          } finally {
            giveBack(code);
          }
        } else {
          frame.executing(node);
          output = run.observation == null ? code.call(frame, taken) : observed(frame, code, taken);
        }
      } catch (Throwable e) {
        clearInterrupt();
        if (frame.isOver()) {
          return; // it comes too late for anybody; what it has read may have been released
        }
        if (e instanceof LostValueException lost) {
          lost(frame, code, 1, lost);
          return;
        }
        if (!code.hasFallback) {
          frame.failed(node);
          node = failed(frame, code, 1, e, taken);
          frame = next(frame);
          continue;
        }
        output = failure(frame, code, 1, e, taken);
      }
      clearInterrupt();
      if (taken != null
          && code.isUndoable()
          && output != Outputs.absent()
          && !frame.hasFailed(code)) {
        // Also when the run is over by now: it was done all the same.
        run.done(frame, code, taken.input(), output);
      }
      if (frame.isOver()) {
        return;
      }
      try {
        if (code.kind != NodeCode.Kind.END) {
          node = complete(frame, code, output);
          continue;
        }
        // The end of a frame is the end of an instance, which may be the end of the foreach.
        complete(frame, code, output);
        Loop loop = frame.loop;
        if (loop == null) {
          run.completed(output);
          return;
        }
        if (loop.toleratesFailures()) {
          if (!Objects.requireNonNull(frame.tolerated()).end()) {
            return; // it has failed before
          }
          output = completed(output);
        }
        node = endInstance(frame, loop, output);
        frame = next(frame);
      } catch (Throwable e) {
        // A store or a transport failed: the node's output cannot reach its readers.
        run.failed(frame, code, 1, e);
        return;
      }
    }
  }

  /** A call of which a listener is told. */
  private static @Nullable Object observed(Frame frame, NodeCode code, @Nullable Taken taken)
      throws Exception {
    Observation observation = Objects.requireNonNull(frame.run.observation);
    long start = observation.now();
    Object output;
    try {
      output = code.call(frame, taken);
    } catch (Throwable e) {
      observation.attempted(frame, code, 1, start, null, e, Outcome.FAILED);
      throw e;
    }
    observation.attempted(frame, code, 1, start, output, null, Outcome.COMPLETED);
    return output;
  }

  @SuppressWarnings("NullAway") // null is an output like any other
  private static InstanceResult<Object> completed(@Nullable Object output) {
    return new InstanceResult.Completed<>(output);
  }

  /**
   * An instance is done.
   *
   * @return the node to go on with, in {@link #next}; -1: others go on
   */
  private int endInstance(Frame frame, Loop loop, @Nullable Object result) {
    Observation observation = frame.run.observation;
    if (observation != null) {
      observation.instanceEnded(frame, loop);
    }
    if (loop.done(frame.index, result)) {
      if (observation != null) {
        observation.foreachEnded(loop);
      }
      int node = complete(loop.frame, loop.code, loop.results());
      nextFrame = loop.frame; // not before: where that fails, nobody asks for it
      return node;
    }
    if (ready.hasOtherWork(loop)) {
      if (standsBack()) {
        engine.offer(new Lane(loop));
        return -1;
      }
    } else {
      itemsInTurn = 0;
    }
    int item = loop.next();
    if (item < 0) {
      return -1;
    }
    nextFrame = loop.instance(item);
    return Program.START;
  }

  /** Whether a lane has had its turn since other work is waiting. */
  private boolean standsBack() {
    long now = engine.clock().nanos();
    if (itemsInTurn++ == 0) {
      turnBegan = now;
    }
    if (itemsInTurn < ITEMS_IN_A_TURN && now - turnBegan < TURN_NANOS) {
      return false;
    }
    itemsInTurn = 0;
    return true;
  }

  /** The frame of the node to go on with: another one where an instance has ended. */
  private Frame next(Frame current) {
    Frame next = nextFrame;
    nextFrame = null;
    return next == null ? current : next;
  }

  /**
   * A node has failed for good: with it the innermost instance around it that may fail, else the run.
   *
   * @param taken what its function took; null: not known here
   * @return the node to go on with, in {@link #next}; -1: there is none for this thread
   */
  private int failed(
      Frame frame, NodeCode code, int attempt, Throwable cause, @Nullable Taken taken) {
    RunState run = frame.run;
    // Before the instance is over: from then on others may let its values go.
    Object input = frame.tolerated() == null ? null : input(frame, code, taken);
    for (Frame at = frame; at != null; at = at.parent) {
      Loop loop = at.loop;
      if (loop == null || !loop.toleratesFailures()) {
        continue;
      }
      if (!Objects.requireNonNull(at.tolerated()).end()) {
        return -1; // something else of it has failed before
      }
      if (loop.mayFail()) {
        return endFailed(at, loop, new TaskFailure(run.site(frame, code, attempt), cause, input));
      }
      // One too many: so the foreach has failed, and with it what is around it.
    }
    run.failed(frame, code, attempt, cause);
    return -1;
  }

  /** A node has no input. What an instance that is over reads may well have been released. */
  private static void lost(Frame frame, NodeCode code, int attempt, LostValueException lost) {
    if (!frame.isOver()) {
      frame.failed(code.id);
      frame.run.failed(frame, code, attempt, lost.failure());
    }
  }

  private int endFailed(Frame instance, Loop loop, TaskFailure failure) {
    instance.run.instanceFailed();
    instance.abandon();
    engine.admitPastWhatIsOver();
    try {
      return endInstance(instance, loop, new InstanceResult.Failed<>(failure));
    } catch (Throwable e) {
      // What the foreach gave cannot reach its readers.
      instance.run.failed(loop.frame, loop.code, 1, e);
      return -1;
    }
  }

  /**
   * What an attempt gave.
   *
   * @param failure null: it gave the output
   */
  private record Attempted(
      int attempt, @Nullable Object output, @Nullable Throwable failure) {}

  /** One attempt of a task with a policy. Null: it is not for this thread to go on. */
  private @Nullable Attempted attempt(
      Frame frame, NodeCode code, TaskPolicy policy, boolean permitted, @Nullable Taken taken) {
    Attempts attempts = frame.attempts(code, policy);
    if (code.limit != null && !permitted && !code.limit.acquireOrWait(frame, code.id)) {
      return null; // whoever gives a permit back will queue it
    }
    int attempt = attempts.begin(this);
    if (attempt == 0) {
      leaveAttempt();
      giveBack(code); // its time was up while it waited
      return null;
    }
    Object output = null;
    Throwable failure = null;
    Observation observation = frame.run.observation;
    long start = observation == null ? 0 : observation.now();
    try {
      output = code.call(frame, attempts, attempt, taken);
    } catch (Throwable e) {
      failure = e;
    }
    leaveAttempt();
    clearInterrupt();
    giveBack(code);
    if (!attempts.end(attempt, failure == null)) {
      return null; // it had timed out: whatever it gave or threw comes too late
    }
    if (observation != null) {
      Outcome outcome = failure == null ? Outcome.COMPLETED : Outcome.FAILED;
      observation.attempted(frame, code, attempt, start, output, failure, outcome);
    }
    return new Attempted(attempt, output, failure);
  }

  /** The time of an attempt was up; goes on with what follows. */
  void attemptFailed(Frame frame, NodeCode code, int attempt, Throwable failure, boolean isLast) {
    enter(frame.run);
    int node = afterFailure(frame, code, attempt, failure, isLast, null);
    Frame next = next(frame);
    if (node >= 0) {
      execute(next, node, false);
    }
  }

  /**
   * Tries a task again, or fails it. For whoever ended the attempt.
   *
   * @param isLast whether there can be no other, whatever the policy says
   * @param taken what the function took; null: not known here
   * @return the node to go on with, in {@link #next}; -1: there is none for this thread
   */
  private int afterFailure(
      Frame frame,
      NodeCode code,
      int attempt,
      Throwable failure,
      boolean isLast,
      @Nullable Taken taken) {
    RunState run = frame.run;
    if (frame.isOver()) {
      return -1;
    }
    TaskPolicy policy = Objects.requireNonNull(code.policy);
    Attempts attempts = frame.attempts(code, policy);
    if (failure instanceof LostValueException lost) {
      if (attempts.giveUp()) {
        lost(frame, code, attempt, lost);
      }
      return -1;
    }
    Duration wait = isLast ? null : attempts.waitAfter(attempt, failure);
    if (wait == null) {
      if (!isLast && !attempts.giveUp()) {
        return -1;
      }
      if (code.hasFallback) {
        return completeOrFail(frame, code, failure(frame, code, attempt, failure, taken));
      }
      frame.failed(code.id);
      return failed(frame, code, attempt, failure, taken);
    }
    if (!attempts.awaitNext(attempt, wait, failure)) {
      return -1;
    }
    if (wait.isZero()) {
      engine.offer(Fork.of(frame, code.id));
    } else {
      run.schedule(wait, () -> engine.offer(Fork.of(frame, code.id)));
    }
    return -1;
  }

  /** Makes the failure of a task that has a fallback its output. */
  private static TaskFailure failure(
      Frame frame, NodeCode code, int attempt, Throwable cause, @Nullable Taken taken) {
    frame.decide(code.id, Operation.Run.FAILED);
    FailureSite site = frame.run.site(frame, code, attempt);
    return new TaskFailure(site, cause, input(frame, code, taken));
  }

  /** What a function took: looked up where it was not called, or is still running elsewhere. */
  private static @Nullable Object input(Frame frame, NodeCode code, @Nullable Taken taken) {
    return taken != null && taken.isThere() ? taken.input() : code.inputOrNull(frame);
  }

  /** Goes on behind a node that another worker has done. */
  void resume(Frame frame, int node, @Nullable Object output) {
    enter(frame.run);
    if (frame.isOver()) {
      return;
    }
    int next = completeOrFail(frame, frame.program.code(node), output);
    if (next >= 0) {
      execute(frame, next, false);
    }
  }

  private int completeOrFail(Frame frame, NodeCode code, @Nullable Object output) {
    try {
      return complete(frame, code, output);
    } catch (Throwable e) {
      frame.run.failed(frame, code, 1, e);
      return -1;
    }
  }

  private static @Nullable Loop open(Frame frame, NodeCode code) throws Exception {
    Operation.Loop definition = (Operation.Loop) code.node.operation();
    @Nullable Object[] items = Inputs.items(frame, definition);
    frame.decide(code.id, items.length);
    if (items.length == 0) {
      return null;
    }
    int instances = items.length;
    return new Loop(
        frame,
        code,
        Objects.requireNonNull(code.body),
        items,
        definition.concurrency(),
        definition.tolerance().map(tolerance -> tolerance.of(instances)).orElse(-1));
  }

  private void giveBack(NodeCode code) {
    if (code.limit == null) {
      return;
    }
    engine.offerAdmitted(code.limit.release());
  }

  /**
   * Stores a node's output, then triggers its successors.
   *
   * @return a successor that is ready now and that this thread owns, or -1; others are queued
   */
  private int complete(Frame frame, NodeCode code, @Nullable Object output) {
    boolean skipped = output == Outputs.absent() && code.kind != NodeCode.Kind.END;
    RunState.OnItsWay onItsWay = null;
    if (code.data != null && !skipped) {
      // First what it has read: the output may be made of it, and would count twice.
      release(frame, code);
      onItsWay = frame.run.keep(frame, code, code.data, output);
    } else {
      if (code.hasReadersHere) {
        frame.put(code.id, output);
      }
      if (code.readersElsewhere > 0 && !skipped) {
        frame.run.save(code, output);
      }
    }
    if (code.kind == NodeCode.Kind.LOOP && !code.hasReadersHere) {
      frame.put(code.id, null); // nobody here reads the result; lets the loop go
    }
    if (skipped) {
      frame.skipped(code.id);
      if (frame.run.observation != null) {
        frame.run.observation.skipped(frame, code);
      }
    } else {
      frame.completed(code.id);
    }
    if (code.data == null || skipped) {
      release(frame, code);
    }

    if (onItsWay != null && frame.program.isMaster) {
      // What comes next it gives to others, who may read the output.
      frame.run.whenReadable(onItsWay, frame, code);
      return -1;
    }
    int next = triggerHere(frame, code);
    if (onItsWay == null) {
      tellOthers(frame, code, skipped);
    } else {
      frame.run.whenReadable(onItsWay, frame, code);
    }
    if (next >= 0 && ready.isStepped()) {
      engine.offer(Fork.of(frame, next));
      return -1;
    }
    return next;
  }

  /** Triggers a node's successors on this worker; gives one that this thread owns, or -1. */
  private int triggerHere(Frame frame, NodeCode code) {
    int next = -1;
    int[] successors = code.successors;
    if (!code.successorsWaitForOthers) {
      if (successors.length > 0) {
        next = successors[0];
        if (frame.run.observation != null) {
          for (int successor : successors) {
            frame.markReady(successor);
          }
        }
        if (successors.length > 1) {
          engine.offer(Fork.of(frame, successors, 1, successors.length));
        }
      }
    } else {
      next = triggerJoins(frame, successors);
    }
    return next;
  }

  /** Tells other workers that a node is done. They can read its output, or it has none. */
  private void tellOthers(Frame frame, NodeCode code, boolean skipped) {
    if (code.reportsToMaster) {
      int choice = code.hasFallback ? frame.decision(code.id) : 0;
      engine.send(Program.MASTER, new Message.Completed(frame.run.ref, code.id, choice));
      return;
    }
    if (code.remoteWorkers.length > 0) {
      int choice = frame.decision(code.id);
      Message done = new Message.Trigger(frame.run.ref, code.id, skipped, choice);
      for (String worker : code.remoteWorkers) {
        engine.send(worker, done);
      }
    }
  }

  /** An output that had been on its way while the worker went on is there now, or cannot be. */
  void arrived(Frame frame, NodeCode code, RunState.OnItsWay output, @Nullable Throwable failure) {
    RunState run = frame.run;
    enter(run);
    if (run.hasEnded()) {
      return;
    }
    if (failure != null) {
      Throwable cause = failure instanceof CompletionException && failure.getCause() != null
          ? failure.getCause()
          : failure;
      run.failed(frame, code, 1, RunState.notKept(code, cause));
      return;
    }
    if (run.observation != null) {
      run.observation.kept(frame, code, output.kept(), output.start());
    }
    try {
      if (frame.program.isMaster) {
        int next = triggerHere(frame, code);
        if (next >= 0) {
          engine.offer(Fork.of(frame, next));
        }
      }
      tellOthers(frame, code, false);
    } catch (Throwable e) {
      run.failed(frame, code, 1, e);
    }
  }

  private static void release(Frame frame, NodeCode code) {
    for (int read : code.reads) {
      frame.release(read);
    }
  }

  private int triggerJoins(Frame frame, int[] successors) {
    int next = -1;
    int[] others = null;
    int count = 0;
    for (int successor : successors) {
      if (frame.program.predecessors[successor] == 1 || frame.arrive(successor)) {
        frame.markReady(successor);
        if (next < 0) {
          next = successor;
        } else {
          if (others == null) {
            others = new int[successors.length];
          }
          others[count++] = successor;
        }
      }
    }
    if (others != null) {
      engine.offer(Fork.of(frame, others, 0, count));
    }
    return next;
  }
}
