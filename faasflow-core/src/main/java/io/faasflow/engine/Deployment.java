package io.faasflow.engine;

import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.run.UnboundFunctionsException;
import io.faasflow.workflow.Workflow;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A workflow, its graph and its plan, compiled for the workers that the plan names. Immutable. Does
 * not refer to the workflow itself, so that a cache of deployments can let unused ones go.
 */
public final class Deployment {
  private final String id;
  private final String workflow;
  private final FunctionGraph graph;
  private final PartitionPlan plan;
  private final Map<String, Program> programs;

  private Deployment(
      String id,
      String workflow,
      FunctionGraph graph,
      PartitionPlan plan,
      Map<String, Program> programs) {
    this.id = id;
    this.workflow = workflow;
    this.graph = graph;
    this.plan = plan;
    this.programs = programs;
  }

  /**
   * Compiles a workflow.
   *
   * @param id unique among the deployments that its workers know at a time
   * @param limits gives the limit of a function on a worker, or null
   * @throws UnboundFunctionsException when the registry lacks functions
   */
  static Deployment of(
      String id,
      Workflow<?, ?> workflow,
      FunctionGraph graph,
      PartitionPlan plan,
      FunctionRegistry registry,
      BiFunction<String, String, @Nullable FunctionLimit> limits) {
    Map<String, Program> programs = new HashMap<>();
    Set<String> unbound = new TreeSet<>();
    for (String worker : plan.workers()) {
      programs.put(
          worker,
          Program.of(
              graph,
              new Program.Setting(
                  worker,
                  plan::workerOf,
                  registry,
                  function -> limits.apply(worker, function),
                  unbound)));
    }
    if (!unbound.isEmpty()) {
      throw new UnboundFunctionsException(
          workflow.name(),
          unbound.stream().map(name -> "'" + name + "'").toList(),
          registry.names());
    }
    return new Deployment(id, workflow.name(), graph, plan, Map.copyOf(programs));
  }

  /** The id. */
  public String id() {
    return id;
  }

  /** The name of the workflow. */
  public String workflow() {
    return workflow;
  }

  /** The graph. */
  public FunctionGraph graph() {
    return graph;
  }

  /** The plan. */
  public PartitionPlan plan() {
    return plan;
  }

  /** The worker that begins and ends runs: where the graph's first and last nodes are. */
  String home() {
    return plan.workerOf(graph.start());
  }

  boolean hasSeveralWorkers() {
    return programs.size() > 1;
  }

  Program program(String worker) {
    Program program = programs.get(worker);
    if (program == null) {
      throw new IllegalStateException("The plan of " + id + " gives nothing to " + worker);
    }
    return program;
  }
}
