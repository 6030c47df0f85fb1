package io.faasflow.examples.cli;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.GraphDrawing;
import io.faasflow.partition.PartitionPlan;
import io.faasflow.partition.WorkerSpec;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code faasflow draw}. */
@Command(
    name = "draw",
    description =
        "Draws the graph that a workflow is compiled to, as text for Mermaid (which Markdown"
            + " viewers show) or for Graphviz. With --workers or --partitioner, each node has the colour"
            + " of its worker.",
    footer = {
      "  faasflow draw word-count",
      "  faasflow draw workflow.yaml --workers 3 --partitioner greedy",
      "  faasflow draw workflow.yaml --format dot | dot -Tsvg > workflow.svg"
    })
final class DrawCommand implements Callable<Integer> {
  /** The languages of drawings, as users write them. */
  enum Format {
    mermaid,
    dot
  }

  @Parameters(
      paramLabel = "NAME|FILE",
      description = "A built-in workflow (see: faasflow list) or a YAML file.")
  private String target = "";

  @Mixin
  private final PlaceOptions workers = new PlaceOptions();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Format format = Format.mermaid;

  private final Terminal terminal;

  DrawCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    FunctionGraph graph =
        FunctionGraph.of(Target.find(target, terminal.folder()).workflow());
    terminal.out().println(drawing(graph).stripTrailing());
    return ExitCode.FINE;
  }

  private String drawing(FunctionGraph graph) {
    if (!workers.isGiven()) {
      return format == Format.dot ? GraphDrawing.dot(graph) : GraphDrawing.mermaid(graph);
    }
    PartitionPlan plan = workers
        .partitioner()
        .partition(graph, WorkerSpec.workers(workers.count(), workers.slots()));
    return format == Format.dot ? GraphDrawing.dot(graph, plan) : GraphDrawing.mermaid(graph, plan);
  }
}
