package io.faasflow.workflow;

import io.faasflow.function.TaskPolicy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Checks a definition, in two walks along the tree. The first collects names; the second goes
 * through the steps in the order in which a run would, and keeps what is known to have run.
 *
 * <p>Recursion is bounded by {@link Step#MAX_DEPTH}.
 */
final class Validator {
  private static final int MAX_PROBLEMS = 1_000;
  private static final int MAX_NAME = 500;

  /** What is known, at the point that the walk has reached, of a task or node. */
  private enum Standing {
    /** It ran whenever this point is reached. */
    RAN,
    /** It ran, or was skipped. */
    MAY_HAVE_RUN,
    /** It ran or was skipped, and only the run can tell: a node of a dag with a switch. */
    IN_DAG,
    /** It runs at the same time. */
    CONCURRENT,
    /** It runs in the instances of a foreach that is over; its outputs are not kept. */
    IN_FOREACH
  }

  /** Where the names in a step are among all occurrences of names. */
  private record Range(int from, int to) {}

  private final Workflow<?, ?> workflow;
  private final List<Problem> problems = new ArrayList<>();
  private final Map<String, Step<?, ?>> named = new HashMap<>();
  // What is known of each name, by the name's number. The names in a step are a range of
  // occurrences, so that a construct changes what is known of all names in it without a lookup.
  private final Map<String, Integer> numbers = new HashMap<>();
  private @Nullable Standing[] standings = {};
  private final List<Integer> occurrences = new ArrayList<>();
  private final IdentityHashMap<Step<?, ?>, Range> ranges = new IdentityHashMap<>();
  private final Set<String> lifted = new HashSet<>(); // tasks that stand for a foreach's list
  private final Deque<String> place = new ArrayDeque<>();
  private int foreachDepth;

  private Validator(Workflow<?, ?> workflow) {
    this.workflow = workflow;
  }

  static List<Problem> check(Workflow<?, ?> workflow) {
    Validator validator = new Validator(workflow);
    validator.names();
    validator.collect(workflow.body(), null);
    validator.standings = new Standing[validator.numbers.size()];
    validator.visit(workflow.body());
    workflow.outputs().ifPresent(outputs -> validator.bindings("", "the result", outputs, true));
    workflow.onFailure().ifPresent(validator::onFailure);
    return validator.problems;
  }

  /** What a failed run has for its output: a workflow of its own, but for the names. */
  private void onFailure(Workflow<?, ?> recovery) {
    problems.addAll(check(recovery));
    Validator other = new Validator(recovery);
    other.collect(recovery.body(), null);
    for (String name : other.named.keySet()) {
      if (named.containsKey(name)) {
        report(
            name,
            "the name '" + name + "' is used by the steps and in onFailure of the workflow",
            "Rename one of them");
      }
    }
  }

  private void names() {
    if (workflow.name().isBlank()) {
      report("", "the workflow's name is empty", "Give it a name");
    } else if (workflow.name().length() > MAX_NAME) {
      report(
          "",
          "the workflow's name has " + workflow.name().length() + " characters",
          "Use at most " + MAX_NAME);
    }
    if (workflow.version().isBlank()) {
      report("", "the workflow's version is empty", "Leave it out, or give it a value");
    }
    if (workflow.body().steps().isEmpty()) {
      report("", "the workflow has no steps", "Add at least one task");
    }
    sizes("", "the workflow's input", workflow.inputs());
  }

  // First walk: names.

  @SuppressWarnings("ReferenceEquality") // it is about this very task, not one like it
  private void collect(Step<?, ?> step, Dag.@Nullable Node node) {
    int from = occurrences.size();
    if (step instanceof Task<?, ?> task) {
      boolean isItsNode = node != null
          && node.name().equals(task.name())
          && Names.exit(node.step()).filter(exit -> exit == task).isPresent();
      define(task.name(), "task", task, isItsNode);
    } else if (step instanceof Dag dag) {
      for (Dag.Node one : dag.nodes()) {
        define(one.name(), "node", one.step(), false);
        collect(one.step(), one);
      }
    } else {
      Names.children(step).forEach(child -> collect(child, node));
    }
    ranges.put(step, new Range(from, occurrences.size()));
  }

  private void define(String name, String kind, Step<?, ?> step, boolean again) {
    occurrences.add(numbers.computeIfAbsent(name, any -> numbers.size()));
    if (name.isBlank()) {
      report("", "a " + kind + " has an empty name", "Give every " + kind + " a name");
    } else if (name.length() > MAX_NAME) {
      String beginning = name.substring(0, 20) + "...";
      report(
          beginning,
          "the name '" + beginning + "' of a " + kind + " has " + name.length() + " characters",
          "Use at most " + MAX_NAME);
    } else if (named.putIfAbsent(name, step) != null) {
      if (again) {
        named.put(name, step);
      } else {
        report(
            name,
            "the name '" + name + "' is used twice",
            "Names are unique in a workflow; to use a function twice, give the second task a name of"
                + " its own with as(\"...\")");
      }
    }
  }

  // Second walk: what can be read where.

  private void visit(Step<?, ?> step) {
    if (step instanceof Task<?, ?> task) {
      visitTask(task);
    } else if (step instanceof Sequence<?, ?> sequence) {
      notEmpty("sequence", sequence.steps());
      visitEach("step", sequence.steps());
    } else if (step instanceof Parallel<?> parallel) {
      visitParallel(parallel);
    } else if (step instanceof Switch<?, ?> choice) {
      visitSwitch(choice);
    } else if (step instanceof Foreach<?, ?> foreach) {
      visitForeach(foreach);
    } else if (step instanceof Dag dag) {
      visitDag(dag);
    } else if (step instanceof Fallback<?, ?> fallback) {
      visitFallback(fallback);
    }
  }

  private void visitFallback(Fallback<?, ?> fallback) {
    Task<?, ?> task = fallback.task();
    if (task.code() instanceof TaskCode.Pass) {
      report(
          task.name(),
          "task '" + task.name() + "' passes data on, without a function that could fail",
          "Remove its fallback");
    }
    visitTask(task);
    put(task.name(), null); // its output is what the fallback is still to give
    visitAt("onFailure of '" + task.name() + "'", 0, fallback.otherwise());
    change(fallback.otherwise(), inside -> inside == Standing.RAN ? Standing.MAY_HAVE_RUN : inside);
    put(task.name(), Standing.RAN);
  }

  private void visitEach(String part, List<? extends Step<?, ?>> steps) {
    for (int i = 0; i < steps.size(); i++) {
      visitAt(part, i + 1, steps.get(i));
    }
  }

  /** The number counts from 1; 0: there is only one such part. */
  private void visitAt(String part, int number, Step<?, ?> step) {
    // Tasks name themselves in messages; what matters is in which constructs they are.
    boolean construct = !(step instanceof Task<?, ?>);
    if (construct) {
      place.addLast(number == 0 ? part : part + " " + number);
    }
    visit(step);
    if (construct) {
      place.removeLast();
    }
  }

  private void visitTask(Task<?, ?> task) {
    String name = "task '" + task.name() + "'";
    if (task.function().isBlank() && !task.name().isBlank()) {
      report(task.name(), name + " has an empty function name", "Name the function");
    }
    if (task.code() instanceof TaskCode.Pass && !task.policy().equals(TaskPolicy.NONE)) {
      report(
          task.name(),
          name + " passes data on, without a function that could fail or take long",
          "Remove its timeouts and its retry");
    }
    if (task.code() instanceof TaskCode.Pass && task.compensation().isPresent()) {
      report(
          task.name(),
          name + " passes data on, without a function whose effect could be undone",
          "Remove its compensation");
    }
    if (task.compensation().orElse(null) instanceof Compensation.Named undo
        && undo.function().isBlank()) {
      report(task.name(), name + " has a compensation without a name", "Name the function");
    }
    if (task.expectedRuntime().filter(runtime -> runtime.isNegative()).isPresent()) {
      report(
          task.name(),
          name + " has a negative expectedRuntime " + task.expectedRuntime().get(),
          "Give a duration of 0 or more");
    }
    sizes(task.name(), name + ", output", task.outputs());
    if (task.expectedOutputBytes().orElse(0) < 0
        && task.outputs().values().stream().allMatch(size -> size.orElse(0) >= 0)) {
      report(
          task.name(),
          name + " has a negative expectedOutputBytes "
              + task.expectedOutputBytes().getAsLong(),
          "Give a number of bytes, 0 or more");
    }
    for (Task.Read read : task.reads()) {
      if (check(name, read.task().name(), read.optional(), task.name(), false)
          && named.get(read.task().name()) != read.task()) {
        report(
            task.name(),
            name
                + " reads '"
                + read.task().name()
                + "' by a handle that is not in the workflow, though one of that name is",
            "Setters such as resources() return a new handle: build the workflow and read it with"
                + " the same one");
      }
    }
    task.inputs().ifPresent(inputs -> bindings(task.name(), name, inputs, false));
    put(task.name(), Standing.RAN);
  }

  private void put(String name, @Nullable Standing standing) {
    standings[Objects.requireNonNull(numbers.get(name))] = standing;
  }

  private @Nullable Standing standing(String name) {
    Integer number = numbers.get(name);
    return number == null ? null : standings[number];
  }

  private List<Integer> names(Step<?, ?> step) {
    Range range = Objects.requireNonNull(ranges.get(step));
    return occurrences.subList(range.from(), range.to());
  }

  /** Changes what is known of every name in a step of which anything is known. */
  private void change(Step<?, ?> step, UnaryOperator<@Nullable Standing> change) {
    for (int number : names(step)) {
      standings[number] = change.apply(standings[number]);
    }
  }

  /**
   * Visits branches that cannot read each other.
   *
   * @param meanwhile what is known of a branch's names in the branches after it
   */
  private void visitBranches(
      List<? extends Step<?, ?>> branches, @Nullable Standing meanwhile, IntConsumer visitBranch) {
    List<@Nullable Standing[]> kept = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      visitBranch.accept(i);
      List<Integer> names = names(branches.get(i));
      @Nullable Standing[] inside = new Standing[names.size()];
      for (int at = 0; at < inside.length; at++) {
        inside[at] = standings[names.get(at)];
        standings[names.get(at)] = meanwhile;
      }
      kept.add(inside);
    }
    // Backwards, for a name that occurs twice, as of a node and of its task.
    for (int i = branches.size() - 1; i >= 0; i--) {
      List<Integer> names = names(branches.get(i));
      for (int at = names.size() - 1; at >= 0; at--) {
        standings[names.get(at)] = kept.get(i)[at];
      }
    }
  }

  private void visitParallel(Parallel<?> parallel) {
    notEmpty("parallel", parallel.branches());
    visitBranches(
        parallel.branches(),
        Standing.CONCURRENT,
        i -> visitAt("parallel branch", i + 1, parallel.branches().get(i)));
  }

  private void visitSwitch(Switch<?, ?> choice) {
    if (choice.cases().isEmpty()) {
      report("", "a switch has no cases", "Add at least one case");
    }
    for (Switch.Case one : choice.cases()) {
      if (one.test() instanceof Switch.Holds holds) {
        condition("", "a switch", holds.condition());
      }
    }
    List<Step<?, ?>> branches = choice.branches();
    visitBranches(branches, null, i -> {
      boolean isCase = i < choice.cases().size();
      visitAt(isCase ? "switch case" : "switch otherwise", isCase ? i + 1 : 0, branches.get(i));
    });
    change(
        choice,
        inside ->
            inside == Standing.RAN || inside == Standing.IN_DAG ? Standing.MAY_HAVE_RUN : inside);
  }

  private void visitForeach(Foreach<?, ?> foreach) {
    if (foreach.concurrency().orElse(1) < 1) {
      report(
          "",
          "a foreach has a concurrency of " + foreach.concurrency().getAsInt(),
          "Give 1 or more, or leave it out for no limit");
    }
    if (foreach.expectedInstances().orElse(0) < 0) {
      report(
          "",
          "a foreach expects " + foreach.expectedInstances().getAsInt() + " instances",
          "Give 0 or more");
    }
    if (foreach.items() instanceof Foreach.Zipped zipped) {
      if (zipped.collections().isEmpty()) {
        report("", "a foreach has nothing to go through", "Name its collection");
      }
      bindings("", "a foreach", zipped.collections(), false);
    }
    foreachDepth++;
    visitAt("foreach body", 0, foreach.body());
    foreachDepth--;
    change(foreach.body(), inside -> Standing.IN_FOREACH);
    Names.exit(foreach.body()).ifPresent(exit -> {
      put(exit.name(), Standing.RAN);
      lifted.add(exit.name());
    });
  }

  private void visitDag(Dag dag) {
    notEmpty("dag", dag.nodes());
    Set<String> names = new HashSet<>();
    dag.nodes().forEach(node -> names.add(node.name()));
    boolean choosing = false;
    for (Dag.Node node : dag.nodes()) {
      choosing |= node.next() instanceof Dag.FirstMatch;
      for (String target : node.next().targets()) {
        if (!names.contains(target)) {
          report(
              node.name(),
              "node '" + node.name() + "' is followed by '" + target + "', which is not defined",
              "Define it, or correct the name");
        }
      }
      if (new HashSet<>(node.next().targets()).size() < node.next().targets().size()) {
        report(
            node.name(),
            "node '" + node.name() + "' names a node twice in next "
                + node.next().targets(),
            "Name each following node once");
      }
      if (node.next() instanceof Dag.FirstMatch match && match.choices().isEmpty()) {
        report(node.name(), "the switch of node '" + node.name() + "' has no cases", "Add a case");
      }
    }
    if (!dag.cycle().isEmpty()) {
      report(
          dag.cycle().get(0),
          "the nodes wait for each other in a circle: " + String.join(" -> ", dag.cycle()),
          "Remove one of these edges or reads");
      return;
    }
    for (Dag.Node node : dag.inOrder()) {
      visitAt("dag node '" + node.name() + "'", 0, node.step());
      Standing end = choosing ? Standing.IN_DAG : Standing.RAN;
      put(node.name(), end);
      change(node.step(), inside -> inside == Standing.RAN ? end : inside);
      if (node.next() instanceof Dag.FirstMatch match) {
        match
            .choices()
            .forEach(c -> c.condition()
                .ifPresent(x -> condition(node.name(), "node '" + node.name() + "'", x)));
      }
    }
  }

  // References.

  private void condition(String subject, String reader, Condition condition) {
    for (String text : condition.where().keySet()) {
      if (!condition.references().contains(text)) {
        report(
            subject,
            "the condition '" + condition + "' of " + reader + " does not mention '" + text + "'",
            "Remove it from the condition's bindings, or mention it");
      }
    }
    condition
        .bindings()
        .forEach((text, binding) ->
            binding(subject, reader, "condition '" + condition + "'", binding, true));
  }

  private void bindings(
      String subject, String reader, Map<String, Binding> bindings, boolean mayBeMissing) {
    bindings.forEach(
        (name, binding) -> binding(subject, reader, "input '" + name + "'", binding, mayBeMissing));
  }

  private void binding(
      String subject, String reader, String what, Binding binding, boolean mayBeMissing) {
    if (!(binding instanceof Binding.From from)) {
      return;
    }
    boolean optional = mayBeMissing || from.optional() || from.references().size() > 1;
    for (DataRef reference : from.references()) {
      if (reference.root() instanceof DataRef.Output output) {
        check(reader + ", " + what, output.task(), optional, subject, true);
      } else if (reference.root() instanceof DataRef.Item item && item.level() >= foreachDepth) {
        report(
            subject,
            reader + ", " + what + " reads '" + reference + "' outside of "
                + (foreachDepth == 0 ? "any foreach" : "so many foreach steps"),
            foreachDepth == 0
                ? "Move it into a foreach, or read a task's output"
                : "There are " + foreachDepth + " foreach steps around it");
      }
    }
  }

  /** Reports what keeps {@code reader} from reading {@code name}; true if nothing does. */
  private boolean check(
      String reader, String name, boolean optional, String subject, boolean byName) {
    Standing standing = standing(name);
    if (standing == Standing.RAN
        || standing == Standing.IN_DAG
        || (standing == Standing.MAY_HAVE_RUN && optional)) {
      if (byName || !lifted.contains(name)) {
        return true;
      }
      standing = Standing.IN_FOREACH;
    }
    String reads = reader + " reads '" + name + "'";
    if (standing == null && !named.containsKey(name)) {
      report(
          subject,
          reads + ", which is not in the workflow",
          "Add a task of that name before, or correct the name");
    } else if (standing == null) {
      report(
          subject,
          reads + ", which cannot have run before it",
          "Move '" + name + "' to an earlier place of the same path, or read another task");
    } else if (standing == Standing.CONCURRENT) {
      report(
          subject,
          reads + ", which runs at the same time in another branch",
          "Move the reading task behind the parallel step");
    } else if (standing == Standing.MAY_HAVE_RUN) {
      report(
          subject,
          reads + ", which is skipped when a switch takes another branch",
          byName
              ? "Declare the read optional, or name what to read instead (first: [...])"
              : "Declare it with readingOptional/andOptional and use find()");
    } else {
      report(
          subject,
          reads + ", which runs inside of a foreach, once an instance",
          "Read the list that the foreach gives: add a task after the foreach and read that one");
    }
    return false;
  }

  // Small checks.

  private void notEmpty(String construct, Collection<?> parts) {
    if (parts.isEmpty() && !place.isEmpty()) {
      report("", "a " + construct + " is empty", "Add at least one step to it, or remove it");
    }
  }

  private void sizes(String subject, String owner, Map<String, OptionalLong> sizes) {
    sizes.forEach((name, size) -> {
      if (size.orElse(0) < 0) {
        report(
            subject,
            owner + " '" + name + "' has a negative size " + size.getAsLong(),
            "Give a number of bytes, 0 or more");
      }
    });
  }

  private void report(String subject, String message, String cure) {
    if (problems.size() >= MAX_PROBLEMS) {
      return;
    }
    StringBuilder path = new StringBuilder();
    for (Iterator<String> parts = place.iterator(); parts.hasNext(); ) {
      path.append(parts.next()).append(parts.hasNext() ? " > " : "");
    }
    problems.add(new Problem(subject, path.toString(), message, cure));
  }
}
