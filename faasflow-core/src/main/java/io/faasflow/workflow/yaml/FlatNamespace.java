package io.faasflow.workflow.yaml;

import io.faasflow.workflow.yaml.FlatFunction.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Finds who saved what {@code INPUT.name} reads: the rule that {@link FlatFormat} documents.
 * Confined to the reading of one document.
 */
final class FlatNamespace {
  // Enough for 1,000 readers of a name that 1,000 functions save; keeps hostile files small.
  private static final int MAX_SOURCES = 1_000_000;

  /**
   * A name that is read.
   *
   * @param reader the function, by its place in the list; the number of functions for the result
   * @param name the name
   * @param inCondition whether the condition behind the function reads it, which sees what the
   *     function itself saved, and takes a missing value for false
   */
  record Read(int reader, String name, boolean inCondition) {}

  private final List<FlatFunction> functions;
  private final Set<String> globals;
  private final FlatGraph graph;
  private final YamlValue root;
  private final Map<String, List<Integer>> declaring = new HashMap<>();
  private final List<Integer> open; // functions that may give anything
  private final Map<Read, Place> reads = new LinkedHashMap<>();
  private final Map<Read, List<Integer>> found = new HashMap<>();

  /**
   * @param graph what follows what; edges are added for reads that only they can order
   * @param root where problems of the whole are reported
   */
  FlatNamespace(
      List<FlatFunction> functions, Collection<String> globals, FlatGraph graph, YamlValue root) {
    this.functions = functions;
    this.globals = Set.copyOf(globals);
    this.graph = graph;
    this.root = root;
    for (int i = 0; i < functions.size(); i++) {
      for (String name : functions.get(i).declared().keySet()) {
        declaring.computeIfAbsent(name, any -> new ArrayList<>()).add(i);
      }
    }
    this.open = IntStream.range(0, functions.size())
        .filter(i -> functions.get(i).mayGiveAnything())
        .boxed()
        .toList();
  }

  /** Notes a read, to be resolved with all others. */
  void add(Read read, Place place) {
    reads.putIfAbsent(read, place);
  }

  /** Whether the run itself takes the name. */
  boolean isGlobal(String name) {
    return globals.contains(name);
  }

  /** The functions that may have saved what is read, by their places, the preferred one first. */
  List<Integer> savedBy(Read read) {
    return found.getOrDefault(read, List.of());
  }

  /** Resolves all reads that were noted; the graph must have no cycle. */
  void resolve() {
    List<Read> all = List.copyOf(reads.keySet());
    List<Read> unsaved = find(all, this::declaring);
    if (order(unsaved)) {
      // The new edges may put more functions before a reader than those that it waits for.
      unsaved = find(all, this::declaring);
    }
    unsaved.removeIf(read -> isGlobal(read.name()));
    for (Read read : find(unsaved, any -> open)) {
      if (!read.inCondition()) {
        reportUnsaved(read);
      }
    }
  }

  private List<Integer> declaring(Read read) {
    return declaring.getOrDefault(read.name(), List.of());
  }

  /** Makes readers wait for functions that save what they read; false if there are no such. */
  private boolean order(List<Read> unsaved) {
    List<Read> ordered = new ArrayList<>();
    Map<Integer, Set<Integer>> later = readersBefore(unsaved);
    for (Read read : unsaved) {
      boolean waits = false;
      for (int maker : canWait(read) ? declaring(read) : List.<Integer>of()) {
        if (maker != read.reader()
            && !later.getOrDefault(maker, Set.of()).contains(read.reader())) {
          graph.edge(maker, read.reader());
          waits = true;
        }
      }
      if (waits) {
        ordered.add(read);
      }
    }
    List<Integer> cycle = ordered.isEmpty() ? List.of() : graph.cycle();
    if (!cycle.isEmpty()) {
      Place place = placeOn(cycle, ordered);
      place
          .at()
          .problem(
              "the functions wait for each other in a circle: " + FlatFormat.way(functions, cycle),
              "A function that reads '"
                  + FlatFunctionReader.quoted(place.parameter())
                  + "' waits for those that save it: name the one that is meant in 'function', or"
                  + " remove one of these edges or reads");
      root.throwIfProblems();
    }
    return !ordered.isEmpty();
  }

  private boolean canWait(Read read) {
    return !read.inCondition() && read.reader() < functions.size() && !isGlobal(read.name());
  }

  /** For each function that declares what is read, the readers that come before it. */
  private Map<Integer, Set<Integer>> readersBefore(List<Read> unsaved) {
    Map<Integer, Set<Integer>> readers = new LinkedHashMap<>();
    for (Read read : unsaved) {
      for (int maker : canWait(read) ? declaring(read) : List.<Integer>of()) {
        readers.computeIfAbsent(maker, any -> new LinkedHashSet<>()).add(read.reader());
      }
    }
    List<FlatGraph.Question> questions = new ArrayList<>();
    readers.forEach(
        (maker, some) -> questions.add(new FlatGraph.Question(maker, List.copyOf(some))));
    List<List<Integer>> answers = graph.preceding(questions);
    Map<Integer, Set<Integer>> before = new HashMap<>();
    for (int i = 0; i < questions.size(); i++) {
      before.put(questions.get(i).reader(), Set.copyOf(answers.get(i)));
    }
    return before;
  }

  /** Keeps for each read the functions that come before its reader; gives the reads without any. */
  private List<Read> find(List<Read> asked, Function<Read, List<Integer>> candidates) {
    List<FlatGraph.Question> questions = new ArrayList<>();
    long sum = 0;
    for (Read read : asked) {
      List<Integer> sources = candidates.apply(read);
      sum += sources.size();
      if (sum > MAX_SOURCES) {
        root.problem(
            "the reads of 'function: INPUT' have more than "
                + MAX_SOURCES
                + " functions to choose from",
            "Name the function that is meant in 'function', or give the outputs different names");
        root.throwIfProblems();
      }
      questions.add(new FlatGraph.Question(read.reader(), sources));
    }
    List<List<Integer>> answers = graph.preceding(questions);
    List<Read> without = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      Read read = asked.get(i);
      List<Integer> saved = answers.get(i);
      if (read.inCondition() && candidates.apply(read).contains(read.reader())) {
        saved.add(0, read.reader());
      }
      found.put(read, saved);
      if (saved.isEmpty()) {
        without.add(read);
      }
    }
    return without;
  }

  /** The read that a message about a cycle is about: one of a function on the cycle. */
  private Place placeOn(List<Integer> cycle, List<Read> ordering) {
    Read read = ordering.stream()
        .filter(one -> cycle.contains(one.reader()))
        .findFirst()
        .orElse(ordering.get(0));
    return reads.getOrDefault(read, new Place(root, "", read.name()));
  }

  private void reportUnsaved(Read read) {
    Place place = reads.getOrDefault(read, new Place(root, "", read.name()));
    String name = FlatFunctionReader.quoted(read.name());
    List<Integer> makers = declaring.getOrDefault(read.name(), List.of());
    if (makers.isEmpty()) {
      place
          .at()
          .problem(
              "'" + name + "' is neither an input of the workflow nor an output of any function",
              FlatFormat.didYouMean(read.name(), known())
                  + "Declare it under 'global_input', or as the 'output' of a function before");
      return;
    }
    int maker = makers.get(0);
    String saver = "'" + FlatFunctionReader.quoted(functions.get(maker).name()) + "'";
    place
        .at()
        .problem(
            maker == read.reader()
                ? "'" + name + "' is saved by " + saver + " only, which reads it here"
                : "'"
                    + name
                    + "' is saved by "
                    + saver
                    + " only, which runs later: "
                    + FlatFormat.way(functions, graph.path(read.reader(), maker)),
            "Declare it under 'global_input' if the run takes it, or read what an earlier function"
                + " gives");
  }

  private List<String> known() {
    List<String> known = new ArrayList<>(declaring.keySet());
    known.addAll(globals);
    return known;
  }
}
