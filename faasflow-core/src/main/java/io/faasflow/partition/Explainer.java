package io.faasflow.partition;

import io.faasflow.graph.CriticalPath;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Says what a plan costs, and of each edge between workers why it is one. Confined to one call. */
final class Explainer {
  /** How many nodes may be simulated for the reasons of one plan. */
  private static final int SIMULATED_NODES = 200_000;

  private static final double MILLI = 1000;

  private final String partitioner;
  private final PlacementProblem problem;
  private final DataGraph data;
  private final int[] worker;
  private final Packing packing;
  private final Simulation simulation;
  private final double makespan;
  private int simulations;

  private Explainer(String partitioner, PlacementProblem problem, int[] worker) {
    this.partitioner = partitioner;
    this.problem = problem;
    this.worker = worker;
    data = DataGraph.of(problem);
    packing = Packing.of(data, problem, worker);
    simulation = new Simulation(problem);
    makespan = simulation.makespan(worker);
    simulations = Math.max(1, SIMULATED_NODES / problem.nodes);
  }

  static PlanExplanation explain(
      String partitioner,
      FunctionGraph graph,
      List<WorkerSpec> workers,
      CostModel costs,
      List<String> workerOfNode) {
    PlacementProblem problem = new PlacementProblem(graph, workers, costs);
    Map<String, Integer> index = new HashMap<>();
    for (int w = 0; w < workers.size(); w++) {
      index.put(workers.get(w).name(), w);
    }
    int[] worker =
        workerOfNode.stream().mapToInt(name -> index.getOrDefault(name, 0)).toArray();
    return new Explainer(partitioner, problem, worker).explanation();
  }

  private PlanExplanation explanation() {
    return new PlanExplanation(
        partitioner,
        groups(),
        problem.totalBytes,
        problem.crossBytes(worker),
        LowerBounds.crossBytes(problem, data),
        makespan,
        Math.min(makespan, LowerBounds.makespan(problem)),
        criticalPath(),
        problem.crossEdges(worker),
        cutEdges());
  }

  private List<PlanExplanation.Group> groups() {
    List<List<String>> functions = new ArrayList<>();
    boolean[] used = new boolean[problem.workers.size()];
    problem.workers.forEach(any -> functions.add(new ArrayList<>()));
    for (Node node : problem.graph.nodes()) {
      functions.get(worker[node.id()]).addAll(FunctionGraph.tasksOf(node));
      used[worker[node.id()]] = true;
    }
    List<PlanExplanation.Group> groups = new ArrayList<>();
    for (int w = 0; w < problem.workers.size(); w++) {
      if (used[w]) {
        groups.add(new PlanExplanation.Group(
            problem.workers.get(w).name(),
            functions.get(w),
            packing.slots(w),
            packing.memory(w),
            packing.local(w),
            packing.work(w)));
      }
    }
    return groups;
  }

  private PlanExplanation.Way criticalPath() {
    Map<Long, Long> bytes = new HashMap<>();
    for (int id = 0; id < problem.nodes; id++) {
      for (int e = problem.firstOut[id]; e < problem.firstOut[id + 1]; e++) {
        if (problem.outBytes[e] > 0) {
          bytes.put(((long) id << 32) | problem.to[e], problem.outBytes[e]);
        }
      }
    }
    CriticalPath path = CriticalPath.of(problem.graph, node -> problem.runtime[node.id()], edge -> {
      int from = edge.from().id();
      int to = edge.to().id();
      long size = bytes.getOrDefault(((long) from << 32) | to, 0L);
      return worker[from] == worker[to] ? problem.local(size) : problem.remote(size);
    });
    return new PlanExplanation.Way(path.nodes().stream().map(Node::name).toList(), path.length());
  }

  private record Cut(int from, int to, long bytes) {}

  private List<PlanExplanation.CutEdge> cutEdges() {
    List<Cut> cuts = new ArrayList<>();
    for (int id = 0; id < problem.nodes; id++) {
      for (int e = problem.firstOut[id]; e < problem.firstOut[id + 1]; e++) {
        if (worker[id] != worker[problem.to[e]]) {
          cuts.add(new Cut(id, problem.to[e], problem.outBytes[e]));
        }
      }
    }
    cuts.sort(Comparator.comparingLong((Cut cut) -> -cut.bytes()));
    return cuts.stream()
        .limit(PlanExplanation.MOST_CUT_EDGES)
        .map(cut -> new PlanExplanation.CutEdge(
            name(cut.from()),
            name(cut.to()),
            workerName(worker[cut.from()]),
            workerName(worker[cut.to()]),
            cut.bytes(),
            problem.latency + problem.remote(cut.bytes()),
            reason(cut)))
        .toList();
  }

  private String name(int node) {
    return problem.graph.nodes().get(node).name();
  }

  private String workerName(int w) {
    return problem.workers.get(w).name();
  }

  private String reason(Cut cut) {
    int from = worker[cut.from()];
    int to = worker[cut.to()];
    boolean toMoves = !isHome(cut.to()) && packing.fits(cut.to(), from);
    boolean fromMoves = !isHome(cut.from()) && packing.fits(cut.from(), to);
    if (!toMoves && !fromMoves && !isHome(cut.to()) && !isHome(cut.from())) {
      return noRoom(cut.to(), from) + "; " + noRoom(cut.from(), to);
    }
    if (toMoves) {
      return moving(cut.to(), from);
    }
    if (fromMoves) {
      return moving(cut.from(), to);
    }
    return isHome(cut.to()) ? noRoom(cut.from(), to) : noRoom(cut.to(), from);
  }

  /** The start and the end stay together; moving them saves no byte. */
  private boolean isHome(int node) {
    return node == 0 || node == problem.nodes - 1;
  }

  private String noRoom(int node, int w) {
    WorkerSpec spec = problem.workers.get(w);
    String has = workerName(w) + " has ";
    String what = "'" + name(node) + "', which takes ";
    if (problem.declaredCpus[node] > spec.cpus()) {
      return has + spec.cpus() + " CPUs, too few for " + what + problem.declaredCpus[node];
    }
    long slots = Packing.limit(spec.slots()) - packing.slots(w);
    if (problem.slots[node] > slots) {
      return has + (slots == 0 ? "no slots" : slots + (slots == 1 ? " slot" : " slots"))
          + " left for " + what + problem.slots[node];
    }
    long memory = spec.memoryBytes() - packing.memory(w);
    if (problem.memory[node] > memory) {
      return has + memory + " bytes of memory left for " + what + problem.memory[node];
    }
    return has + (spec.dataQuotaBytes() - packing.local(w))
        + " bytes of its data quota left, too few for '" + name(node) + "'";
  }

  private String moving(int node, int w) {
    String moving = "moving '" + name(node) + "' to " + workerName(w) + " would ";
    long more = packing.shared(node, worker[node]) - packing.shared(node, w);
    if (more > 0) {
      return moving + "send " + count(more) + " more bytes between workers";
    }
    if (simulations-- <= 0) {
      return moving
          + (more == 0
              ? "save no bytes"
              : "save " + count(-more) + " bytes; its time was not tried");
    }
    int was = worker[node];
    worker[node] = w;
    double longer = simulation.makespan(worker) - makespan;
    worker[node] = was;
    if (longer > 0) {
      return moving + "lengthen the makespan by " + time(longer);
    }
    String gain = more < 0
        ? "save " + count(-more) + " bytes"
        : longer < 0 ? "shorten the makespan by " + time(-longer) : "gain nothing";
    return moving + gain + (more < 0 || longer < 0 ? "; '" + partitioner + "' did not try" : "");
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String time(double seconds) {
    return seconds < 1
        ? String.format(Locale.ROOT, "%.3f ms", seconds * MILLI)
        : String.format(Locale.ROOT, "%.3f s", seconds);
  }
}
