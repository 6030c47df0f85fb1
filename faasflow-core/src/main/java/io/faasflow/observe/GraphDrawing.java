package io.faasflow.observe;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.partition.PartitionPlan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Drawings of a function graph as text for Mermaid and for Graphviz (DOT). Stateless.
 *
 * <p>Tasks are boxes, switches are diamonds, other virtual nodes are small; a foreach is a box around
 * its body; what only carries data is dashed; edges show bytes where they are known. With a plan,
 * each node has the colour of its worker.
 */
public final class GraphDrawing {
  // Light fills on which black text reads; taken in turn.
  private static final List<String> COLOURS =
      List.of("#cfe8ff", "#ffe3c2", "#d8f3d2", "#f3d2ef", "#fff5b8", "#d9d9f7", "#ffd3d0");

  private final FunctionGraph graph;
  private final @Nullable PartitionPlan plan;
  private final StringBuilder out = new StringBuilder();

  private GraphDrawing(FunctionGraph graph, @Nullable PartitionPlan plan) {
    this.graph = graph;
    this.plan = plan;
  }

  /** The graph for Mermaid. */
  public static String mermaid(FunctionGraph graph) {
    return new GraphDrawing(graph, null).drawMermaid();
  }

  /** The graph for Mermaid, coloured by worker. */
  public static String mermaid(FunctionGraph graph, PartitionPlan plan) {
    return new GraphDrawing(graph, plan).drawMermaid();
  }

  /** The graph for Graphviz. */
  public static String dot(FunctionGraph graph) {
    return new GraphDrawing(graph, null).drawDot();
  }

  /** The graph for Graphviz, coloured by worker. */
  public static String dot(FunctionGraph graph, PartitionPlan plan) {
    return new GraphDrawing(graph, plan).drawDot();
  }

  private List<String> workers() {
    return plan == null ? List.of() : new ArrayList<>(plan.workers());
  }

  private static String id(String prefix, Node node) {
    return prefix + "n" + node.id();
  }

  /** What a node is called in a drawing. */
  static String label(Node node) {
    if (node.operation() instanceof Operation.Start) {
      return "start";
    }
    if (node.operation() instanceof Operation.End) {
      return "end";
    }
    if (node.name().startsWith("#")) {
      int number = node.name().lastIndexOf('-');
      return number > 0 ? node.name().substring(1, number) : node.name().substring(1);
    }
    return node.name();
  }

  private static String bytes(Edge edge) {
    long bytes = edge.bytes();
    if (bytes == 0) {
      return "";
    }
    if (bytes < 1_000) {
      return bytes + " B";
    }
    return bytes < 1_000_000
        ? Math.round(bytes / 1e2) / 1e1 + " KB"
        : Math.round(bytes / 1e5) / 1e1 + " MB";
  }

  // Mermaid.

  private String drawMermaid() {
    out.append("flowchart TD\n");
    mermaid(graph, "", "  ");
    List<String> workers = workers();
    for (int i = 0; i < workers.size(); i++) {
      String fill = COLOURS.get(i % COLOURS.size());
      out.append("  classDef w").append(i).append(" fill:").append(fill).append(",stroke:#555\n");
    }
    if (plan != null) {
      for (Node node : graph.nodes()) {
        int worker = workers.indexOf(plan.workerOf(node));
        out.append("  class ").append(id("", node)).append(" w").append(worker).append('\n');
      }
    }
    return out.toString();
  }

  private void mermaid(FunctionGraph part, String prefix, String indent) {
    for (Node node : part.nodes()) {
      String id = id(prefix, node);
      String text = '"' + mermaidText(label(node)) + '"';
      out.append(indent);
      if (node.operation() instanceof Operation.Loop loop) {
        out.append("subgraph ").append(id).append("[\"foreach ");
        out.append(mermaidText(label(node))).append("\"]\n");
        mermaid(loop.body(), id, indent + "  ");
        out.append(indent).append("end\n");
      } else if (node.operation() instanceof Operation.Choose) {
        out.append(id).append('{').append(text).append("}\n");
      } else if (node.name().startsWith("#")) {
        out.append(id).append("([").append(text).append("])\n");
      } else {
        out.append(id).append('[').append(text).append("]\n");
      }
    }
    for (Edge edge : part.edges()) {
      String size = bytes(edge);
      out.append(indent).append(id(prefix, edge.from()));
      out.append(edge.control() ? " -->" : " -.->");
      out.append(size.isEmpty() ? " " : "|\"" + size + "\"| ");
      out.append(id(prefix, edge.to())).append('\n');
    }
  }

  /** Names are anybody's text: what Mermaid or a page around it could take for markup is coded. */
  private static String mermaidText(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints().forEach(c -> {
      if (Character.isLetterOrDigit(c) || " _-.,:/()[]+".indexOf(c) >= 0) {
        safe.appendCodePoint(c);
      } else {
        safe.append('#').append(c).append(';');
      }
    });
    return safe.toString();
  }

  // Graphviz.

  private String drawDot() {
    out.append("digraph ").append(quoted(graph.name())).append(" {\n");
    out.append(
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=Helvetica];\n");
    out.append("  edge [fontname=Helvetica, fontsize=10];\n");
    dot(graph, "", "  ", null);
    return out.append("}\n").toString();
  }

  private void dot(FunctionGraph part, String prefix, String indent, @Nullable String inherited) {
    List<String> workers = workers();
    for (Node node : part.nodes()) {
      String colour = inherited;
      if (plan != null && inherited == null) {
        colour = COLOURS.get(workers.indexOf(plan.workerOf(node)) % COLOURS.size());
      }
      String id = id(prefix, node);
      if (node.operation() instanceof Operation.Loop loop) {
        out.append(indent).append("subgraph cluster_").append(id).append(" {\n");
        out.append(indent).append("  label=").append(quoted("foreach " + label(node)));
        out.append("; style=\"rounded\";\n");
        dot(loop.body(), id, indent + "  ", colour);
        out.append(indent).append("}\n");
        continue;
      }
      out.append(indent).append(id).append(" [label=").append(quoted(label(node)));
      if (node.operation() instanceof Operation.Choose) {
        out.append(", shape=diamond");
      } else if (node.name().startsWith("#")) {
        out.append(", shape=ellipse, fontsize=10");
      }
      if (colour != null) {
        out.append(", fillcolor=\"").append(colour).append('"');
      }
      out.append("];\n");
    }
    for (Edge edge : part.edges()) {
      out.append(indent).append(dotEnd(prefix, edge.from(), false));
      out.append(" -> ").append(dotEnd(prefix, edge.to(), true)).append(" [");
      String separator = "";
      if (!edge.control()) {
        out.append("style=dashed");
        separator = ", ";
      }
      if (!bytes(edge).isEmpty()) {
        out.append(separator).append("label=").append(quoted(bytes(edge)));
      }
      out.append("];\n");
    }
  }

  /** Graphviz has no edges to clusters: an edge to a foreach goes to the start or from the end. */
  private static String dotEnd(String prefix, Node node, boolean entering) {
    String id = id(prefix, node);
    Node at = node;
    while (at.operation() instanceof Operation.Loop loop) {
      at = entering ? loop.body().start() : loop.body().end();
      id = id(id, at);
    }
    return id;
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
