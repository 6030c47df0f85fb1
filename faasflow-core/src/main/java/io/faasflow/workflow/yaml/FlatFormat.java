package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.FlatFunction.Input;
import io.faasflow.workflow.yaml.FlatFunction.Kind;
import io.faasflow.workflow.yaml.FlatFunction.Place;
import io.faasflow.workflow.yaml.FlatFunction.Target;
import io.faasflow.workflow.yaml.FlatFunction.When;
import io.faasflow.workflow.yaml.FlatNamespace.Read;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads FaaSFlow's flat format: functions, each with what follows it. It becomes one {@link Dag}.
 *
 * <ul>
 *   <li>A function is a node, and a task of its name that runs the function {@code source}
 *       (default: the name). The sources {@code VIRTUAL} and {@code END} run nothing and cost
 *       nothing.
 *   <li>{@code next.type} is {@code pass} (the default), {@code parallel} (the same), {@code
 *       foreach}: each of the nodes runs once for each element of the lists that its inputs of type
 *       {@code key} name; or {@code switch}: the first node whose condition holds follows.
 *   <li>An input of type {@code key} is one element in a function that is reached by foreach, and
 *       the whole list in any other. {@code switch} names several places, of which the first that
 *       has a value counts. {@code pass} and {@code normal} are the same. A function without {@code
 *       input} takes the whole input of the run.
 *   <li>An output of a function that is reached by foreach is, for all others, the list of what the
 *       instances gave, in their order.
 *   <li>A function without {@code output} may give anything. One that declares outputs may give
 *       more.
 *   <li>{@code runtime} is in seconds, {@code scale} in container slots, {@code mem_usage} a share
 *       of 256 MiB, {@code size} in bytes, {@code split_ratio} the expected number of instances.
 *   <li>Without {@code global_output}, the result is every output that is declared by functions
 *       that nothing follows; when several declare a name, that of the last one in order.
 *   <li>Accepted without effect: {@code size} of an input or a result (the producer's counts),
 *       {@code value} of an output, {@code split_ratio} of a function that no foreach reaches.
 * </ul>
 *
 * <h2>What {@code INPUT.name} means</h2>
 *
 * <p>A run has one namespace. {@code function: INPUT}, and {@code INPUT.name} in a condition, read
 * what is there as if the functions that precede the reader had run one at a time, in order, each
 * saving its outputs over what was there, beginning with the input of the run. In detail:
 *
 * <ol>
 *   <li>A function precedes the reader when a way of next edges and of data that are read by
 *       function name leads from it to the reader. A condition is read behind its own function,
 *       which so precedes it too. All functions precede the result.
 *   <li>The order is that of {@link Dag#inOrder()}: each function after all that it waits for;
 *       among those that could come next, the one that is listed first.
 *   <li>The value is that of the last function in this order that precedes the reader, declares the
 *       name as an output, and has saved it in this run (it was not skipped); if there is none, the
 *       input of the run, if {@code global_input} has the name.
 *   <li>Where the name is no global input and no function that precedes declares it: an input waits
 *       for the functions that declare it, but for those that come after the reader. That is how
 *       workflows made from lists of files are written. The order is then that with these edges.
 *   <li>Where there are none of these either, the functions that precede and do not say what they
 *       give count as if they declared the name.
 *   <li>A name that still nobody can have saved is an error as an input or result. In a condition
 *       it is looked up in the input of the run, and is false if it is not there.
 * </ol>
 *
 * <p>So {@code INPUT.flag} behind two parallel functions that both save {@code flag} is the flag of
 * the one that is listed last, whichever finishes first.
 */
final class FlatFormat {
  private static final int MAX_NAMES_TO_COMPARE = 500;
  private static final int MAX_SHOWN = 12;
  private static final List<String> KEYS = List.of("global_input", "functions", "global_output");

  private final Map<String, OptionalLong> globals;
  private final List<FlatFunction> functions;
  private final @Nullable List<Input> results;
  private final Map<String, Integer> indexes = new HashMap<>();
  private final Set<Integer> inForeach = new HashSet<>();
  private final FlatGraph graph;
  private final FlatNamespace namespace;
  private final Map<When, Condition> conditions = new HashMap<>();

  private FlatFormat(YamlMap root) {
    root.unknownKeys(KEYS);
    this.globals =
        root.optional("global_input").map(FlatFunctionReader::globalInputs).orElse(Map.of());
    this.functions =
        root.required("functions").map(FlatFunctionReader::functions).orElse(List.of());
    this.results =
        root.optional("global_output").map(FlatFunctionReader::globalOutputs).orElse(null);
    this.graph = new FlatGraph(functions.size());
    this.namespace = new FlatNamespace(functions, globals.keySet(), graph, root.self());
    for (int i = 0; i < functions.size(); i++) {
      indexes.put(functions.get(i).name(), i);
    }
  }

  /**
   * Reads a workflow.
   *
   * @param root the top level of the file, which has a list {@code functions}
   * @param defaultName the name of the workflow, as the file gives none
   * @throws WorkflowFormatException when anything was reported while reading
   * @throws io.faasflow.workflow.InvalidWorkflowException from the builder; the caller adds
   *     positions, for names that were noted by {@link YamlValue#defines}
   */
  static Workflow<Map<String, Object>, Object> read(YamlMap root, String defaultName) {
    FlatFormat format = new FlatFormat(root);
    format.connect();
    root.self().throwIfProblems();
    format.namespace.resolve();
    root.self().throwIfProblems();
    FlatDag dag = new FlatDag(
        format.functions, format.inForeach, format.conditions, format.graph, format.namespace);
    return untyped(Workflow.<Map<String, Object>>builder(defaultName)
        .sequence(dag.dag())
        .inputs(format.globals)
        .outputs(dag.outputs(format.results))
        .build());
  }

  @SuppressWarnings("unchecked") // the caller takes whatever the result is
  private static Workflow<Map<String, Object>, Object> untyped(
      Workflow<Map<String, Object>, ?> workflow) {
    return (Workflow<Map<String, Object>, Object>) workflow;
  }

  // First: what leads where, and what is read.

  private void connect() {
    for (int i = 0; i < functions.size(); i++) {
      FlatFunction function = functions.get(i);
      for (Target target : function.next().targets()) {
        follow(i, target);
      }
      for (Input input : inputsOf(function)) {
        input.values().forEach(place -> read(place, index(function), false));
      }
    }
    for (Input result : results == null ? List.<Input>of() : results) {
      result.values().forEach(place -> read(place, functions.size(), false));
    }
    checkKeys();
    List<Integer> cycle = graph.cycle();
    if (!cycle.isEmpty()) {
      functions
          .get(cycle.get(0))
          .at()
          .problem(
              "the functions wait for each other in a circle: " + way(functions, cycle),
              "Remove one of these edges or reads");
    }
  }

  private static List<Input> inputsOf(FlatFunction function) {
    List<Input> inputs = function.inputs();
    return inputs == null ? List.of() : inputs;
  }

  private int index(FlatFunction function) {
    return indexes.getOrDefault(function.name(), -1);
  }

  private void follow(int from, Target target) {
    Integer to = indexes.get(target.function());
    if (to != null) {
      graph.edge(from, to);
      if (functions.get(from).next().kind() == Kind.FOREACH) {
        inForeach.add(to);
      }
    } else if (!target.function().isEmpty()) {
      unknown(target.at(), target.function());
    }
    target.condition().ifPresent(when -> condition(from, when));
  }

  private void unknown(YamlValue at, String name) {
    at.problem(
        "there is no function '" + FlatFunctionReader.quoted(name) + "'",
        didYouMean(name, indexes.keySet()) + "Add it to 'functions', or correct the name");
  }

  private void read(Place place, int reader, boolean inCondition) {
    if (place.isInput()) {
      namespace.add(new Read(reader, place.parameter(), inCondition), place);
      return;
    }
    Integer from = indexes.get(place.function());
    if (from == null) {
      unknown(place.at(), place.function());
    } else if (functions.get(from).isVirtual()) {
      place
          .at()
          .problem(
              "'" + FlatFunctionReader.quoted(place.function())
                  + "' runs nothing, so it gives nothing",
              "Name the function that gives the data");
    } else if (from == reader && !inCondition) {
      place.at().problem("a function cannot read its own output", "Name an earlier function");
    } else if (from != reader && reader < functions.size()) {
      graph.edge(from, reader);
    }
  }

  private void condition(int reader, When when) {
    Condition parsed;
    try {
      parsed = Condition.condition(when.text());
    } catch (IllegalArgumentException e) {
      when.at().problem(oneLine(e.getMessage()), "Correct the condition");
      return;
    }
    conditions.put(when, parsed);
    for (String text : parsed.references()) {
      DataRef reference = DataRef.parse(text);
      if (reference.root() instanceof DataRef.Output output) {
        if (indexes.containsKey(output.task())) {
          read(new Place(when.at(), output.task(), ""), reader, true);
        } else {
          when.at()
              .problem(
                  "the condition reads '"
                      + FlatFunctionReader.quoted(text)
                      + "', but there is no function '"
                      + FlatFunctionReader.quoted(output.task())
                      + "'",
                  "Write INPUT."
                      + FlatFunctionReader.quoted(output.task())
                      + " for what an earlier function saved or the run takes");
        }
      } else if (reference.root() instanceof DataRef.Input) {
        name(reference)
            .ifPresent(name -> read(new Place(when.at(), FlatFunction.INPUT, name), reader, true));
      } else {
        when.at()
            .problem(
                "the condition reads '" + text
                    + "', but a condition belongs to no foreach instance",
                "Read INPUT.name or function.name");
      }
    }
  }

  /** The name that a reference looks up first, if it does. */
  static Optional<String> name(DataRef reference) {
    return !reference.path().isEmpty() && reference.path().get(0) instanceof DataRef.Key key
        ? Optional.of(key.name())
        : Optional.empty();
  }

  private void checkKeys() {
    for (int i = 0; i < functions.size(); i++) {
      FlatFunction function = functions.get(i);
      if (inForeach.contains(i) && inputsOf(function).stream().noneMatch(Input::isKey)) {
        function
            .at()
            .problem(
                "the function is reached by foreach, but has no input of type 'key'",
                function.isVirtual()
                    ? "Lead the foreach to a function that runs"
                    : "Give the input whose list it goes through 'type: key'");
      }
    }
  }

  // Messages.

  /** Function names with arrows between them; the middle of a long way is left out. */
  static String way(List<FlatFunction> functions, List<Integer> way) {
    List<String> names = way.stream()
        .map(i -> FlatFunctionReader.quoted(functions.get(i).name()))
        .toList();
    if (names.size() > MAX_SHOWN) {
      int half = MAX_SHOWN / 2;
      names = new ArrayList<>(List.of(
          String.join(" -> ", names.subList(0, half)),
          "(" + (names.size() - 2 * half) + " more)",
          String.join(" -> ", names.subList(names.size() - half, names.size()))));
    }
    return names.stream().collect(Collectors.joining(" -> "));
  }

  /** A question to begin a cure with, or nothing. */
  static String didYouMean(String word, Collection<String> known) {
    // Comparing with very many names would take long, and a hostile file has many wrong ones.
    return known.size() > MAX_NAMES_TO_COMPARE
        ? ""
        : Spelling.nearest(word, known)
            .map(near -> "Did you mean '" + FlatFunctionReader.quoted(near) + "'? ")
            .orElse("");
  }

  static String oneLine(@Nullable String message) {
    return message == null ? "it cannot be read" : message.replaceAll("\\p{Cntrl}", " ");
  }
}
