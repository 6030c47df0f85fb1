package io.faasflow;

import io.faasflow.engine.EngineRun;
import io.faasflow.engine.Onlooker;
import io.faasflow.graph.CriticalPath;
import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.run.NodeState;
import io.faasflow.run.RunForecast;
import io.faasflow.run.RunStatus;
import io.faasflow.time.FlowClock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Says how far a run is and how long it may still take, by looking at it when somebody asks; the run
 * itself does nothing for it. Thread-safe.
 *
 * <p><b>Weights.</b> A task weighs what it is expected to take: by history, else as declared, else as much
 * as the others on average; a foreach as much as all its instances together take. Where nothing at all is
 * known, each task and instance weighs 1, and what that is in time shows in the run itself. Weights are
 * taken at the first look and stay, but for the number of instances, which is known when a foreach begins.
 *
 * <p><b>Share.</b> Each look finds how much was done since the one before, and how much is left, by what
 * is known now: what was missing from 1 shrinks by done / (done + left). With weights that stay that is
 * the done weight over all weight; when instances become known or branches are skipped, it goes on from
 * where it was, slower or faster.
 *
 * <p><b>Remaining time.</b> The critical path of what is left, at the pace at which the run has come
 * so far along the critical path of the whole. In the beginning the estimates themselves count for that
 * pace, with a weight of {@value #PRIOR} of what is left.
 */
final class RunForecaster {
  private static final double PRIOR = 0.1;

  /** A run that has not completed is not done, whatever its tasks look like. */
  private static final double MOST = 0.99;

  /** What is overdue is taken to need this part of the time that it has taken. */
  private static final double OVERDUE = 0.1;

  private static final double UNKNOWN = Double.NaN;
  private static final long NEVER = Long.MIN_VALUE;

  private final EngineRun run;
  private final FunctionGraph graph;
  private final FlowClock clock;
  private final boolean scaled; // whether weights are nanoseconds

  // By node.
  private final double[] nanos; // of a task, or of an instance of a foreach
  private final boolean[] asWhole; // whether that is the share of an instance in the whole time
  private final double[] chance;
  private final double[] weight; // of all of it
  private final double[] left; // in time, by what the run has shown of it
  private final double[] done; // never shrinks
  private final double[] come; // the same, but of a foreach that runs the time that it has taken
  private final long[] since; // when it was executing first, as far as we know
  private long began;
  private long lastLook;
  private boolean looked;
  private double toDo; // weight that is not done, at the last look
  private double share;

  RunForecaster(EngineRun run, FlowClock clock, @Nullable RuntimeHistory history) {
    this.run = run;
    this.graph = run.deployment().graph();
    this.clock = clock;
    int n = graph.nodes().size();
    nanos = new double[n];
    asWhole = new boolean[n];
    chance = new double[n];
    weight = new double[n];
    left = new double[n];
    done = new double[n];
    come = new double[n];
    since = new long[n];
    Arrays.fill(since, NEVER);
    for (Node node : graph.nodes()) {
      int id = node.id();
      nanos[id] = node.operation().isVirtual() ? 0 : expectedNanos(node, history);
      chance[id] = history == null ? 1 : history.chance(id).orElse(1);
    }
    double mean = Arrays.stream(nanos).filter(one -> one > 0).average().orElse(UNKNOWN);
    scaled = !Double.isNaN(mean);
    for (Node node : graph.nodes()) {
      int id = node.id();
      if (Double.isNaN(nanos[id])) {
        nanos[id] = scaled ? mean : 1;
      }
      weight[id] = node.operation() instanceof Operation.Loop loop
          ? ofForeach(id, loop, instances(id, loop, history))
          : nanos[id];
      left[id] = weight[id];
    }
  }

  private double expectedNanos(Node node, @Nullable RuntimeHistory history) {
    OptionalDouble seen = history == null ? OptionalDouble.empty() : history.nanos(node.id());
    asWhole[node.id()] = seen.isPresent();
    double declared = (double) node.runtime().toNanos();
    return seen.orElse(declared == 0 ? UNKNOWN : declared);
  }

  private static double instances(int node, Operation.Loop loop, @Nullable RuntimeHistory history) {
    return history == null
        ? loop.expectedInstances()
        : history.instances(node).orElse(loop.expectedInstances());
  }

  /** The weight of a foreach with so many instances. */
  private double ofForeach(int node, Operation.Loop loop, double instances) {
    // As many at a time as may be, where history does not tell how many can.
    double atATime = scaled && !asWhole[node] ? Math.min(instances, loop.concurrency()) : 1;
    return nanos[node] * instances / Math.max(1, atATime);
  }

  synchronized RunForecast forecast() {
    Optional<Duration> remaining = look();
    RunStatus status = run.status(); // when it has ended, workers may have forgotten what it did
    if (status.isTerminal()) {
      share = status == RunStatus.COMPLETED ? 1 : share;
      return new RunForecast(share, Optional.of(Duration.ZERO));
    }
    return new RunForecast(share, status == RunStatus.RUNNING ? remaining : Optional.empty());
  }

  private Optional<Duration> look() {
    if (run.status() != RunStatus.RUNNING) {
      return Optional.empty();
    }
    long now = clock.nanos();
    if (!looked) {
      began = now - 1_000_000 * Math.max(0, clock.millis() - run.begunMillis());
      lastLook = began;
      looked = true;
    }
    double before = Arrays.stream(done).sum();
    toDo = 0;
    double[] starts = starts();
    run.show((node, state, instancesDone, instances) ->
        see(node, state, instancesDone, instances, now, starts[node]));
    lastLook = now;
    if (run.status() != RunStatus.RUNNING) {
      return Optional.empty(); // what was seen may be of a run that its workers are forgetting
    }
    double more = Arrays.stream(done).sum() - before;
    if (more > 0) {
      share = Math.max(share, Math.min(MOST, share + (1 - share) * more / (more + toDo)));
    }
    return remaining(now);
  }

  /** When each node begins, after the last look and by what was left then. */
  private double[] starts() {
    double[] starts = new double[weight.length];
    for (Node node : graph.nodes()) { // each after its predecessors
      for (Edge edge : graph.outgoing(node)) {
        int to = edge.to().id();
        starts[to] = Math.max(starts[to], starts[node.id()] + left[node.id()]);
      }
    }
    return starts;
  }

  private void see(
      int node, NodeState state, int instancesDone, int instances, long now, double start) {
    if (instances != Onlooker.UNKNOWN) {
      Operation.Loop loop = (Operation.Loop) graph.nodes().get(node).operation();
      weight[node] = ofForeach(node, loop, instances);
    }
    switch (state) {
      case WAITING -> {
        left[node] = chance[node] * weight[node];
        toDo += left[node];
      }
      case READY -> {
        left[node] = weight[node];
        toDo += left[node];
      }
      case EXECUTING -> {
        if (since[node] == NEVER) {
          long expected = scaled ? lastLook + (long) start : now;
          since[node] = Math.max(lastLook, Math.min(now, expected));
        }
        double elapsed = now - since[node];
        if (instances == Onlooker.UNKNOWN) {
          left[node] = leftOfTask(weight[node], elapsed);
          done(node, weight[node] - left[node]);
        } else {
          left[node] = leftOfForeach(node, instancesDone, instances, elapsed);
          done(node, weight[node] * instancesDone / instances);
          come[node] = scaled ? elapsed : done[node];
        }
        toDo += weight[node] - done[node];
      }
      case COMPLETED -> {
        left[node] = 0;
        done(node, weight[node]);
      }
      case FAILED, SKIPPED, CANCELLED -> left[node] = 0;
    }
  }

  private void done(int node, double now) {
    done[node] = Math.max(done[node], now);
    come[node] = done[node];
  }

  private double leftOfTask(double expected, double elapsed) {
    return scaled ? Math.max(expected - elapsed, OVERDUE * elapsed) : expected;
  }

  /** By the pace of its instances so far, for which the expected one counts as a tenth of them. */
  private double leftOfForeach(int node, int instancesDone, int instances, double elapsed) {
    int rest = instances - instancesDone;
    if (!scaled) {
      return rest;
    }
    if (instancesDone == 0) {
      return leftOfTask(weight[node], elapsed);
    }
    double prior = PRIOR * instances;
    return rest * (elapsed + PRIOR * weight[node]) / (instancesDone + prior);
  }

  private Optional<Duration> remaining(long now) {
    double rest = CriticalPath.of(graph, node -> left[node.id()], edge -> 0).length();
    double whole = CriticalPath.of(graph, node -> come[node.id()] + left[node.id()], edge -> 0)
        .length();
    double elapsed = now - began;
    double way = Math.max(0, whole - rest);
    double prior = scaled ? PRIOR * rest : 0;
    if (way + prior <= 0) {
      return rest > 0 ? Optional.empty() : Optional.of(Duration.ZERO);
    }
    return Optional.of(Duration.ofNanos((long) (rest * (elapsed + prior) / (way + prior))));
  }
}
