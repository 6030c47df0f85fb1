package io.faasflow;

import io.faasflow.function.Resources;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.partition.PartitionException;
import io.faasflow.workflow.Task;

/** Whether each task of a workflow fits a worker that does nothing else. */
final class Capacity {
  private Capacity() {}

  /**
   * Looks at all tasks.
   *
   * @param capacity of a worker; 0 of something: any amount
   * @throws PartitionException when a task would wait for ever
   */
  static void check(FunctionGraph graph, Resources capacity) {
    if (capacity.equals(Resources.NONE)) {
      return;
    }
    for (Node node : graph.nodes()) {
      if (node.operation() instanceof Operation.Loop loop) {
        check(loop.body(), capacity);
      } else if (node.operation() instanceof Operation.Run run) {
        Task<?, ?> task = run.task();
        Resources needs = task.resources();
        check(task, "CPUs", needs.cpus(), capacity.cpus());
        check(task, "bytes of memory", needs.memoryBytes(), capacity.memoryBytes());
        check(task, "slots", needs.slots(), capacity.slots());
      }
    }
  }

  private static void check(Task<?, ?> task, String what, Number needed, Number there) {
    if (there.doubleValue() > 0 && needed.doubleValue() > there.doubleValue()) {
      throw new PartitionException("Task '" + task.name() + "' declares " + needed + " " + what
          + ", but a worker has a capacity of " + there
          + ". Declare less, or raise FaasFlow.builder().capacity(...)");
    }
  }
}
