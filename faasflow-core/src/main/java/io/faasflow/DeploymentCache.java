package io.faasflow;

import io.faasflow.workflow.Workflow;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What runs of each workflow object follow, for as long as the workflow is reachable. Thread-safe.
 * Workflows are compared by identity: equal definitions may have different code.
 */
final class DeploymentCache {
  /** A weak key that equals another one of the same workflow. */
  private static final class Key extends WeakReference<Workflow<?, ?>> {
    private final int hash;

    Key(Workflow<?, ?> workflow, @Nullable ReferenceQueue<Workflow<?, ?>> queue) {
      super(workflow, queue);
      hash = System.identityHashCode(workflow);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return this == other || (other instanceof Key that && get() != null && refersTo(that.get()));
    }
  }

  private final ConcurrentHashMap<Key, PlannedWorkflow> deployments = new ConcurrentHashMap<>();
  private final ReferenceQueue<Workflow<?, ?>> unreachable = new ReferenceQueue<>();

  PlannedWorkflow get(Workflow<?, ?> workflow, Function<Workflow<?, ?>, PlannedWorkflow> deploy) {
    PlannedWorkflow known = deployments.get(new Key(workflow, null));
    if (known != null) {
      return known;
    }
    for (Reference<?> gone = unreachable.poll(); gone != null; gone = unreachable.poll()) {
      PlannedWorkflow unused = deployments.remove(gone);
      if (unused != null) {
        unused.drop();
      }
    }
    return deployments.computeIfAbsent(
        new Key(workflow, unreachable), any -> deploy.apply(workflow));
  }

  int size() {
    return deployments.size();
  }
}
