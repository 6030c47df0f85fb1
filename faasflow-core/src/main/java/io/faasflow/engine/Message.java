package io.faasflow.engine;

import java.util.List;

/**
 * What workers tell each other. Immutable; made of strings and numbers, so that any transport can
 * serialise it. Values never travel in messages: a store has them before a message is sent.
 *
 * <p>Every message may arrive late, twice, or after a younger one.
 */
public sealed interface Message {
  /** The run that it is about. */
  RunRef run();

  /**
   * A predecessor of some of the receiver's nodes is done: one message for all of them.
   *
   * @param from the node's id
   * @param skipped whether it was skipped, so that none of its edges makes a node run
   * @param choice by which of its edges it leaves; 0 where they are not told apart
   */
  record Trigger(RunRef run, int from, boolean skipped, int choice) implements Message {}

  /**
   * Execute a node. From a {@linkplain SchedulePattern#MASTER_SIDE master}.
   *
   * @param node the node's id
   * @param skipped which of the nodes whose outputs it reads were skipped, and so gave none
   */
  record Assign(RunRef run, int node, List<Integer> skipped) implements Message {
    /** Copies the list. */
    public Assign {
      skipped = List.copyOf(skipped);
    }
  }

  /**
   * A node that was assigned is done. For the master.
   *
   * @param node the node's id
   * @param choice by which of its edges it leaves; 0 where they are not told apart
   */
  record Completed(RunRef run, int node, int choice) implements Message {}

  /**
   * A node failed, so the run has to end. For the run's home.
   *
   * @param node the id of the node of the run's own graph that it belongs to; the store may have the
   *     exception under it
   * @param task the task's name
   * @param function the function's name
   * @param instance the instance of each enclosing foreach, outermost first
   * @param attempt counted from 1
   * @param worker the worker that ran it
   * @param type the class of what was thrown
   * @param text what was thrown, as text
   * @param trace its stack trace
   */
  record Failed(
      RunRef run,
      int node,
      String task,
      String function,
      List<Integer> instance,
      int attempt,
      String worker,
      String type,
      String text,
      String trace)
      implements Message {
    /** Copies the list. */
    public Failed {
      instance = List.copyOf(instance);
    }
  }

  /**
   * Tasks in containers, of the receiver, surely run soon: a hint to start their containers.
   *
   * @param nodes the ids of the nodes that begin with them
   */
  record Prewarm(RunRef run, List<Integer> nodes) implements Message {
    /** Copies the list. */
    public Prewarm {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * The run is over, in whichever way: forget it. From the run's home.
   *
   * @param endedBelow all runs of this home with a lower sequence have ended
   * @param completed whether it completed, so that nothing is to be undone
   */
  record EndRun(RunRef run, long endedBelow, boolean completed) implements Message {}
}
