package io.faasflow.reference;

import io.faasflow.function.CompensationFunction;
import io.faasflow.function.Resources;
import io.faasflow.function.RetryPolicy;
import io.faasflow.reference.Faults.Act;
import io.faasflow.reference.Faults.Injected;
import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Dag;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Fallback;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.WorkflowBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A random workflow, valid by construction, and what goes wrong in its runs. The same seed and size give
 * the same.
 *
 * @param workflow every construct, nested in every other; where functions take no time, perhaps with a
 *     recovery from its failure
 * @param faults what goes wrong
 * @param takesTime whether functions take time, and the run may have a deadline; else they take none,
 *     and some share the permits of {@link #LIMITED}, some the CPUs of {@link #CAPACITY}
 * @param undoable the tasks that have a compensation
 */
public record FaultyWorkflow(
    Workflow<Long, Object> workflow, Faults faults, boolean takesTime, Set<String> undoable) {
  /** Functions that a runtime is to limit, and how many instances of each it may run at a time. */
  public static final Map<String, Integer> LIMITED = Map.of("one at a time", 1, "two at a time", 2);

  /** What a runtime is to run at a time; no task needs more. */
  public static final Resources CAPACITY = Resources.NONE.withCpus(4);

  /** The input of runs. */
  public static final Long INPUT = 7L;

  /**
   * A random one.
   *
   * @param size about how many tasks it has at most
   * @param undo what undoes tasks that can be undone
   */
  public static FaultyWorkflow random(
      long seed,
      int size,
      boolean takesTime,
      CompensationFunction<@Nullable Object, @Nullable Object> undo) {
    return new Maker(seed, size, takesTime, undo).make();
  }

  /** The number of a millisecond is chosen so that no two limits, nor a limit and a wait, coincide. */
  private static Duration millis(int tens, int and) {
    return Duration.ofMillis(tens * 10L + and);
  }

  /** What can be read at some point, by name, or by the handle as well. */
  private record Known(
      String name, boolean surely, @Nullable Task<?, ?> handle) {}

  /** A step, and what it adds to what can be read behind it. */
  private record Made(Step<?, ?> step, List<Known> adds) {}

  private static final class Maker {
    private final long seed;
    private final Random random;
    private final boolean takesTime;
    private final CompensationFunction<@Nullable Object, @Nullable Object> undo;
    private final Map<String, Faults.OfTask> faults = new HashMap<>();
    private final Set<String> undoable = new HashSet<>();
    private int budget;
    private int names;

    Maker(
        long seed,
        int size,
        boolean takesTime,
        CompensationFunction<@Nullable Object, @Nullable Object> undo) {
      this.seed = seed;
      this.random = new Random(seed);
      this.takesTime = takesTime;
      this.undo = undo;
      this.budget = 1 + random.nextInt(size);
    }

    FaultyWorkflow make() {
      WorkflowBuilder<Long, Object> builder =
          Workflow.<Long>builder("random-" + seed).sequence(Task.<Object>pass("begin"));
      if (takesTime && chance(15)) {
        builder.deadline(millis(5 + random.nextInt(30), 0).plusNanos(500_000));
      }
      if (chance(15)) {
        builder.taskDefaults(defaults -> defaults.withTimeout(timeout()));
      }
      Made body = sequence(List.of(), 0, 0);
      builder = builder.sequence(untyped(body.step()));
      if (!takesTime && chance(25)) {
        builder = builder.onFailure(recovery());
      } else if (chance(10)) {
        Workflow<Long, ?> named = builder.outputs(named(body.adds(), 0)).build();
        return new FaultyWorkflow(retyped(named), new Faults(seed, faults), takesTime, undoable);
      }
      return new FaultyWorkflow(builder.build(), new Faults(seed, faults), takesTime, undoable);
    }

    /** What a failed run does; its first task, which does not fail, takes the failure. */
    private Step<Object, Object> recovery() {
      budget = 1 + random.nextInt(6);
      String name = name("t");
      Task<Object, Object> taker = Task.task(name, input -> value(name, input));
      Made rest = sequence(List.of(), 1, 0);
      return untyped(Sequence.untyped(List.of(taker, rest.step())));
    }

    @SuppressWarnings("unchecked") // nobody checks what a random workflow gives
    private static Workflow<Long, Object> retyped(Workflow<Long, ?> workflow) {
      return (Workflow<Long, Object>) workflow;
    }

    @SuppressWarnings("unchecked") // as above
    private static Step<Object, Object> untyped(Step<?, ?> step) {
      return (Step<Object, Object>) step;
    }

    private boolean chance(int percent) {
      return random.nextInt(100) < percent;
    }

    private String name(String prefix) {
      return prefix + ++names;
    }

    private <T> T oneOf(List<T> all) {
      return all.get(random.nextInt(all.size()));
    }

    // Steps.

    private Made step(List<Known> scope, int depth, int items) {
      if (depth >= 5 || budget <= 0) {
        return task(scope, items);
      }
      return switch (random.nextInt(10)) {
        case 0 -> parallel(scope, depth, items);
        case 1 -> choice(scope, depth, items);
        case 2, 3 -> foreach(scope, depth, items);
        case 4 -> dag(scope, depth, items);
        case 5 -> fallback(scope, depth, items);
        default -> task(scope, items);
      };
    }

    private Made branch(List<Known> scope, int depth, int items) {
      return chance(40) ? sequence(scope, depth + 1, items) : step(scope, depth + 1, items);
    }

    private Made sequence(List<Known> scope, int depth, int items) {
      List<Known> known = new ArrayList<>(scope);
      List<Step<?, ?>> steps = new ArrayList<>();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        Made made = step(known, depth, items);
        steps.add(made.step());
        known.addAll(made.adds());
      }
      return new Made(Sequence.untyped(steps), known.subList(scope.size(), known.size()));
    }

    private Made parallel(List<Known> scope, int depth, int items) {
      List<Known> adds = new ArrayList<>();
      List<Step<?, ?>> branches = new ArrayList<>();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        Made made = branch(scope, depth, items);
        branches.add(made.step());
        adds.addAll(made.adds());
      }
      return new Made(Parallel.untyped(branches), adds);
    }

    private static List<Known> maybe(List<Known> adds) {
      return adds.stream()
          .map(one -> new Known(one.name(), false, one.handle()))
          .toList();
    }

    private Made choice(List<Known> scope, int depth, int items) {
      List<Known> adds = new ArrayList<>();
      List<Step<?, ?>> branches = new ArrayList<>();
      for (int n = 2 + random.nextInt(2); n > 0; n--) {
        Made made = branch(scope, depth, items);
        branches.add(made.step());
        adds.addAll(maybe(made.adds()));
      }
      Step<Object, Object> otherwise = untyped(branches.remove(0));
      if (chance(50)) {
        String name = name("switch");
        boolean isBad = chance(8);
        Switch.MoreCases<Object, Long, Object> cases = Switch.<Object, Long>on(input -> {
              long drawn = value(name, input);
              if (isBad && drawn % 3 == 0) {
                throw new Injected(name);
              }
              return drawn % 3;
            })
            .when(0L, untyped(branches.get(0)));
        if (branches.size() > 1) {
          cases = cases.when(1L, untyped(branches.get(1)));
        }
        // Without the rest, its branch is not part of the workflow.
        return chance(70)
            ? new Made(cases.otherwise(otherwise), adds)
            : new Made(cases.orEmpty(), without(adds, otherwise));
      }
      List<Switch.Case> cases = new ArrayList<>();
      branches.forEach(
          branch -> cases.add(new Switch.Case(new Switch.Holds(condition(scope, items)), branch)));
      return chance(60)
          ? new Made(Switch.untyped(cases, otherwise), adds)
          : new Made(Switch.untyped(cases, null), without(adds, otherwise));
    }

    private static List<Known> without(List<Known> adds, Step<?, ?> step) {
      var names = ReferenceInterpreter.defined(step);
      return adds.stream().filter(one -> !names.contains(one.name())).toList();
    }

    private Made foreach(List<Known> scope, int depth, int items) {
      String name = name("foreach");
      int kind = random.nextInt(40); // 0 to 3: bad now and then
      int most = chance(10) ? 12 : 4;
      Foreach.Items collection = switch (random.nextInt(8)) {
        case 0 -> new Foreach.Flow();
        case 1 -> Foreach.Zipped.single(binding(scope, items));
        default ->
          new Foreach.Selected(input ->
              items(name, value(name, input), value(name, input) % 3 == 0 ? kind : 9, most));
      };
      Made body = branch(scope, depth, items + 1);
      Foreach<Object, Object> foreach = Foreach.untyped(collection, body.step());
      if (chance(50)) {
        foreach = foreach.concurrency(1 + random.nextInt(3));
      }
      Step<?, ?> step = chance(50)
          ? foreach
          : foreach.tolerate(
              chance(60)
                  ? Tolerance.failures(random.nextInt(4))
                  : Tolerance.percent(random.nextInt(5) * 25));
      return new Made(
          step,
          ReferenceInterpreter.exit(body.step())
              .map(exit -> List.of(new Known(exit, true, null)))
              .orElse(List.of()));
    }

    private static @Nullable Object items(String name, long drawn, int kind, int most)
        throws Injected {
      switch (kind) {
        case 0 -> throw new Injected(name);
        case 1 -> {
          return null;
        }
        case 2 -> {
          return "no list";
        }
        case 3 -> {
          return (Iterable<Object>) () -> {
            throw new IllegalStateException(name + " cannot be read");
          };
        }
        default -> {
          return list(drawn, most);
        }
      }
    }

    private static List<Long> list(long drawn, int most) {
      List<Long> list = new ArrayList<>();
      for (long i = drawn % (most + 1); i > 0; i--) {
        list.add((drawn + i) % 1_000);
      }
      return list;
    }

    private Made fallback(List<Known> scope, int depth, int items) {
      Made tried = task(scope, items);
      Task<?, ?> task = (Task<?, ?>) tried.step();
      if (task.code() instanceof TaskCode.Pass) {
        return tried;
      }
      if (!faults.containsKey(task.name()) && chance(60)) {
        fault(task.name(), false);
      }
      Made otherwise = branch(scope, depth, items);
      List<Known> adds = new ArrayList<>(maybe(otherwise.adds()));
      adds.addAll(tried.adds());
      return new Made(Fallback.untyped(Task.untyped(task), otherwise.step()), adds);
    }

    private Made dag(List<Known> scope, int depth, int items) {
      int size = 1 + random.nextInt(5);
      List<Made> bodies = new ArrayList<>();
      List<String> nodeNames = new ArrayList<>();
      List<Known> known = new ArrayList<>(scope);
      List<Integer> ends = new ArrayList<>(); // how much was known when a node had ended
      for (int i = 0; i < size; i++) {
        // Reads go to earlier nodes and edges to later ones, so there is no circle.
        Made body = branch(known, depth, items);
        bodies.add(body);
        Optional<String> exit = body.step() instanceof Foreach
            ? Optional.empty()
            : ReferenceInterpreter.exit(body.step());
        boolean same = exit.isPresent() && endsInTask(body.step()) && chance(60);
        nodeNames.add(same ? exit.get() : name("node"));
        known.addAll(body.adds());
        if (!same) {
          known.add(new Known(nodeNames.get(i), true, null));
        }
        ends.add(known.size());
      }
      List<Dag.Node> nodes = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        List<String> later = new ArrayList<>(nodeNames.subList(i + 1, size));
        Collections.shuffle(later, random);
        List<String> targets = later.subList(0, random.nextInt(later.size() + 1));
        Dag.Next next = new Dag.All(targets);
        if (!targets.isEmpty() && chance(35)) {
          List<Dag.Choice> ways = new ArrayList<>();
          for (String target : targets) {
            Optional<Condition> when = chance(25)
                ? Optional.empty()
                : Optional.of(condition(known.subList(0, ends.get(i)), items));
            ways.add(new Dag.Choice(when, target));
          }
          next = new Dag.FirstMatch(ways);
        }
        nodes.add(new Dag.Node(nodeNames.get(i), bodies.get(i).step(), next));
      }
      return new Made(Dag.of(nodes), known.subList(scope.size(), known.size()));
    }

    private static boolean endsInTask(Step<?, ?> step) {
      return step instanceof Task
          || (step instanceof Sequence<?, ?> all
              && all.steps().get(all.steps().size() - 1) instanceof Task);
    }

    // Tasks.

    private Made task(List<Known> scope, int items) {
      budget--;
      String name = name("t");
      if (chance(6)) {
        Task<?, ?> pass = Task.pass(name);
        return new Made(pass, List.of(new Known(name, true, pass)));
      }
      Task<Object, Object> task = function(name, scope);
      if (chance(12)) {
        task = task.inputs(bindings(scope, items));
      }
      if (chance(8)) {
        task = Task.untyped(task.outputs(Map.of("v", OptionalLong.empty())));
      }
      boolean hasTotal = false;
      if (chance(16)) {
        hasTotal = chance(35);
        task = hasTotal ? task.totalTimeout(total()) : task.timeout(timeout());
        fault(name, true);
      } else if (takesTime ? chance(60) : chance(8)) {
        fault(name, false);
      }
      if (chance(faults.containsKey(name) ? 45 : 10)) {
        task = task.retry(retry());
      }
      if (chance(45)) {
        task = task.compensate(undo);
        undoable.add(name);
      }
      if (!takesTime && !hasTotal && chance(12)) {
        task = task.function(oneOf(List.of("one at a time", "two at a time")));
      }
      if (!takesTime && !hasTotal && chance(12)) {
        task = task.resources(Resources.NONE.withCpus(1 + random.nextInt(4)));
      }
      return new Made(task, List.of(new Known(name, true, task)));
    }

    private Task<Object, Object> function(String name, List<Known> scope) {
      int kind = random.nextInt(20);
      boolean isBad = chance(3);
      List<Known> readable = scope.stream().filter(one -> one.handle() != null).toList();
      if (readable.isEmpty() || !chance(30)) {
        return Task.task(name, input -> output(name, kind, isBad, value(name, input)));
      }
      Task.Reading reading = Task.reading();
      for (int n = 1 + random.nextInt(2); n > 0; n--) {
        Known known = oneOf(readable);
        reading =
            known.surely() ? reading.and(known.handle()) : reading.andOptional(known.handle());
      }
      return reading.task(
          name,
          (input, read) ->
              output(name, kind, isBad, value(name, List.of(Digest.of(input), Digest.of(read)))));
    }

    private static long value(String name, @Nullable Object input) {
      return (Digest.mix(name.hashCode(), Digest.of(input)) >>> 1) % 1_000_000_007L;
    }

    private static @Nullable Object output(String name, int kind, boolean isBad, long drawn)
        throws Injected {
      if (isBad && drawn % 3 == 0) {
        throw new Injected(name + " by its input");
      }
      return switch (kind) {
        case 0 -> null;
        case 1 -> "text " + drawn;
        case 2, 3 -> list(drawn, 4);
        case 4, 5 -> Map.of("v", drawn);
        default -> drawn;
      };
    }

    private Duration timeout() {
      return takesTime ? millis(1 + random.nextInt(8), 3) : Duration.ofHours(1 + random.nextInt(3));
    }

    private Duration total() {
      return takesTime ? millis(3 + random.nextInt(20), 7) : Duration.ofHours(1_000);
    }

    private RetryPolicy retry() {
      RetryPolicy policy = RetryPolicy.attempts(2 + random.nextInt(3))
          .backoff(millis(random.nextInt(3), 0), 1 + random.nextInt(2), millis(4, 0))
          .jitter(0);
      return chance(10) ? policy.notOn(Injected.class) : policy;
    }

    private void fault(String name, boolean mayHang) {
      List<Act> acts = new ArrayList<>(List.of(Act.THROW, Act.THROW, Act.THROW, Act.THROW));
      acts.addAll(List.of(Act.ERROR, Act.CANCEL));
      if (mayHang) {
        acts.addAll(List.of(Act.HANG, Act.HANG, Act.HANG, Act.HANG_AND_RETURN));
      }
      boolean fails = chance(takesTime && !mayHang ? 12 : 70);
      Act act = fails ? oneOf(acts) : Act.RETURN;
      if (act == Act.CANCEL && chance(50)) {
        act = Act.THROW;
      }
      faults.put(
          name,
          new Faults.OfTask(
              act,
              act == Act.CANCEL ? 1 : oneOf(List.of(1, 2, 3, 99)),
              oneOf(List.of(25, 50, 100)),
              takesTime ? millis(random.nextInt(6), 0) : Duration.ZERO,
              chance(20),
              chance(10) ? 1 + random.nextInt(3) : 0));
    }

    // Data.

    private Map<String, Binding> bindings(List<Known> scope, int items) {
      if (chance(20)) {
        return Map.of("", binding(scope, items)); // the bare value
      }
      return named(scope, items);
    }

    private Map<String, Binding> named(List<Known> scope, int items) {
      Map<String, Binding> bindings = new LinkedHashMap<>();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        bindings.put(name("in"), binding(scope, items));
      }
      return bindings;
    }

    private Binding binding(List<Known> scope, int items) {
      if (chance(10)) {
        return Binding.constant(random.nextInt(10));
      }
      List<DataRef> references = new ArrayList<>();
      boolean surely = true;
      for (int n = chance(25) ? 2 : 1; n > 0; n--) {
        if (!scope.isEmpty() && chance(70)) {
          Known known = oneOf(scope);
          surely &= known.surely();
          DataRef output = DataRef.output(known.name());
          references.add(chance(10) ? output.then(new DataRef.Key("v")) : output);
        } else if (items > 0) {
          references.add(new DataRef(new DataRef.Item(random.nextInt(items)), List.of()));
        } else {
          references.add(new DataRef(new DataRef.Input(), List.of()));
        }
      }
      return new Binding.From(references, (!surely && references.size() == 1) || chance(30));
    }

    private Condition condition(List<Known> scope, int items) {
      List<String> texts = new ArrayList<>(List.of("INPUT"));
      if (items > 0) {
        texts.add("ITEM");
        texts.add("ITEM^" + random.nextInt(items));
      }
      scope.forEach(known -> texts.add(known.name()));
      String text = oneOf(texts);
      return Condition.condition(
          switch (random.nextInt(6)) {
            case 0 -> text + " % 2 == 0"; // fails on what is no number
            case 1 -> text + " > 500000000";
            case 2 -> text + " == null";
            case 3 -> "not " + text;
            default -> text + " != 7 and " + oneOf(texts) + " != 8";
          });
    }
  }
}
