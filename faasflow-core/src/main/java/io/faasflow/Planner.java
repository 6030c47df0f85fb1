package io.faasflow;

import io.faasflow.engine.Deployment;
import io.faasflow.function.Resources;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.partition.CostModel;
import io.faasflow.partition.FeedbackOptions;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.PlanFeedback;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.time.FlowClock;
import io.faasflow.workflow.Workflow;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which plan the runs of each workflow follow: one that is made from what the workflow
 * declares, then better ones, as runs teach them. Thread-safe.
 */
final class Planner {
  private static final Logger LOG = LoggerFactory.getLogger(FaasFlow.class); // which hosts know

  private final Partitioner partitioner;
  private final List<WorkerSpec> workers;
  private final Resources capacity; // of each worker
  private final @Nullable FeedbackOptions feedback; // null: plans stay as they are
  private final boolean remembersRuntimes;
  private final Deployer deployer;
  private final FlowClock clock;
  private final Executor threads;
  private final DeploymentCache deployments = new DeploymentCache();

  /**
   * @param threads what better plans are made on
   */
  Planner(
      Partitioner partitioner,
      List<WorkerSpec> workers,
      Resources capacity,
      @Nullable FeedbackOptions feedback,
      boolean remembersRuntimes,
      Deployer deployer,
      FlowClock clock,
      Executor threads) {
    this.partitioner = partitioner;
    this.workers = workers;
    this.capacity = capacity;
    this.feedback = feedback;
    this.remembersRuntimes = remembersRuntimes;
    this.deployer = deployer;
    this.clock = clock;
    this.threads = threads;
  }

  /**
   * What runs of a workflow follow; planned and deployed by the first call.
   *
   * @throws io.faasflow.run.UnboundFunctionsException when the registry lacks functions
   * @throws io.faasflow.partition.PartitionException when the workers lack room
   */
  PlannedWorkflow planned(Workflow<?, ?> workflow) {
    return deployments.get(workflow, this::firstPlan);
  }

  private PlannedWorkflow firstPlan(Workflow<?, ?> workflow) {
    FunctionGraph graph = FunctionGraph.of(workflow);
    Capacity.check(graph, capacity);
    CostModel costs = capacity.cpus() > 0
        ? CostModel.DEFAULT.withAssumedCpus(capacity.cpus())
        : CostModel.DEFAULT;
    PartitionPlan plan = partitioner.partition(graph, workers, costs);
    PlanFeedback learning = feedback == null
        ? null
        : new PlanFeedback(graph, workers, costs, partitioner, feedback, plan, clock.nanos());
    RuntimeHistory history = remembersRuntimes ? new RuntimeHistory(graph) : null;
    String name = workflow.name() + "@" + workflow.version();
    Deployment first = deployer.deploy(name, workflow.name(), graph, plan, learning, history);
    return new PlannedWorkflow(first, learning, history, deployer::undeploy);
  }

  /** A run has ended: looks for a better plan when that is due, on a thread of its own. */
  void runEnded(PlannedWorkflow planned) {
    PlanFeedback learning = planned.feedback().orElse(null);
    if (learning == null || !learning.runEnded(clock.nanos()) || !planned.beginPlanning()) {
      return;
    }
    try {
      threads.execute(() -> replan(planned, learning));
    } catch (RejectedExecutionException e) {
      planned.planned(); // the runtime is closed: there is nothing left to plan
    }
  }

  private void replan(PlannedWorkflow planned, PlanFeedback learning) {
    try {
      Optional<PartitionPlan> better = learning.replan(clock.nanos());
      if (better.isPresent()) {
        Deployment before = planned.current();
        planned.replace(deployer.deployNext(
            before, better.get(), learning, planned.history().orElse(null)));
        LOG.info(
            "Runs of '{}' follow plan {} from now on, by what was observed",
            before.workflow(),
            better.get().version());
      }
    } catch (RuntimeException | Error e) {
      LOG.error("No new plan was made for '{}'", planned.current().workflow(), e);
    } finally {
      planned.planned();
    }
  }
}
