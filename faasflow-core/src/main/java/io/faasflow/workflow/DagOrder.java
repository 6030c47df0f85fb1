package io.faasflow.workflow;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * The order of a dag's nodes: Kahn's algorithm, with the position in the list as the tie-breaker.
 *
 * @param nodes in order; without those on or behind a cycle, if there is one
 * @param readEdges for each node, the other nodes whose outputs it reads
 * @param cycle the names along a cycle, the first one again at the end; empty if there is none
 */
record DagOrder(List<Dag.Node> nodes, Map<String, Set<String>> readEdges, List<String> cycle) {

  static DagOrder of(List<Dag.Node> nodes) {
    Map<String, Integer> indexOf = new HashMap<>();
    Map<String, Integer> owner = new HashMap<>(); // of every name that can be read
    for (int i = 0; i < nodes.size(); i++) {
      indexOf.putIfAbsent(nodes.get(i).name(), i);
      for (String name : Names.readable(nodes.get(i).step())) {
        owner.putIfAbsent(name, i);
      }
    }
    indexOf.forEach(owner::put);

    List<Set<Integer>> after = new ArrayList<>();
    int[] waiting = new int[nodes.size()];
    nodes.forEach(node -> after.add(new LinkedHashSet<>()));
    Map<String, Set<String>> readEdges = new LinkedHashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      Dag.Node node = nodes.get(i);
      for (String target : node.next().targets()) {
        Integer to = indexOf.get(target);
        if (to != null && after.get(i).add(to)) {
          waiting[to]++;
        }
      }
    }
    for (int i = 0; i < nodes.size(); i++) {
      Dag.Node node = nodes.get(i);
      Set<String> names = new LinkedHashSet<>(Names.read(node.step()));
      Set<String> own = new HashSet<>();
      if (node.next() instanceof Dag.FirstMatch match) {
        // Its conditions are evaluated by the node itself, so it waits for what they read.
        match.choices().forEach(c -> c.condition().ifPresent(x -> Names.addReads(x, names)));
        own.add(node.name());
        own.addAll(Names.readable(node.step()));
      }
      for (String name : names) {
        Integer from = owner.get(name);
        if (from == null || (from == i && (own.contains(name) || isInside(node, name)))) {
          continue;
        }
        if (after.get(from).add(i)) {
          waiting[i]++;
        }
        readEdges
            .computeIfAbsent(node.name(), any -> new LinkedHashSet<>())
            .add(nodes.get(from).name());
      }
    }

    List<Dag.Node> ordered = new ArrayList<>();
    PriorityQueue<Integer> ready = new PriorityQueue<>();
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    while (!ready.isEmpty()) {
      int i = ready.remove();
      ordered.add(nodes.get(i));
      for (int next : after.get(i)) {
        if (--waiting[next] == 0) {
          ready.add(next);
        }
      }
    }
    return new DagOrder(
        List.copyOf(ordered), Collections.unmodifiableMap(readEdges), cycle(nodes, after, waiting));
  }

  /** Whether the name belongs to a part of the node's own construct, as in a sequence. */
  private static boolean isInside(Dag.Node node, String name) {
    return !(node.step() instanceof Task<?, ?>) && Names.readable(node.step()).contains(name);
  }

  /** Walks along nodes that still wait until one comes again. */
  private static List<String> cycle(List<Dag.Node> nodes, List<Set<Integer>> after, int[] waiting) {
    int at = -1;
    Map<Integer, Integer> before = new HashMap<>(); // a predecessor that still waits as well
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] > 0) {
        at = at < 0 ? i : at;
        for (int next : after.get(i)) {
          if (waiting[next] > 0) {
            before.putIfAbsent(next, i);
          }
        }
      }
    }
    if (at < 0) {
      return List.of();
    }
    List<Integer> path = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    while (seen.add(at)) {
      path.add(at);
      at = before.getOrDefault(at, at);
    }
    List<Integer> loop = new ArrayList<>(path.subList(path.indexOf(at), path.size()));
    loop.add(at);
    Collections.reverse(loop);
    return loop.stream().map(i -> nodes.get(i).name()).toList();
  }
}
