package io.faasflow.partition;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which worker runs which node of a function graph, and why. Immutable and thread-safe. Jackson writes
 * and reads it as JSON.
 *
 * <p>The explanation is made when it is asked for the first time, since most plans are never looked
 * at.
 */
@JsonAutoDetect(
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE,
    fieldVisibility = JsonAutoDetect.Visibility.NONE)
public final class PartitionPlan {
  private final int version;
  private final List<String> workerOfNode;

  /** Gives the explanation once, and lets go of the graph then. */
  private static final class Explaining {
    private @Nullable Supplier<PlanExplanation> source;
    private @Nullable PlanExplanation made;

    Explaining(Supplier<PlanExplanation> source) {
      this.source = source;
    }

    synchronized PlanExplanation get() {
      PlanExplanation explanation = made;
      if (explanation == null) {
        explanation = Objects.requireNonNull(source).get();
        made = explanation;
        source = null;
      }
      return explanation;
    }
  }

  private final Explaining explaining;

  private PartitionPlan(int version, List<String> workerOfNode, Explaining explaining) {
    if (version < 1) {
      throw new IllegalArgumentException("version must be 1 or more, was " + version);
    }
    this.version = version;
    this.workerOfNode = List.copyOf(workerOfNode);
    this.explaining = explaining;
  }

  /**
   * A plan as it is, unchecked and unexplained: {@link #explanation()} is {@link
   * PlanExplanation#NONE}.
   *
   * @param version counts the plans that one workflow had, from 1
   * @param workerOfNode the name of each node's worker, by the node's id
   */
  public PartitionPlan(int version, List<String> workerOfNode) {
    this(version, workerOfNode, new Explaining(() -> PlanExplanation.NONE));
  }

  /**
   * A plan of version 1, if it keeps all limits. For partitioners.
   *
   * @param partitioner the name of what made it, for messages
   * @param graph what is to run
   * @param workers where it can run
   * @param costs what the explanation counts with
   * @param workerOfNode the name of each node's worker, by the node's id
   * @throws PartitionException when a worker has not the room, with the worker and what it lacks
   * @throws IllegalArgumentException when a node has no worker, when there is no such worker, and when
   *     the start and the end of the graph are not on one worker
   */
  public static PartitionPlan of(
      String partitioner,
      FunctionGraph graph,
      List<WorkerSpec> workers,
      CostModel costs,
      List<String> workerOfNode) {
    Limits.check(partitioner, graph, workers, workerOfNode);
    List<String> placed = List.copyOf(workerOfNode);
    List<WorkerSpec> known = List.copyOf(workers);
    return new PartitionPlan(
        1,
        placed,
        new Explaining(() -> Explainer.explain(partitioner, graph, known, costs, placed)));
  }

  @JsonCreator
  static PartitionPlan read(
      @JsonProperty(value = "version", required = true) int version,
      @JsonProperty(value = "workerOfNode", required = true) List<String> workerOfNode,
      @JsonProperty(value = "explanation", required = true) PlanExplanation explanation) {
    return new PartitionPlan(version, workerOfNode, new Explaining(() -> explanation));
  }

  /** Counts the plans that one workflow had, from 1. */
  @JsonProperty
  public int version() {
    return version;
  }

  /** The name of each node's worker, by the node's id. */
  @JsonProperty
  public List<String> workerOfNode() {
    return workerOfNode;
  }

  /**
   * What the plan costs and why it is as it is. The first call computes it: about as long as it takes
   * to make a plan.
   */
  @JsonProperty
  public PlanExplanation explanation() {
    return explaining.get();
  }

  /** The same plan with another version, 1 or more. */
  public PartitionPlan withVersion(int newVersion) {
    return new PartitionPlan(newVersion, workerOfNode, explaining);
  }

  /** The worker that runs a node. */
  public String workerOf(Node node) {
    return workerOfNode.get(node.id());
  }

  /** The workers that run anything, in the order of their first node. */
  public Set<String> workers() {
    return new LinkedHashSet<>(workerOfNode);
  }

  /** The worker of each task, those in foreach bodies included, in the order of the graph. */
  public Map<String, String> assignment(FunctionGraph graph) {
    Map<String, String> assignment = new LinkedHashMap<>();
    graph.nodeByTask().forEach((task, node) -> assignment.put(task, workerOf(node)));
    return assignment;
  }

  /** Plans are equal that have the same version and place each node on the same worker. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PartitionPlan that
        && version == that.version
        && workerOfNode.equals(that.workerOfNode);
  }

  @Override
  public int hashCode() {
    return 31 * version + workerOfNode.hashCode();
  }

  @Override
  public String toString() {
    return "plan " + version + " of " + workerOfNode.size() + " nodes on " + workers();
  }
}
