package io.faasflow.observe;

import io.faasflow.graph.Edge;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.observe.RunTimeline.Entry;
import io.faasflow.observe.RunTimeline.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A function graph and what became of its tasks: a drawing in layers as SVG, or the layers as a list
 * where the graph is too big for a drawing to help. The layer of a node is the length of the longest
 * path that leads to it. Used once.
 */
final class GraphChart {
  /** A graph with more nodes, those of foreach bodies included, is a list. */
  static final int MOST_DRAWN = 120;

  private static final int MOST_WIDTH = 3_000;
  private static final int MOST_LISTED = 60;
  private static final int LABEL_LENGTH = 26;
  private static final double CHARACTER = 7;
  private static final double BOX_HEIGHT = 28;
  private static final double SMALL = 12;
  private static final double GAP_ACROSS = 20;
  private static final double GAP_DOWN = 34;
  private static final double PADDING = 12;
  private static final double HEADER = 18;

  /** A node in its place, relative to the graph that it belongs to. */
  private static final class Box {
    private final Node node;
    private final @Nullable Layout body;
    private final double width;
    private final double height;
    private double x;
    private double y;

    Box(Node node) {
      this.node = node;
      if (node.operation() instanceof Operation.Loop loop) {
        body = new Layout(loop.body());
        width = Math.max(body.width + 2 * PADDING, widthOf(loopLabel(node)));
        height = body.height + 2 * PADDING + HEADER;
      } else {
        body = null;
        boolean isSmall = isSmall(node);
        width = isSmall ? SMALL : widthOf(Markup.cut(GraphDrawing.label(node), LABEL_LENGTH));
        height = isSmall ? SMALL : BOX_HEIGHT;
      }
    }

    double middle() {
      return x + width / 2;
    }
  }

  /** Where the nodes of a graph are. */
  private static final class Layout {
    private final FunctionGraph graph;
    private final List<Box> boxes = new ArrayList<>();
    private double width;
    private double height;

    Layout(FunctionGraph graph) {
      this.graph = graph;
      graph.nodes().forEach(node -> boxes.add(new Box(node)));
      List<List<Node>> layers = layers(graph);
      for (List<Node> layer : layers) {
        double across = -GAP_ACROSS;
        for (Node node : layer) {
          across += boxes.get(node.id()).width + GAP_ACROSS;
        }
        width = Math.max(width, across);
      }
      for (List<Node> layer : layers) {
        place(layer);
      }
      height -= GAP_DOWN;
    }

    private void place(List<Node> layer) {
      // Nodes stand in the order of what leads to them, so that few edges cross.
      Map<Node, Double> wanted = new HashMap<>();
      for (Node node : layer) {
        wanted.put(
            node,
            graph.incoming(node).stream()
                .mapToDouble(edge -> boxes.get(edge.from().id()).middle())
                .average()
                .orElse(0));
      }
      List<Node> sorted = new ArrayList<>(layer);
      sorted.sort(Comparator.comparing(node -> wanted.getOrDefault(node, 0.0)));
      double across = -GAP_ACROSS;
      double tallest = 0;
      for (Node node : sorted) {
        Box box = boxes.get(node.id());
        across += box.width + GAP_ACROSS;
        tallest = Math.max(tallest, box.height);
      }
      double x = (width - across) / 2;
      for (Node node : sorted) {
        Box box = boxes.get(node.id());
        box.x = x;
        box.y = height + (tallest - box.height) / 2;
        x += box.width + GAP_ACROSS;
      }
      height += tallest + GAP_DOWN;
    }
  }

  private final Map<String, State> states = new HashMap<>();
  private final StringBuilder out = new StringBuilder();

  private GraphChart(RunTimeline timeline) {
    for (Entry entry : timeline.entries()) {
      // The last attempt decides; of several instances, one that failed.
      states.merge(entry.site().task(), entry.state(), (one, other) -> worse(entry, one, other));
    }
  }

  private static State worse(Entry entry, State before, State now) {
    if (entry.attempt() > 1
        && entry.site().instance().isEmpty()
        && now.isCompensation() == before.isCompensation()) {
      return now;
    }
    return rank(now) > rank(before) ? now : before;
  }

  private static int rank(State state) {
    return switch (state) {
      case SKIPPED -> 0;
      case COMPLETED -> 1;
      case TIMED_OUT -> 2;
      case FAILED -> 3;
      case UNDONE -> 4;
      case NOT_UNDONE -> 5;
    };
  }

  static String html(FunctionGraph graph, RunTimeline timeline) {
    return new GraphChart(timeline).draw(graph);
  }

  /** The nodes by the length of the longest path to them. */
  static List<List<Node>> layers(FunctionGraph graph) {
    int[] layerOf = new int[graph.nodes().size()];
    List<List<Node>> layers = new ArrayList<>();
    for (Node node : graph.nodes()) { // in a topological order
      for (Edge edge : graph.incoming(node)) {
        layerOf[node.id()] = Math.max(layerOf[node.id()], layerOf[edge.from().id()] + 1);
      }
      while (layers.size() <= layerOf[node.id()]) {
        layers.add(new ArrayList<>());
      }
      layers.get(layerOf[node.id()]).add(node);
    }
    return layers;
  }

  private static int size(FunctionGraph graph) {
    int size = graph.nodes().size();
    for (Node node : graph.nodes()) {
      if (node.operation() instanceof Operation.Loop loop) {
        size += size(loop.body());
      }
    }
    return size;
  }

  private static boolean isSmall(Node node) {
    return node.operation() instanceof Operation.Start
        || node.operation() instanceof Operation.End
        || node.operation() instanceof Operation.Join
        || node.operation() instanceof Operation.Merge;
  }

  private static double widthOf(String label) {
    return Math.max(label.length() * CHARACTER + 20, 48);
  }

  private static String loopLabel(Node node) {
    String label = GraphDrawing.label(node);
    return label.equals("foreach") ? "for each" : Markup.cut("for each: " + label, LABEL_LENGTH);
  }

  private String draw(FunctionGraph graph) {
    if (size(graph) <= MOST_DRAWN) {
      Layout layout = new Layout(graph);
      if (layout.width <= MOST_WIDTH) {
        return draw(layout);
      }
    }
    return list(graph);
  }

  private String draw(Layout layout) {
    double width = layout.width + 2;
    double height = layout.height + 2;
    out.append("<div class=\"scroll\"><svg class=\"graph\" role=\"img\" aria-label=\"The function")
        .append(" graph\" width=\"")
        .append(Markup.number(width))
        .append("\" height=\"")
        .append(Markup.number(height))
        .append("\">\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\"")
        .append(" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">")
        .append("<path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n");
    draw(layout, 1, 1);
    return out.append("</svg></div>\n").toString();
  }

  private void draw(Layout layout, double left, double top) {
    for (Edge edge : layout.graph.edges()) {
      Box from = layout.boxes.get(edge.from().id());
      Box to = layout.boxes.get(edge.to().id());
      double startY = top + from.y + from.height;
      double endY = top + to.y;
      double bend = Math.max((endY - startY) / 2, 12);
      out.append("<path class=\"").append(edge.control() ? "edge" : "edge data").append("\" d=\"M");
      point(left + from.middle(), startY);
      out.append('C');
      point(left + from.middle(), startY + bend);
      out.append(' ');
      point(left + to.middle(), endY - bend);
      out.append(' ');
      point(left + to.middle(), endY);
      out.append("\" marker-end=\"url(#tip)\"/>\n");
    }
    layout.boxes.forEach(box -> draw(box, left + box.x, top + box.y));
  }

  private void point(double x, double y) {
    out.append(Markup.number(x)).append(' ').append(Markup.number(y));
  }

  private void draw(Box box, double x, double y) {
    String label = GraphDrawing.label(box.node);
    Layout body = box.body;
    out.append("<g><title>").append(Markup.escape(label + state(box.node))).append("</title>");
    if (body != null) {
      rectangle(box, x, y, "loop");
      text(x + PADDING, y + HEADER - 3, "start", loopLabel(box.node));
      out.append("</g>\n");
      draw(body, x + (box.width - body.width) / 2, y + PADDING + HEADER);
      return;
    }
    if (isSmall(box.node)) {
      out.append("<circle class=\"dot\" cx=\"").append(Markup.number(x + SMALL / 2));
      out.append("\" cy=\"").append(Markup.number(y + SMALL / 2));
      out.append("\" r=\"").append(Markup.number(SMALL / 2)).append("\"/>");
    } else {
      rectangle(box, x, y, kind(box.node));
      text(x + box.width / 2, y + BOX_HEIGHT / 2 + 4, "middle", Markup.cut(label, LABEL_LENGTH));
    }
    out.append("</g>\n");
  }

  private void rectangle(Box box, double x, double y, String kind) {
    out.append("<rect class=\"node ").append(kind).append("\" x=\"").append(Markup.number(x));
    out.append("\" y=\"").append(Markup.number(y));
    out.append("\" width=\"").append(Markup.number(box.width));
    out.append("\" height=\"").append(Markup.number(box.height));
    out.append("\" rx=\"").append(kind.equals("choose") ? 14 : 5).append("\"/>");
  }

  private void text(double x, double y, String anchor, String text) {
    out.append("<text x=\"").append(Markup.number(x));
    out.append("\" y=\"").append(Markup.number(y));
    out.append("\" text-anchor=\"").append(anchor).append("\">");
    out.append(Markup.escape(text)).append("</text>");
  }

  private String kind(Node node) {
    if (node.operation() instanceof Operation.Choose) {
      return "choose";
    }
    State state = states.get(node.name());
    return state == null ? "none" : Markup.cssClass(state);
  }

  private String state(Node node) {
    if (!(node.operation() instanceof Operation.Run)) {
      return "";
    }
    State state = states.get(node.name());
    return ": " + (state == null ? "nothing is known of it" : Markup.words(state));
  }

  private String list(FunctionGraph graph) {
    out.append("<p class=\"note\">Too big for a drawing: its layers. What is in a layer waits for")
        .append(" layers before it only.</p>\n<ol class=\"layers\">\n");
    for (List<Node> layer : layers(graph)) {
      List<String> tasks = new ArrayList<>();
      layer.forEach(node -> tasks.addAll(FunctionGraph.tasksOf(node)));
      if (tasks.isEmpty()) {
        continue; // virtual nodes
      }
      out.append("<li>");
      for (String task : tasks.subList(0, Math.min(tasks.size(), MOST_LISTED))) {
        State state = states.get(task);
        out.append("<span class=\"chip ");
        out.append(state == null ? "none" : Markup.cssClass(state)).append("\">");
        out.append(Markup.escape(Markup.cut(task, LABEL_LENGTH))).append("</span> ");
      }
      if (tasks.size() > MOST_LISTED) {
        out.append("and ").append(tasks.size() - MOST_LISTED).append(" more");
      }
      out.append("</li>\n");
    }
    return out.append("</ol>\n").toString();
  }
}
