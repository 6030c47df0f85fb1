package io.faasflow.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.workflow.Workflow;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code faasflow plan}. */
@Command(
    name = "plan",
    description =
        "Shows which worker would run which function. Functions that run nothing, such as VIRTUAL"
            + " ones, have a worker too.",
    footer = {
      "  faasflow plan workflow.yaml --workers 3",
      "  faasflow plan workflow.yaml --workers 7 --slots 15 --partitioner hash --json"
    })
final class PlanCommand implements Callable<Integer> {
  private static final int FINGERPRINT_LENGTH = 12;

  @Mixin
  private final WorkerOptions workers = new WorkerOptions();

  @Parameters(
      paramLabel = "NAME|FILE",
      description = "A built-in workflow (see: faasflow list) or a YAML file.")
  private String target = "";

  @Option(
      names = "--slots",
      paramLabel = "S",
      description = "Container slots of each worker, which 'scale' counts (default: no limit).")
  private @Nullable Integer slots;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final Terminal terminal;

  PlanCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    Integer limit = slots;
    if (limit != null && limit < 0) {
      throw new UsageException("--slots must be 0 or more, was " + limit);
    }
    int count = workers.count();
    Partitioner partitioner = workers.partitioner();
    Workflow<?, ?> workflow = Target.find(target, terminal.folder()).workflow();
    FunctionGraph graph = FunctionGraph.of(workflow);
    PartitionPlan plan = partitioner.partition(
        graph, WorkerSpec.workers(count, limit == null ? WorkerSpec.UNLIMITED_SLOTS : limit));
    if (json) {
      printJson(workflow, partitioner, plan, graph);
    } else {
      printTable(workflow, partitioner, plan, graph);
    }
    return ExitCode.FINE;
  }

  private void printJson(
      Workflow<?, ?> workflow, Partitioner partitioner, PartitionPlan plan, FunctionGraph graph)
      throws JsonProcessingException {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("workflow", workflow.name());
    content.put("version", workflow.version());
    content.put("fingerprint", workflow.fingerprint());
    content.put("partitioner", partitioner.name());
    content.put("workers", workers.count());
    content.put("workersUsed", plan.workers().size());
    content.put("assignment", plan.assignment(graph));
    terminal
        .out()
        .println(new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(content));
  }

  private void printTable(
      Workflow<?, ?> workflow, Partitioner partitioner, PartitionPlan plan, FunctionGraph graph) {
    Integer limit = slots;
    new Table("ll")
        .row("workflow", workflow.name() + ", version " + workflow.version())
        .row("fingerprint", workflow.fingerprint().substring(0, FINGERPRINT_LENGTH) + "...")
        .row("partitioner", partitioner.name())
        .row(
            "workers",
            plan.workers().size()
                + " of "
                + workers.count()
                + " used"
                + (limit == null ? "" : ", with " + Quantity.count(limit, "slot") + " each"))
        .print(terminal.out());
    terminal.out().println();
    Table table = new Table("llr").row("function", "worker", "slots");
    Map<String, Node> nodes = graph.nodeByTask();
    plan.assignment(graph)
        .forEach((function, worker) -> table.row(function, worker, slots(nodes.get(function))));
    table.print(terminal.out());
  }

  private static String slots(@Nullable Node node) {
    return node == null ? "" : Integer.toString(node.resources().slots());
  }
}
