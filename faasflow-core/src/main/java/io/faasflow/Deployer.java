package io.faasflow;

import io.faasflow.engine.Containers;
import io.faasflow.engine.Deployment;
import io.faasflow.engine.SchedulePattern;
import io.faasflow.engine.WorkerEngine;
import io.faasflow.function.FunctionInterceptor;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.RunListener;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.PlanFeedback;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brings plans to the engines of a runtime, each under an id of its own. Thread-safe. */
final class Deployer {
  private final Map<String, WorkerEngine> engines;
  private final SchedulePattern pattern;
  private final FunctionRegistry functions;
  private final @Nullable FunctionInterceptor interceptor; // null: functions are called as they are
  private final Containers containers;
  private final @Nullable RunListener listener; // null: nobody listens
  private final AtomicLong count = new AtomicLong();

  /**
   * @param engines by worker; they are all there when the first plan comes
   */
  Deployer(
      Map<String, WorkerEngine> engines,
      SchedulePattern pattern,
      FunctionRegistry functions,
      @Nullable FunctionInterceptor interceptor,
      Containers containers,
      @Nullable RunListener listener) {
    this.engines = engines;
    this.pattern = pattern;
    this.functions = functions;
    this.interceptor = interceptor;
    this.containers = containers;
    this.listener = listener;
  }

  /**
   * Deploys a plan.
   *
   * @param prefix what the ids of all deployments of the workflow begin with
   * @param workflow its name
   * @param learning is told what happens in runs of this plan; null: there is none
   * @param history likewise
   * @throws io.faasflow.run.UnboundFunctionsException when the registry lacks functions
   */
  Deployment deploy(
      String prefix,
      String workflow,
      FunctionGraph graph,
      PartitionPlan plan,
      @Nullable PlanFeedback learning,
      @Nullable RuntimeHistory history) {
    String id = prefix + "#" + count.incrementAndGet();
    RunListener learner = learning == null ? null : new FeedbackListener(learning, graph, plan);
    RunListener told = learner == null && history == null
        ? listener
        : new IsolatedListeners(
            Stream.of(learner, history, listener).filter(Objects::nonNull).toList());
    return WorkerEngine.deploy(
        id, workflow, graph, plan, pattern, functions, interceptor, containers, told, engines);
  }

  /** Deploys a better plan next to the one that runs followed so far. */
  Deployment deployNext(
      Deployment before,
      PartitionPlan plan,
      PlanFeedback learning,
      @Nullable RuntimeHistory history) {
    String prefix = before.id().substring(0, before.id().lastIndexOf('#'));
    return deploy(prefix, before.workflow(), before.graph(), plan, learning, history);
  }

  /** Lets all engines forget a deployment that no run follows any more. */
  void undeploy(String id) {
    engines.values().forEach(engine -> engine.undeploy(id));
  }
}
