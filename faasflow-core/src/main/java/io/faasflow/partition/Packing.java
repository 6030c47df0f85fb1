package io.faasflow.partition;

import java.util.Arrays;
import java.util.List;

/** Which worker each vertex of a data graph is on, and what is left there. Not thread-safe. */
final class Packing {
  static final int NOWHERE = -1;

  final DataGraph graph;
  final PlacementProblem problem;
  final List<WorkerSpec> workers;
  final int[] worker; // by vertex
  private final boolean limitsData;
  private final long[] slots; // taken, by worker
  private final long[] memory;
  private final long[] local; // bytes between vertices of the worker
  private final double[] work;
  private final double mostWork; // CPU seconds for a CPU
  private final long[] shared; // for sharedBytes: by worker, all 0 between uses

  Packing(DataGraph graph, PlacementProblem problem) {
    this(graph, problem, Double.POSITIVE_INFINITY);
  }

  /**
   * @param mostWork how much work for each of its CPUs a worker may get, beyond its first vertex
   */
  Packing(DataGraph graph, PlacementProblem problem, double mostWork) {
    this.graph = graph;
    this.problem = problem;
    this.workers = problem.workers;
    this.mostWork = mostWork;
    worker = new int[graph.size];
    Arrays.fill(worker, NOWHERE);
    int k = workers.size();
    slots = new long[k];
    memory = new long[k];
    local = new long[k];
    work = new double[k];
    shared = new long[k];
    limitsData = problem.limitsData;
  }

  private Packing(Packing other) {
    graph = other.graph;
    problem = other.problem;
    workers = other.workers;
    mostWork = other.mostWork;
    limitsData = other.limitsData;
    worker = other.worker.clone();
    slots = other.slots.clone();
    memory = other.memory.clone();
    local = other.local.clone();
    work = other.work.clone();
    shared = new long[slots.length];
  }

  /** A packing with everything placed, whether it fits or not. */
  static Packing of(DataGraph graph, PlacementProblem problem, int[] worker) {
    return of(graph, problem, Double.POSITIVE_INFINITY, worker);
  }

  static Packing of(DataGraph graph, PlacementProblem problem, double mostWork, int[] worker) {
    Packing packing = new Packing(graph, problem, mostWork);
    for (int v = 0; v < graph.size; v++) {
      packing.place(v, worker[v]);
    }
    return packing;
  }

  Packing copy() {
    return new Packing(this);
  }

  int workerCount() {
    return workers.size();
  }

  /** Bytes that a vertex, which need not be placed, shares with those on a worker. */
  long shared(int v, int w) {
    long sum = 0;
    for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
      sum += worker[graph.near[e]] == w ? graph.bytes[e] : 0;
    }
    return sum;
  }

  /** Bytes that a vertex shares with each worker; valid until {@link #clearShared} for it. */
  long[] sharedBytes(int v) {
    for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
      if (worker[graph.near[e]] != NOWHERE) {
        shared[worker[graph.near[e]]] += graph.bytes[e];
      }
    }
    return shared;
  }

  void clearShared(int v) {
    for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
      if (worker[graph.near[e]] != NOWHERE) {
        shared[worker[graph.near[e]]] = 0;
      }
    }
  }

  /** Whether a worker has room for a vertex that is elsewhere or nowhere. */
  boolean fits(int v, int w) {
    return slots[w] + graph.slots[v] <= problem.mostSlots[w]
        && graph.memory[v] <= problem.mostMemory[w] - memory[w]
        && graph.cpus[v] <= problem.mostCpus[w]
        && (work[w] == 0 || work[w] + graph.work[v] <= mostWork * problem.cpus(w))
        && (!limitsData || local[w] + graph.inner[v] + shared(v, w) <= problem.mostData[w]);
  }

  /** {@link WorkerSpec#UNLIMITED_SLOTS} is more than any sum. */
  static long limit(int slots) {
    return slots == WorkerSpec.UNLIMITED_SLOTS ? Long.MAX_VALUE : slots;
  }

  void place(int v, int w) {
    local[w] += graph.inner[v] + shared(v, w);
    worker[v] = w;
    slots[w] += graph.slots[v];
    memory[w] = DataGraph.sum(memory[w], graph.memory[v]);
    work[w] += graph.work[v];
  }

  void remove(int v) {
    int w = worker[v];
    worker[v] = NOWHERE;
    local[w] -= graph.inner[v] + shared(v, w);
    slots[w] -= graph.slots[v];
    memory[w] -= graph.memory[v];
    work[w] -= graph.work[v];
  }

  void move(int v, int w) {
    remove(v);
    place(v, w);
  }

  long slots(int w) {
    return slots[w];
  }

  long memory(int w) {
    return memory[w];
  }

  long local(int w) {
    return local[w];
  }

  double work(int w) {
    return work[w];
  }

  /** What is left of a worker, to compare workers by: slots first, then memory. */
  int compareRoom(int a, int b) {
    int bySlots = Long.compare(problem.mostSlots[a] - slots[a], problem.mostSlots[b] - slots[b]);
    return bySlots != 0
        ? bySlots
        : Long.compare(problem.mostMemory[a] - memory[a], problem.mostMemory[b] - memory[b]);
  }

  /** The worker with the least room that is enough; {@link #NOWHERE} if there is none. */
  int bestFit(int v) {
    int best = NOWHERE;
    for (int w = 0; w < workers.size(); w++) {
      if (fits(v, w) && (best == NOWHERE || compareRoom(w, best) < 0)) {
        best = w;
      }
    }
    return best;
  }

  /** Bytes between vertices on different workers. */
  long crossBytes() {
    long twice = 0;
    for (int v = 0; v < graph.size; v++) {
      for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
        twice += worker[graph.near[e]] == worker[v] ? 0 : graph.bytes[e];
      }
    }
    return twice / 2;
  }

  /** Sets of vertices that share data, directly or by others, on one worker. */
  int[] units() {
    Groups groups = new Groups(graph.size);
    for (int v = 0; v < graph.size; v++) {
      for (int e = graph.first[v]; e < graph.first[v + 1]; e++) {
        if (graph.near[e] < v && worker[graph.near[e]] == worker[v]) {
          groups.unite(v, graph.near[e]);
        }
      }
    }
    return groups.numbered();
  }
}
