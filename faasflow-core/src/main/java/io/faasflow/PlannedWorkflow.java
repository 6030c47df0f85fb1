package io.faasflow;

import io.faasflow.engine.Deployment;
import io.faasflow.partition.PlanFeedback;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What runs of one workflow follow: the deployment of its newest plan, and those of older plans until
 * their last run has ended. Thread-safe. Does not refer to the workflow.
 *
 * <p>The monitor guards the counts and the current deployment: a run counts before anybody can find
 * that its deployment is not used any more. Without feedback there is one deployment for good, and
 * nothing is counted.
 */
final class PlannedWorkflow {
  private final @Nullable PlanFeedback feedback;
  private final @Nullable RuntimeHistory history;
  private final Consumer<String> undeploy;
  private final Map<String, Integer> runs = new HashMap<>(); // by deployment
  private final AtomicBoolean planning = new AtomicBoolean();
  private volatile Deployment current;
  private boolean dropped; // guarded by this

  PlannedWorkflow(
      Deployment first,
      @Nullable PlanFeedback feedback,
      @Nullable RuntimeHistory history,
      Consumer<String> undeploy) {
    this.current = first;
    this.feedback = feedback;
    this.history = history;
    this.undeploy = undeploy;
  }

  /** What new runs follow. */
  Deployment current() {
    return current;
  }

  Optional<PlanFeedback> feedback() {
    return Optional.ofNullable(feedback);
  }

  Optional<RuntimeHistory> history() {
    return Optional.ofNullable(history);
  }

  /** What a run that begins now follows, till {@link #release}. */
  Deployment acquire() {
    if (feedback == null) {
      return current;
    }
    synchronized (this) {
      runs.merge(current.id(), 1, Integer::sum);
      return current;
    }
  }

  /** A run has ended. */
  void release(Deployment deployment) {
    if (feedback == null) {
      return;
    }
    boolean unused;
    synchronized (this) {
      Integer left = runs.merge(deployment.id(), -1, Integer::sum);
      if (left == 0) {
        runs.remove(deployment.id());
      }
      unused = left == 0 && !deployment.id().equals(current.id());
    }
    if (unused) {
      undeploy.accept(deployment.id());
    }
  }

  /** Makes runs that begin from now on follow another deployment. */
  void replace(Deployment next) {
    Deployment before;
    boolean unused;
    synchronized (this) {
      if (dropped) { // while the plan was made
        undeploy.accept(next.id());
        return;
      }
      before = current;
      current = next;
      unused = !runs.containsKey(before.id());
    }
    if (unused) {
      undeploy.accept(before.id());
    }
  }

  /** Whether the caller may look for a better plan; then it has to call {@link #planned}. */
  boolean beginPlanning() {
    return planning.compareAndSet(false, true);
  }

  void planned() {
    planning.set(false);
  }

  /** The workflow is not reachable any more, so that no run follows any of this. */
  void drop() {
    synchronized (this) {
      dropped = true;
    }
    undeploy.accept(current.id());
  }
}
