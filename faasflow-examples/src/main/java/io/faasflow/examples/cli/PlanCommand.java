package io.faasflow.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.Partitioner;
import io.faasflow.partition.PlanExplanation;
import io.faasflow.partition.WorkerSpec;
import io.faasflow.workflow.Workflow;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
        "Shows which worker would run which function, what that costs, and why data goes from one"
            + " worker to another. Functions that run nothing, such as VIRTUAL ones, have a worker too.",
    footer = {
      "  faasflow plan workflow.yaml --workers 3",
      "  faasflow plan workflow.yaml --workers 7 --slots 15 --partitioner hash --json"
    })
final class PlanCommand implements Callable<Integer> {
  private static final int FINGERPRINT_LENGTH = 12;
  private static final int MOST_EDGES = 30;
  private static final double NANOS_A_SECOND = 1e9;

  @Mixin
  private final PlaceOptions workers = new PlaceOptions();

  @Parameters(
      paramLabel = "NAME|FILE",
      description = "A built-in workflow (see: faasflow list) or a YAML file.")
  private String target = "";

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final Terminal terminal;

  PlanCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    int limit = workers.slots();
    int count = workers.count();
    Partitioner partitioner = workers.partitioner();
    Workflow<?, ?> workflow = Target.find(target, terminal.folder()).workflow();
    FunctionGraph graph = FunctionGraph.of(workflow);
    PartitionPlan plan = partitioner.partition(graph, WorkerSpec.workers(count, limit));
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
    PlanExplanation explanation = plan.explanation();
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("workflow", workflow.name());
    content.put("version", workflow.version());
    content.put("fingerprint", workflow.fingerprint());
    content.put("partitioner", partitioner.name());
    content.put("workers", workers.count());
    content.put("workersUsed", plan.workers().size());
    content.put("assignment", plan.assignment(graph));
    content.put("planVersion", plan.version());
    content.put("totalBytes", explanation.totalBytes());
    content.put("crossBytes", explanation.crossBytes());
    content.put("crossBytesLowerBound", explanation.crossBytesLowerBound());
    content.put("makespanSeconds", explanation.makespanSeconds());
    content.put("makespanLowerBoundSeconds", explanation.makespanLowerBoundSeconds());
    content.put("criticalPath", explanation.criticalPath());
    content.put("messages", explanation.messages());
    content.put("groups", explanation.groups());
    content.put("cutEdges", explanation.cutEdges());
    terminal
        .out()
        .println(new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(content));
  }

  private void printTable(
      Workflow<?, ?> workflow, Partitioner partitioner, PartitionPlan plan, FunctionGraph graph) {
    PrintWriter out = terminal.out();
    PlanExplanation explanation = plan.explanation();
    int limit = workers.slots();
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
                + (limit == WorkerSpec.UNLIMITED_SLOTS
                    ? ""
                    : ", with " + Quantity.count(limit, "slot") + " each"))
        .row("between workers", crossing(explanation))
        .row(
            "makespan",
            exact(explanation.makespanSeconds())
                + ", no plan below "
                + exact(explanation.makespanLowerBoundSeconds()))
        .row(
            "longest way",
            exact(explanation.criticalPath().seconds())
                + ": "
                + way(explanation.criticalPath().nodes()))
        .print(out);
    out.println();
    Table load =
        new Table("lrrrrr").row("worker", "functions", "slots", "memory", "data", "CPU time");
    for (PlanExplanation.Group group : explanation.groups()) {
      load.row(
          group.worker(),
          Quantity.count(group.functions().size()),
          Quantity.count(group.slots()),
          Quantity.bytes(group.memoryBytes()),
          Quantity.bytes(group.localBytes()),
          Quantity.text(seconds(group.workSeconds())));
    }
    load.print(out);
    out.println();
    Table table = new Table("llr").row("function", "worker", "slots");
    Map<String, Node> nodes = graph.nodeByTask();
    plan.assignment(graph)
        .forEach((function, worker) -> table.row(function, worker, slots(nodes.get(function))));
    table.print(out);
    printCutEdges(explanation, out);
  }

  private static void printCutEdges(PlanExplanation explanation, PrintWriter out) {
    if (explanation.cutEdges().isEmpty()) {
      return;
    }
    out.println();
    Table table = new Table("lrl").row("edge between workers", "bytes", "why");
    explanation.cutEdges().stream()
        .limit(MOST_EDGES)
        .forEach(cut ->
            table.row(cut.from() + " -> " + cut.to(), Quantity.count(cut.bytes()), cut.reason()));
    table.print(out);
    if (explanation.messages() > MOST_EDGES) {
      out.println("and "
          + Quantity.count(explanation.messages() - MOST_EDGES)
          + " more with no more bytes; --json shows them");
    }
  }

  private static String crossing(PlanExplanation explanation) {
    return Quantity.count(explanation.crossBytes())
        + " of "
        + Quantity.count(explanation.totalBytes(), "byte")
        + ", no plan below "
        + Quantity.count(explanation.crossBytesLowerBound())
        + "; "
        + Quantity.count(explanation.messages(), "message");
  }

  /** The functions of a way: virtual nodes say little. */
  private static String way(List<String> nodes) {
    List<String> functions =
        nodes.stream().filter(node -> !node.startsWith("#")).toList();
    return functions.isEmpty() ? "nothing" : String.join(" -> ", functions);
  }

  /** To a tenth of a millisecond, since plans differ by messages. */
  private static String exact(double seconds) {
    return String.format(Locale.ROOT, "%.4f s", seconds);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos(Math.round(seconds * NANOS_A_SECOND));
  }

  private static String slots(@Nullable Node node) {
    return node == null ? "" : Integer.toString(node.resources().slots());
  }
}
