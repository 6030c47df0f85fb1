package io.faasflow.examples.experiment;

import io.faasflow.graph.CriticalPath;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The own times of the functions of one run: those outside of any foreach, and, by their index, those
 * of the instances. Confined to one thread.
 *
 * <p>An index stands for the instances of all foreach steps on its level. That mixes nothing up, for
 * a task belongs to one of them only, and has no time in the others.
 */
final class FunctionTimes {
  private final Map<String, Long> nanosByTask = new HashMap<>();
  private final SortedMap<Integer, FunctionTimes> instances = new TreeMap<>();

  /**
   * Adds to the time of a task.
   *
   * @param instance which instance of the enclosing foreach steps it was, outermost first
   */
  void add(String task, List<Integer> instance, long nanos) {
    FunctionTimes level = this;
    for (Integer index : instance) {
      level = level.instances.computeIfAbsent(index, any -> new FunctionTimes());
    }
    level.nanosByTask.merge(task, nanos, Long::sum);
  }

  /**
   * The length of the longest way through a graph when nothing but functions takes time, and each has
   * a worker of its own. What did not run takes no time. A foreach takes as long as its slowest
   * instance; if it limits how many run at a time, as long as they take when each next one begins when
   * one before it ends.
   */
  long criticalPathNanos(FunctionGraph graph) {
    return Math.round(longest(graph));
  }

  private double longest(FunctionGraph graph) {
    return CriticalPath.of(graph, this::own, edge -> 0).length();
  }

  private double own(Node node) {
    if (node.operation() instanceof Operation.Loop loop) {
      return loop(loop, instances.values());
    }
    return nanosByTask.getOrDefault(node.name(), 0L);
  }

  private static double loop(Operation.Loop loop, Collection<FunctionTimes> instances) {
    double last = 0;
    PriorityQueue<Double> ends = new PriorityQueue<>(); // of those that are running
    for (FunctionTimes instance : instances) {
      double begin = 0;
      if (ends.size() >= loop.concurrency()) {
        begin = ends.remove();
      }
      double end = begin + instance.longest(loop.body());
      ends.add(end);
      last = Math.max(last, end);
    }
    return last;
  }
}
