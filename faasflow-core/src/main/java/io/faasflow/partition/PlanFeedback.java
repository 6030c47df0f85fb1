package io.faasflow.partition;

import io.faasflow.graph.FunctionGraph;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Learns from the runs of one workflow what its functions and edges cost, and says when another plan is
 * better by enough. Thread-safe.
 *
 * <p>Recording is cheap and never waits for a look. A quantity of a node or edge takes memory once it was
 * observed: two sketches of at most 2 KB each, whatever the number of runs. A node has two such
 * quantities, an edge that crossed workers two more.
 *
 * <p>Observations are kept in two windows. A window ends at a look, when it is as long as all before it
 * or has {@value #WINDOW_RUNS} runs (of few, the 99th percentile is little more than the largest value);
 * then there is a decision, and the older window is forgotten. So the first decision comes at the second
 * look, and what changed in a workflow is followed one to two windows later.
 *
 * <p>A new plan is made from the older window alone. It is taken when it <em>pays</em> by that one and also
 * by the newer window, which had no part in making it: what was chance in the one is not in the other.
 * A plan pays when the simulated time of a run falls by the share {@link FeedbackOptions#minGain()}; or
 * when data spends less time between workers, all edges together, by that share of it and of a run's time,
 * and the run gets no longer (by more than a hundredth). Both plans are always judged by the same
 * estimates. As long as these stay the same the partitioner, which is deterministic, makes the same plan
 * again, so there is one new plan at most.
 *
 * <p>Which weight an edge gets, and why it keeps it when its ends come together, is told in the user
 * guide: an edge that crossed workers is weighed by the time that took, any other by its size and the
 * pace of its source's other edges, or of all that did. The explanation of a plan that was made here counts these weights as bytes.
 */
public final class PlanFeedback {
  /** How many runs a window of observations has at least. */
  static final int WINDOW_RUNS = 200;

  /** By what share a run may get longer where transfers get shorter: two plans are rarely equal. */
  private static final double LONGER = 0.01;

  private final List<WorkerSpec> workers;
  private final CostModel costs;
  private final Partitioner partitioner;
  private final FeedbackOptions options;
  private final long minIntervalNanos;
  private final Map<String, Integer> workerIndex = new HashMap<>();
  private final Observations seen;
  private final AtomicLong runs = new AtomicLong(); // ended since the last look
  private volatile long lastLook;
  private volatile PartitionPlan current;

  /** For what follows. */
  private final ReentrantLock looking = new ReentrantLock();

  private final Estimates estimates;
  private long windowRuns; // in the newer window
  private long runsBefore; // in all windows before

  /**
   * Begins without observations.
   *
   * @param graph the workflow's graph as declared
   * @param workers where it can run
   * @param costs what data and messages are taken to cost, until it was observed
   * @param partitioner makes the plans
   * @param options when there is a new plan
   * @param first the plan that runs follow now
   * @param nowNanos the time on a monotonic clock, the same that later calls are told; the first look
   *     comes an interval after it at the earliest
   * @throws IllegalArgumentException when there is no worker, or when the plan has another number of
   *     nodes or a worker that is not among them
   */
  public PlanFeedback(
      FunctionGraph graph,
      List<WorkerSpec> workers,
      CostModel costs,
      Partitioner partitioner,
      FeedbackOptions options,
      PartitionPlan first,
      long nowNanos) {

    this.workers = List.copyOf(workers);
    this.costs = Objects.requireNonNull(costs, "costs");
    this.partitioner = Objects.requireNonNull(partitioner, "partitioner");
    this.options = Objects.requireNonNull(options, "options");
    minIntervalNanos = nanos(options.minInterval());
    for (int w = 0; w < this.workers.size(); w++) {
      workerIndex.put(this.workers.get(w).name(), w);
    }
    if (first.workerOfNode().size() != graph.nodes().size()) {
      throw new IllegalArgumentException(
          "The plan has a worker for " + first.workerOfNode().size() + " nodes; the " + graph
              + " has " + graph.nodes().size());
    }
    if (!workerIndex.keySet().containsAll(first.workers())) {
      throw new IllegalArgumentException("The plan uses the workers " + first.workers()
          + "; there are " + this.workers.stream().map(WorkerSpec::name).toList());
    }
    current = first;
    lastLook = nowNanos;
    seen = new Observations(graph);
    estimates = new Estimates(graph, seen, costs, this.workers);
  }

  private static long nanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // 292 years: never
    }
  }

  /**
   * A node ran.
   *
   * @param node its id
   * @param nanos how long; for a foreach, one instance
   * @throws IllegalArgumentException when there is no such node
   */
  public void ran(int node, long nanos) {
    seen.ran(node, nanos);
  }

  /**
   * A node gave its output.
   *
   * @param node its id
   * @param bytes the size of all of it; for a foreach, of all instances
   * @throws IllegalArgumentException when there is no such node
   */
  public void gave(int node, long bytes) {
    seen.gave(node, bytes);
  }

  /**
   * A node read the output of another on another worker. Without an edge between them it does not
   * count.
   *
   * @param from the id of the node whose output it is
   * @param to the id of the reader
   * @param bytes how much was read, measured as for {@link #gave}
   * @param nanos how long that took
   * @throws IllegalArgumentException when there is no such node
   */
  public void transferred(int from, int to, long bytes, long nanos) {
    seen.transferred(from, to, bytes, nanos);
  }

  /**
   * A run ended.
   *
   * @param nowNanos the time
   * @return whether a look is due: enough runs and time since the last one
   */
  public boolean runEnded(long nowNanos) {
    return runs.incrementAndGet() >= options.minRuns() && intervalIsOver(nowNanos);
  }

  private boolean isDue(long nowNanos) {
    return runs.get() >= options.minRuns() && intervalIsOver(nowNanos);
  }

  private boolean intervalIsOver(long nowNanos) {
    return nowNanos - lastLook >= minIntervalNanos;
  }

  /** The plan that new runs are to follow. */
  public PartitionPlan current() {
    return current;
  }

  /** The graph with what was observed until now: what the next look would judge by. */
  public FunctionGraph estimates() {
    looking.lock();
    try {
      estimates.update();
      return estimates.graph(Observed.Window.BOTH);
    } finally {
      looking.unlock();
    }
  }

  /**
   * Looks for a better plan if that is due. About twice the work of making a plan; not for a thread
   * that is in a hurry. When another thread is at it, this one leaves it alone.
   *
   * @param nowNanos the time
   * @return the plan to follow from now on, with the next version; empty if the current one stays, which
   *     is also so when the partitioner finds none that fits the workers
   */
  public Optional<PartitionPlan> replan(long nowNanos) {
    if (!isDue(nowNanos) || !looking.tryLock()) {
      return Optional.empty();
    }
    try {
      if (!isDue(nowNanos)) {
        return Optional.empty(); // another thread has just looked
      }
      windowRuns += runs.getAndSet(0);
      lastLook = nowNanos;
      if (windowRuns < Math.min(WINDOW_RUNS, runsBefore)) {
        return Optional.empty();
      }
      estimates.update();
      Optional<PartitionPlan> better = runsBefore == 0 ? Optional.empty() : better();
      better.ifPresent(plan -> current = plan);
      seen.endWindow();
      runsBefore += windowRuns;
      windowRuns = 0;
      return better;
    } finally {
      looking.unlock();
    }
  }

  private Optional<PartitionPlan> better() {
    FunctionGraph older = estimates.graph(Observed.Window.OLDER);
    PartitionPlan candidate;
    try {
      candidate = partitioner.partition(older, workers, costs);
    } catch (PartitionException e) {
      return Optional.empty(); // with these sizes nothing fits; runs go on as they do
    }
    PartitionPlan now = current;
    if (candidate.workerOfNode().equals(now.workerOfNode())) {
      return Optional.empty();
    }
    int[] from = placement(now);
    int[] to = placement(candidate);
    return pays(older, from, to) && pays(estimates.graph(Observed.Window.NEWER), from, to)
        ? Optional.of(candidate.withVersion(now.version() + 1))
        : Optional.empty();
  }

  private int[] placement(PartitionPlan plan) {
    return plan.workerOfNode().stream().mapToInt(workerIndex::get).toArray();
  }

  private boolean pays(FunctionGraph estimated, int[] from, int[] to) {
    PlacementProblem problem = new PlacementProblem(estimated, workers, costs);
    Judgement judgement = new Judgement(problem);
    Judgement.Score now = judgement.score(from);
    Judgement.Score then = judgement.score(to);
    double least = options.minGain() * now.makespan();
    double shorter = now.makespan() - then.makespan();
    if (shorter > 0 && shorter >= least) {
      return true;
    }
    double transfer = transferSeconds(problem, now);
    double saved = transfer - transferSeconds(problem, then);
    return saved > 0
        && saved >= Math.max(least, options.minGain() * transfer)
        && then.makespan() <= (1 + LONGER) * now.makespan();
  }

  private static double transferSeconds(PlacementProblem problem, Judgement.Score score) {
    return problem.remote(score.bytes()) + problem.latency * score.messages();
  }
}
