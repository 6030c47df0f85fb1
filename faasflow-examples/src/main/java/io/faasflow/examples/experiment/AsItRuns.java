package io.faasflow.examples.experiment;

import io.faasflow.examples.generated.Scale;
import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.partition.CostModel;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import java.time.Duration;
import java.util.List;

/**
 * A partitioner that plans what an experiment really runs: with scaled runtimes and sizes, and with
 * the latency, bandwidth and CPUs of the experiment. A plan for functions of seconds would care
 * nothing about messages, which cost as much as a function of some milliseconds does. Immutable.
 *
 * @param planner what makes the plan
 * @param conditions what it is made for
 */
record AsItRuns(Partitioner planner, Conditions conditions) implements Partitioner {
  private static final double NANOS_A_SECOND = 1e9;

  @Override
  public String name() {
    return planner.name();
  }

  @Override
  public PartitionPlan partition(FunctionGraph graph, List<WorkerSpec> workers, CostModel costs) {
    Scale scale = conditions.scale();
    FunctionGraph scaled = graph.withEstimates(
        node -> scaled(node.runtime(), scale.runtime()),
        (Node node) -> scale.bytesFor(node.outputBytes()),
        (Edge edge) -> scale.bytesFor(edge.bytes()));
    return planner.partition(
        scaled,
        workers,
        costs
            .withMessageLatency(conditions.latency())
            .withNetworkBytesPerSecond(conditions.bytesPerSecond())
            .withAssumedCpus(conditions.cpus()));
  }

  private static Duration scaled(Duration declared, double factor) {
    double seconds = (declared.getSeconds() + declared.getNano() / NANOS_A_SECOND) * factor;
    return Duration.ofNanos((long) Math.min(Long.MAX_VALUE, seconds * NANOS_A_SECOND));
  }
}
