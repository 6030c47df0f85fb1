package io.faasflow.engine;

import io.faasflow.run.NodeState;

/** Is shown where the nodes of a run stand, without the run's noticing. */
@FunctionalInterface
public interface Onlooker {
  /** A number of instances that is not known. */
  int UNKNOWN = -1;

  /**
   * Sees a node that is no virtual one; what it sees may be a moment old. A task whose fallback runs in
   * its place is COMPLETED.
   *
   * @param node its id
   * @param done how many instances of a foreach are done
   * @param instances how many there are; {@link #UNKNOWN} for a task, and for a foreach that has not
   *     begun
   */
  void see(int node, NodeState state, int done, int instances);
}
