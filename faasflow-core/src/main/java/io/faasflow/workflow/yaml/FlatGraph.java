package io.faasflow.workflow.yaml;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Which function of a flat workflow comes before which, by their places in the list. Confined to
 * the reading of one document.
 */
final class FlatGraph {
  /**
   * Which of some functions come before another.
   *
   * @param reader the other; the number of functions: the end, before which all come
   * @param sources the functions
   */
  record Question(int reader, List<Integer> sources) {}

  private final List<Set<Integer>> after = new ArrayList<>();

  FlatGraph(int size) {
    for (int i = 0; i < size; i++) {
      after.add(new LinkedHashSet<>());
    }
  }

  /** Says that a function waits for another. */
  void edge(int from, int to) {
    after.get(from).add(to);
  }

  /**
   * The functions in an order in which each comes after all that it waits for; among those that
   * could come next, the one that was listed first. Those on or behind a cycle are left out.
   */
  List<Integer> order() {
    int[] waiting = new int[after.size()];
    after.forEach(targets -> targets.forEach(to -> waiting[to]++));
    PriorityQueue<Integer> ready = new PriorityQueue<>();
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    List<Integer> order = new ArrayList<>(waiting.length);
    while (!ready.isEmpty()) {
      int at = ready.remove();
      order.add(at);
      for (int to : after.get(at)) {
        if (--waiting[to] == 0) {
          ready.add(to);
        }
      }
    }
    return order;
  }

  /** The functions along a cycle, the first one again at the end; empty if there is none. */
  List<Integer> cycle() {
    Set<Integer> ordered = new HashSet<>(order());
    // Every function that is not ordered waits for another such one: going backwards must close.
    Map<Integer, Integer> before = new HashMap<>();
    int start = -1;
    for (int i = 0; i < after.size(); i++) {
      if (!ordered.contains(i)) {
        start = start < 0 ? i : start;
        for (int to : after.get(i)) {
          before.putIfAbsent(to, i);
        }
      }
    }
    if (start < 0) {
      return List.of();
    }
    Map<Integer, Integer> seen = new LinkedHashMap<>();
    int at = start;
    while (seen.putIfAbsent(at, seen.size()) == null) {
      at = before.getOrDefault(at, at);
    }
    List<Integer> walked = new ArrayList<>(seen.keySet());
    List<Integer> cycle = new ArrayList<>(walked.subList(walked.indexOf(at), walked.size()));
    Collections.reverse(cycle);
    // Begin with the one that was listed first, as a reader of the document would.
    Collections.rotate(cycle, -cycle.indexOf(Collections.min(cycle)));
    cycle.add(cycle.get(0));
    return cycle;
  }

  private int[] positions(List<Integer> order) {
    int[] position = new int[after.size()];
    for (int i = 0; i < order.size(); i++) {
      position[order.get(i)] = i;
    }
    return position;
  }

  /** A shortest way from one function to another, both included; empty if there is none. */
  List<Integer> path(int from, int to) {
    Map<Integer, Integer> before = new HashMap<>();
    Deque<Integer> reached = new ArrayDeque<>(List.of(from));
    while (!reached.isEmpty() && !before.containsKey(to)) {
      int at = reached.remove();
      for (int next : after.get(at)) {
        if (before.putIfAbsent(next, at) == null) {
          reached.add(next);
        }
      }
    }
    if (!before.containsKey(to)) {
      return List.of();
    }
    List<Integer> path = new ArrayList<>(List.of(to));
    int at = to;
    do {
      at = before.getOrDefault(at, from);
      path.add(at);
    } while (at != from);
    Collections.reverse(path);
    return path;
  }

  /**
   * Answers questions; of each, the sources that come before the reader, the last in order first.
   *
   * <p>Goes along the graph once for every 64 sources, a bit each: asking one function after the
   * other would be quadratic, and so would a set of predecessors for each function.
   */
  List<List<Integer>> preceding(List<Question> questions) {
    List<Integer> order = order();
    int[] position = positions(order);
    Map<Integer, List<Integer>> askedBy = new LinkedHashMap<>();
    List<List<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      if (questions.get(i).reader() == after.size()) {
        answers.add(new ArrayList<>(questions.get(i).sources()));
        continue;
      }
      answers.add(new ArrayList<>());
      for (int source : questions.get(i).sources()) {
        askedBy.computeIfAbsent(source, any -> new ArrayList<>()).add(i);
      }
    }
    List<Integer> sources = new ArrayList<>(askedBy.keySet());
    long[] own = new long[after.size()];
    long[] before = new long[after.size()];
    for (int first = 0; first < sources.size(); first += Long.SIZE) {
      List<Integer> batch = sources.subList(first, Math.min(first + Long.SIZE, sources.size()));
      Arrays.fill(own, 0);
      Arrays.fill(before, 0);
      for (int i = 0; i < batch.size(); i++) {
        own[batch.get(i)] = 1L << i;
      }
      for (int at : order) {
        long onwards = before[at] | own[at];
        if (onwards != 0) {
          for (int to : after.get(at)) {
            before[to] |= onwards;
          }
        }
      }
      for (int i = 0; i < batch.size(); i++) {
        for (int question : askedBy.getOrDefault(batch.get(i), List.of())) {
          if ((before[questions.get(question).reader()] & (1L << i)) != 0) {
            answers.get(question).add(batch.get(i));
          }
        }
      }
    }
    for (List<Integer> answer : answers) {
      answer.sort(Comparator.comparingInt((Integer source) -> position[source]).reversed());
    }
    return answers;
  }
}
