package io.faasflow.partition;

import java.util.List;

/**
 * What a plan costs, by the {@link CostModel} it was made with, and why it is as it is. Immutable.
 *
 * <p>Bytes are counted on edges of the function graph on which data goes from one task to another; not
 * what the run is given and gives. What k tasks read counts k times.
 *
 * @param partitioner the name of what made the plan
 * @param groups the workers that run anything
 * @param totalBytes the bytes on all edges
 * @param crossBytes the bytes on edges between workers
 * @param crossBytesLowerBound a number of bytes that no plan within the limits can go below
 * @param makespanSeconds how long a run takes in a simulation in which each worker has its CPUs and
 *     transfers and messages take time
 * @param makespanLowerBoundSeconds a time that no plan can go below in that simulation
 * @param criticalPath the longest way through the graph under this plan
 * @param messages how many edges, with data or without, lead from one worker to another
 * @param cutEdges those edges, the most bytes first, at most {@link #MOST_CUT_EDGES}
 */
public record PlanExplanation(
    String partitioner,
    List<Group> groups,
    long totalBytes,
    long crossBytes,
    long crossBytesLowerBound,
    double makespanSeconds,
    double makespanLowerBoundSeconds,
    Way criticalPath,
    int messages,
    List<CutEdge> cutEdges) {
  /** How many edges between workers are listed. */
  public static final int MOST_CUT_EDGES = 1_000;

  /** Of a plan about which nothing is known. */
  public static final PlanExplanation NONE =
      new PlanExplanation("", List.of(), 0, 0, 0, 0, 0, new Way(List.of(), 0), 0, List.of());

  /** Copies the lists. */
  public PlanExplanation {
    groups = List.copyOf(groups);
    cutEdges = List.copyOf(cutEdges);
  }

  /**
   * What one worker runs. Immutable.
   *
   * @param worker its name
   * @param functions the tasks on it, those in foreach bodies included, in the order of the graph
   * @param slots the container slots that they take
   * @param memoryBytes the memory that they take
   * @param localBytes the bytes on edges between them
   * @param workSeconds the CPU time of one run on it
   */
  public record Group(
      String worker,
      List<String> functions,
      long slots,
      long memoryBytes,
      long localBytes,
      double workSeconds) {
    /** Copies the list. */
    public Group {
      functions = List.copyOf(functions);
    }
  }

  /**
   * A way through the graph. Immutable.
   *
   * @param nodes the names of its nodes, from the first to the last
   * @param seconds its length: runtimes, and data at the speed of memory or network; no waiting for
   *     CPUs, and no time for messages
   */
  public record Way(List<String> nodes, double seconds) {
    /** Copies the list. */
    public Way {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * An edge between workers. Immutable.
   *
   * @param from the node that is waited for
   * @param to the node that waits
   * @param fromWorker where the first is
   * @param toWorker where the second is
   * @param bytes what crosses
   * @param seconds how long the message and the data take
   * @param reason why both are not on one worker, in a sentence
   */
  public record CutEdge(
      String from,
      String to,
      String fromWorker,
      String toWorker,
      long bytes,
      double seconds,
      String reason) {}
}
