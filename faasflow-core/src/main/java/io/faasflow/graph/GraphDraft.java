package io.faasflow.graph;

import io.faasflow.function.Resources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A graph in the making: nodes, and what runs along the edges between them. Confined to one thread. */
final class GraphDraft {
  /** A node in the making. */
  static final class Draft {
    final int id;
    final String name;
    final Resources resources;
    final Duration runtime;
    long outputBytes;
    Map<String, Long> namedBytes = Map.of();

    @Nullable
    Operation operation;

    private Draft(int id, String name, Resources resources, Duration runtime) {
      this.id = id;
      this.name = name;
      this.resources = resources;
      this.runtime = runtime;
    }
  }

  /** An edge in the making: parts of it come from control, from flow and from reads. */
  private static final class Link {
    boolean control;
    boolean always;
    long bytes;
    boolean countedWhole;
    // Most edges have neither, and there may be millions of edges.
    @Nullable
    Set<Integer> choices;

    @Nullable
    Set<String> countedParts;

    void count(@Nullable String part, long whole, @Nullable Long partial) {
      if (countedWhole) {
        return; // what a node reads twice crosses once
      }
      if (part == null || partial == null) {
        countedWhole = true;
        bytes = whole;
        return;
      }
      countedParts = countedParts == null ? new HashSet<>() : countedParts;
      if (countedParts.add(part)) {
        bytes = sum(bytes, partial);
      }
    }

    boolean carriesData() {
      return countedWhole || countedParts != null;
    }

    List<Integer> sortedChoices() {
      return always || choices == null ? List.of() : choices.stream().sorted().toList();
    }
  }

  private final String name;
  private final List<Draft> nodes = new ArrayList<>(); // by id
  private final Map<Integer, Map<Integer, Link>> links = new LinkedHashMap<>(); // by target

  GraphDraft(String name) {
    this.name = name;
  }

  /** The id of the node that is added next. */
  int nextId() {
    return nodes.size();
  }

  Draft node(int id) {
    return nodes.get(id);
  }

  /** Adds a node. */
  Draft add(String label, Resources resources, Duration runtime) {
    Draft draft = new Draft(nodes.size(), label, resources, runtime);
    nodes.add(draft);
    return draft;
  }

  /** Adds a node that takes nothing of a worker. */
  Draft addVirtual(String label) {
    return add(label, Resources.NONE, Duration.ZERO);
  }

  /** Puts a node in the place of another. Its edges stay. */
  Draft replace(int id, String label, Resources resources, Duration runtime) {
    Draft draft = new Draft(id, label, resources, runtime);
    nodes.set(id, draft);
    return draft;
  }

  /** One node comes after another, whatever that decides. */
  void follow(int from, int to) {
    Link link = link(from, to);
    link.control = true;
    link.always = true;
  }

  /** One node comes after another if that decides for a choice. */
  void follow(int from, int to, int choice) {
    Link link = link(from, to);
    link.control = true;
    link.choices = link.choices == null ? new HashSet<>() : link.choices;
    link.choices.add(choice);
  }

  /**
   * One node reads what another gives.
   *
   * @param part the name of what it reads of it; null: all
   */
  void read(int from, int to, @Nullable String part) {
    Draft source = nodes.get(from);
    link(from, to)
        .count(part, source.outputBytes, part == null ? null : source.namedBytes.get(part));
  }

  private Link link(int from, int to) {
    return links
        .computeIfAbsent(to, any -> new LinkedHashMap<>(2))
        .computeIfAbsent(from, any -> new Link());
  }

  FunctionGraph build() {
    List<Node> made = new ArrayList<>(nodes.size());
    for (Draft draft : nodes) {
      made.add(new Node(
          draft.id,
          draft.name,
          Objects.requireNonNull(draft.operation),
          draft.runtime,
          draft.resources,
          draft.outputBytes));
    }
    List<Edge> edges = new ArrayList<>();
    links.forEach((to, sources) -> sources.forEach((from, link) -> edges.add(new Edge(
        made.get(from),
        made.get(to),
        link.control,
        link.carriesData(),
        link.sortedChoices(),
        link.bytes))));
    return new FunctionGraph(name, made, edges);
  }

  /** The sum of two sizes, which are 0 or more; the largest number if it does not fit. */
  static long sum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
