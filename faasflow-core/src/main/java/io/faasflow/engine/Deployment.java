package io.faasflow.engine;

import io.faasflow.container.MissingBackendException;
import io.faasflow.function.FunctionInterceptor;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.observe.RunListener;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.run.UnboundFunctionsException;
import io.faasflow.workflow.Task;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
  private final String home;
  private final @Nullable RunListener listener;
  private final Map<String, Program> programs;
  private final int functions;
  private final boolean hasLoops;
  private final boolean hasCompensations;

  private Deployment(
      String id,
      String workflow,
      FunctionGraph graph,
      PartitionPlan plan,
      String home,
      @Nullable RunListener listener,
      Map<String, Program> programs) {
    this.id = id;
    this.workflow = workflow;
    this.graph = graph;
    this.plan = plan;
    this.home = home;
    this.listener = listener;
    this.programs = programs;
    this.functions =
        programs.values().stream().mapToInt(program -> program.functions).sum();
    this.hasCompensations =
        programs.values().stream().anyMatch(program -> program.hasCompensations);
    this.hasLoops = programs.values().stream().anyMatch(program -> program.hasLoops);
  }

  /**
   * Compiles a workflow.
   *
   * @param id unique among the deployments that its workers know at a time
   * @param limits gives what a task needs of a worker, or null
   * @param containers what runs tasks with images
   * @param ownStores whether each worker has a store of its own
   * @throws IllegalArgumentException when the plan is not one of this graph
   * @throws UnboundFunctionsException when the registry lacks functions
   * @throws MissingBackendException when tasks have images and nothing runs them
   */
  static Deployment of(
      String id,
      String workflow,
      FunctionGraph graph,
      PartitionPlan plan,
      SchedulePattern pattern,
      FunctionRegistry registry,
      @Nullable FunctionInterceptor interceptor,
      Containers containers,
      @Nullable RunListener listener,
      BiFunction<String, Task<?, ?>, Admission.@Nullable Claim> limits,
      boolean ownStores) {
    check(plan, graph, workflow);
    boolean hasMaster = pattern == SchedulePattern.MASTER_SIDE;
    Set<String> workers = new LinkedHashSet<>();
    if (hasMaster) {
      workers.add(Program.MASTER);
    }
    graph.nodes().forEach(node -> workers.add(place(node, plan, hasMaster)));
    Map<String, Program> programs = new LinkedHashMap<>();
    Set<String> unbound = new TreeSet<>();
    ContainedFunctions contained = new ContainedFunctions(containers);
    Program.DataOwner owner = ownStores ? new Program.DataOwner(workflow, Forms.of(graph)) : null;
    for (String worker : workers) {
      programs.put(
          worker,
          Program.of(
              graph,
              new Program.Setting(
                  pattern,
                  worker,
                  node -> place(node, plan, hasMaster),
                  registry,
                  interceptor,
                  contained,
                  task -> limits.apply(worker, task),
                  unbound,
                  owner)));
    }
    if (!unbound.isEmpty()) {
      throw new UnboundFunctionsException(
          workflow, unbound.stream().map(name -> "'" + name + "'").toList(), registry.names());
    }
    if (!contained.missing().isEmpty()) {
      throw new MissingBackendException(workflow, contained.missing());
    }
    return new Deployment(
        id,
        workflow,
        graph,
        plan,
        place(graph.start(), plan, hasMaster),
        listener,
        Collections.unmodifiableMap(programs));
  }

  /** A plan that was read from somewhere may be of another graph, or one that no run could end with. */
  private static void check(PartitionPlan plan, FunctionGraph graph, String workflow) {
    int nodes = graph.nodes().size();
    if (plan.workerOfNode().size() != nodes) {
      throw new IllegalArgumentException(
          "The plan places " + plan.workerOfNode().size()
              + " nodes, but workflow '" + workflow + "' has " + nodes
              + ": it was made for another definition. Make one for this");
    }
    if (!plan.workerOf(graph.start()).equals(plan.workerOf(graph.end()))) {
      throw new IllegalArgumentException("The plan of workflow '" + workflow + "' begins on "
          + plan.workerOf(graph.start()) + " and ends on " + plan.workerOf(graph.end())
          + ". Both belong on one worker, the home of its runs");
    }
  }

  /** A master executes what is no function; all else is where the plan has it. */
  private static String place(Node node, PartitionPlan plan, boolean hasMaster) {
    return hasMaster && node.operation().isVirtual() ? Program.MASTER : plan.workerOf(node);
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
  public String home() {
    return home;
  }

  /** All workers that take part, a master among them. */
  public Set<String> workers() {
    return programs.keySet();
  }

  /** How many functions a run has; a foreach counts as one. */
  int functions() {
    return functions;
  }

  boolean hasCompensations() {
    return hasCompensations;
  }

  boolean hasLoops() {
    return hasLoops;
  }

  /** Who is told of what happens in runs; null: nobody. */
  @Nullable
  RunListener listener() {
    return listener;
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
