package io.faasflow;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.PlanFeedback;

/** Tells the feedback of a workflow what was observed in runs that follow one plan. */
final class FeedbackListener implements RunListener {
  private final PlanFeedback feedback;
  private final FunctionGraph graph;
  private final PartitionPlan plan;

  FeedbackListener(PlanFeedback feedback, FunctionGraph graph, PartitionPlan plan) {
    this.feedback = feedback;
    this.graph = graph;
    this.plan = plan;
  }

  @Override
  public void on(RunEvent event) {
    if (event instanceof RunEvent.Attempted attempt) {
      // What runs in a foreach is counted by instance, and its outputs all together.
      if (attempt.outcome() == RunEvent.Outcome.COMPLETED
          && attempt.site().instance().isEmpty()) {
        feedback.ran(attempt.site().node(), attempt.nanos() - attempt.startNanos());
        gave(attempt.site().node(), attempt.outputBytes());
      }
    } else if (event instanceof RunEvent.InstanceEnded instance) {
      if (instance.site().instance().size() == 1) {
        feedback.ran(instance.site().node(), instance.nanos() - instance.startNanos());
      }
    } else if (event instanceof RunEvent.ForeachEnded foreach) {
      if (foreach.site().instance().isEmpty()) {
        gave(foreach.site().node(), foreach.outputBytes());
      }
    } else if (event instanceof RunEvent.Fetched fetched && fetched.bytes() >= 0) {
      fetched(fetched);
    }
  }

  private void gave(int node, long bytes) {
    if (bytes >= 0) {
      feedback.gave(node, bytes);
    }
  }

  /** One worker fetches a value once, for all its readers there. */
  private void fetched(RunEvent.Fetched fetched) {
    Node from = graph.nodes().get(fetched.site().node());
    for (Edge edge : graph.outgoing(from)) {
      if (plan.workerOf(edge.to()).equals(fetched.site().worker())) {
        feedback.transferred(
            from.id(), edge.to().id(), fetched.bytes(), fetched.nanos() - fetched.startNanos());
      }
    }
  }
}
