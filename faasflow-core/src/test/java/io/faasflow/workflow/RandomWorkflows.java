package io.faasflow.workflow;

import io.faasflow.function.Resources;
import io.faasflow.function.RetryPolicy;
import io.faasflow.function.TaskPolicy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random workflows, valid by construction: every construct nested in every other, named functions
 * and passes only, so that they can be written as YAML. The same seed gives the same workflow.
 */
public final class RandomWorkflows {
  private static final List<String> ODD_NAMES = List.of(
      "INPUT",
      "ITEM",
      "1",
      "0x1F",
      "0o17",
      "1e3",
      "1_000",
      ".5",
      "-",
      "--",
      "---",
      "...",
      "true",
      "False",
      "null",
      "~",
      "no",
      "Yes",
      "on",
      "2001-01-01",
      "12:30",
      "<<",
      "=",
      ".inf",
      ".nan",
      "a.b",
      "a b",
      " lead",
      "trail ",
      "a: b",
      "a #b",
      "#",
      "x#y",
      "[x]",
      "]",
      "{",
      "}",
      "*a",
      "&a",
      "!t",
      "!!str",
      "|",
      ">",
      "%",
      "@",
      "`",
      "'",
      "\"",
      "\\",
      "it's",
      "\"q\"",
      "?",
      "? x",
      ",",
      "a, b",
      "- x",
      ":",
      ":x",
      "x:",
      "and",
      "or",
      "not",
      "task",
      "with",
      "ü",
      "日本",
      "😀",
      "a\nb",
      "tab\tx",
      "cr\rx",
      "\u0007bell",
      "nul\u0000",
      "\u0085nel",
      "\u2028ls",
      "\uFEFFbom",
      "\u00A0nbsp",
      "x\\n",
      "$",
      "^",
      "(a)",
      "a/b",
      "ITEM^1",
      "INPUT.x",
      "faasflow",
      "dag",
      "long-".repeat(50));

  private final Random random;
  private final Deque<String> odd;
  private int count;
  private int budget;

  /** A name that can be read at some point. */
  private record Known(String name, boolean surely) {}

  /** A step, and what it adds to what can be read behind it. */
  private record Made(Step<?, ?> step, List<Known> adds) {}

  private RandomWorkflows(long seed, int maxSteps) {
    random = new Random(seed);
    budget = maxSteps;
    List<String> names = new ArrayList<>(ODD_NAMES);
    Collections.shuffle(names, random);
    odd = new ArrayDeque<>(names);
  }

  /** A workflow of up to about 30 tasks. */
  public static Workflow<Map<String, Object>, Object> workflow(long seed) {
    return workflow(seed, 30);
  }

  /**
   * A workflow.
   *
   * @param maxSteps about how many tasks it has at most
   */
  public static Workflow<Map<String, Object>, Object> workflow(long seed, int maxSteps) {
    return new RandomWorkflows(seed, maxSteps).workflow();
  }

  private Workflow<Map<String, Object>, Object> workflow() {
    WorkflowBuilder<Map<String, Object>, Object> builder =
        Workflow.<Map<String, Object>>builder(name()).sequence(Task.pass(name()));
    if (chance(3)) {
      builder.version(name());
    }
    if (chance(2)) {
      builder.inputs(sizes());
    }
    Made body = sequence(List.of(), 0, 0);
    builder = builder.sequence(untyped(body.step()));
    if (chance(3)) {
      builder.outputs(bindings(body.adds(), 0, true));
    }
    return builder.build();
  }

  @SuppressWarnings("unchecked") // nobody checks the types of a random definition
  private static Step<Object, Object> untyped(Step<?, ?> step) {
    return (Step<Object, Object>) step;
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private String name() {
    return odd.isEmpty() || !chance(4) ? "t" + ++count : odd.pop();
  }

  // Steps.

  private Made step(List<Known> scope, int depth, int items) {
    if (depth >= 5 || budget <= 0) {
      return task(scope, items);
    }
    return switch (random.nextInt(9)) {
      case 0 -> parallel(scope, depth, items);
      case 1 -> choice(scope, depth, items);
      case 2 -> foreach(scope, depth, items);
      case 3 -> dag(scope, depth, items);
      case 4 -> fallback(scope, depth, items);
      default -> task(scope, items);
    };
  }

  /** A step or a sequence, which may be of one step. */
  private Made branch(List<Known> scope, int depth, int items) {
    return chance(3) ? sequence(scope, depth + 1, items) : step(scope, depth, items);
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
      Made made = branch(scope, depth + 1, items);
      branches.add(made.step());
      adds.addAll(made.adds());
    }
    return new Made(Parallel.untyped(branches), adds);
  }

  private Made choice(List<Known> scope, int depth, int items) {
    List<Known> adds = new ArrayList<>();
    List<Switch.Case> cases = new ArrayList<>();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      Condition condition = condition(scope, items);
      Made made = branch(scope, depth + 1, items);
      cases.add(new Switch.Case(new Switch.Holds(condition), made.step()));
      adds.addAll(maybe(made.adds()));
    }
    if (chance(3)) {
      return new Made(orEmpty(cases), adds);
    }
    Step<?, ?> otherwise = null;
    if (chance(2)) {
      Made made = branch(scope, depth + 1, items);
      otherwise = made.step();
      adds.addAll(maybe(made.adds()));
    }
    return new Made(Switch.untyped(cases, otherwise), adds);
  }

  private static Step<?, ?> orEmpty(List<Switch.Case> cases) {
    Switch.MoreConditions<Object, Object> more = null;
    for (Switch.Case one : cases) {
      Condition condition = ((Switch.Holds) one.test()).condition();
      more = more == null
          ? Switch.choose().when(condition, untyped(one.branch()))
          : more.when(condition, untyped(one.branch()));
    }
    return more.orEmpty();
  }

  private static List<Known> maybe(List<Known> adds) {
    return adds.stream().map(one -> new Known(one.name(), false)).toList();
  }

  private Made foreach(List<Known> scope, int depth, int items) {
    Foreach.Items collection = switch (random.nextInt(3)) {
      case 0 -> new Foreach.Flow();
      case 1 -> Foreach.Zipped.single(binding(scope, items, false));
      default -> {
        Map<String, Binding> zipped = bindings(scope, items, false);
        zipped.putIfAbsent(name(), binding(scope, items, false));
        yield new Foreach.Zipped(zipped);
      }
    };
    Made body = branch(scope, depth + 1, items + 1);
    Foreach<Object, Object> foreach = Foreach.untyped(collection, body.step());
    if (chance(2)) {
      foreach = foreach.concurrency(1 + random.nextInt(8));
    }
    if (chance(2)) {
      foreach = foreach.expectedInstances(random.nextInt(20));
    }
    // What can be read behind it is the list of the outputs of the task that ends the body.
    Step<?, ?> step = !chance(8)
        ? foreach
        : foreach.tolerate(
            chance(2) ? Tolerance.failures(random.nextInt(3)) : Tolerance.percent(12.5));
    return new Made(
        step,
        Names.exit(body.step())
            .map(exit -> List.of(new Known(exit.name(), true)))
            .orElse(List.of()));
  }

  private Made fallback(List<Known> scope, int depth, int items) {
    Made tried = task(scope, items);
    if (!(tried.step() instanceof Task<?, ?> task) || task.code() instanceof TaskCode.Pass) {
      return tried;
    }
    Made otherwise = branch(scope, depth + 1, items);
    List<Known> adds = new ArrayList<>(maybe(otherwise.adds()));
    adds.addAll(tried.adds());
    return new Made(Fallback.untyped(Task.untyped(task), otherwise.step()), adds);
  }

  private Made dag(List<Known> scope, int depth, int items) {
    int size = 1 + random.nextInt(5);
    List<Made> bodies = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Known> known = new ArrayList<>(scope);
    List<Integer> ends = new ArrayList<>(); // how much was known when a node had ended
    for (int i = 0; i < size; i++) {
      // Reads go to earlier nodes and edges to later ones, so there is no circle.
      Made body = branch(known, depth + 1, items);
      bodies.add(body);
      Optional<Task<?, ?>> exit =
          body.step() instanceof Foreach ? Optional.empty() : Names.exit(body.step());
      boolean same = exit.isPresent() && !chance(3);
      names.add(same ? exit.get().name() : name());
      known.addAll(body.adds());
      if (!same) {
        known.add(new Known(names.get(i), true));
      }
      ends.add(known.size());
    }
    List<Dag.Node> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      List<String> later = new ArrayList<>(names.subList(i + 1, size));
      Collections.shuffle(later, random);
      List<String> targets = later.subList(0, random.nextInt(later.size() + 1));
      Dag.Next next = new Dag.All(targets);
      if (!targets.isEmpty() && chance(3)) {
        List<Dag.Choice> ways = new ArrayList<>();
        for (String target : targets) {
          Optional<Condition> when = chance(4)
              ? Optional.empty()
              : Optional.of(condition(known.subList(0, ends.get(i)), items));
          ways.add(new Dag.Choice(when, target));
        }
        next = new Dag.FirstMatch(ways);
      }
      nodes.add(new Dag.Node(names.get(i), bodies.get(i).step(), next));
    }
    return new Made(Dag.of(nodes), known.subList(scope.size(), known.size()));
  }

  private Made task(List<Known> scope, int items) {
    budget--;
    String name = name();
    Task<Object, Object> task = chance(6) ? Task.pass(name) : Task.named(name);
    if (task.code() instanceof TaskCode.Named && chance(3)) {
      task = task.function(chance(2) ? name : "f" + random.nextInt(5));
    }
    if (chance(2)) {
      task = task.inputs(bindings(scope, items, false));
    }
    if (chance(3)) {
      task = Task.untyped(task.outputs(sizes()));
    }
    if (chance(4)) {
      task = task.expectedOutputBytes(random.nextInt(5) * 1_000L);
    }
    if (chance(4)) {
      long nanos = random.nextLong() >>> (1 + random.nextInt(60));
      task = task.expectedRuntime(
          chance(2) ? Duration.ofNanos(nanos) : Duration.ofSeconds(random.nextInt(8_000)));
    }
    if (chance(4)) {
      task = task.resources(new Resources(
          random.nextInt(4) * 0.3,
          chance(2) ? random.nextInt(9) * (64L << 20) : random.nextInt(100_000),
          random.nextInt(3)));
    }
    if (task.code() instanceof TaskCode.Named && chance(4)) {
      task = task.policy(policy());
    }
    return new Made(task, List.of(new Known(name, true)));
  }

  private TaskPolicy policy() {
    TaskPolicy policy = TaskPolicy.NONE;
    if (chance(2)) {
      policy = policy.withTimeout(Duration.ofHours(1 + random.nextInt(100)));
    }
    if (chance(3)) {
      policy = policy.withTotalTimeout(Duration.ofMinutes(100 + random.nextInt(100)));
    }
    if (chance(2)) {
      RetryPolicy retry = RetryPolicy.attempts(1 + random.nextInt(3)).jitter(random.nextDouble());
      policy = policy.withRetry(chance(2) ? retry : retry.fixedDelay(Duration.ofNanos(5)));
    }
    return policy;
  }

  private Map<String, OptionalLong> sizes() {
    Map<String, OptionalLong> sizes = new LinkedHashMap<>();
    for (int n = random.nextInt(4); n > 0; n--) {
      sizes.put(
          name(), chance(2) ? OptionalLong.empty() : OptionalLong.of(random.nextInt(1 << 20)));
    }
    return sizes;
  }

  // Data.

  private Map<String, Binding> bindings(List<Known> scope, int items, boolean mayBeMissing) {
    Map<String, Binding> bindings = new LinkedHashMap<>();
    for (int n = random.nextInt(4); n > 0; n--) {
      bindings.put(chance(9) ? "" : name(), binding(scope, items, mayBeMissing));
    }
    return bindings;
  }

  private Binding binding(List<Known> scope, int items, boolean mayBeMissing) {
    if (chance(4)) {
      return Binding.constant(constant(0));
    }
    List<DataRef> references = new ArrayList<>();
    boolean surely = true;
    for (int n = chance(3) ? 2 + random.nextInt(2) : 1; n > 0; n--) {
      if (!scope.isEmpty() && chance(2)) {
        Known known = scope.get(random.nextInt(scope.size()));
        surely &= known.surely();
        references.add(path(DataRef.output(known.name())));
      } else if (items > 0 && chance(2)) {
        references.add(path(new DataRef(new DataRef.Item(random.nextInt(items)), List.of())));
      } else {
        references.add(path(new DataRef(new DataRef.Input(), List.of())));
      }
    }
    boolean needsOptional = !surely && references.size() == 1 && !mayBeMissing;
    return new Binding.From(references, needsOptional || chance(4));
  }

  private DataRef path(DataRef root) {
    DataRef reference = root;
    for (int n = random.nextInt(4); n > 0; n--) {
      reference = reference.then(
          switch (random.nextInt(4)) {
            case 0 -> new DataRef.Index(random.nextInt(20));
            case 1 -> new DataRef.Each();
            default -> new DataRef.Key(name());
          });
    }
    return reference;
  }

  private Condition condition(List<Known> scope, int items) {
    List<String> texts = new ArrayList<>(List.of("INPUT.x", "INPUT[\"a b\"]"));
    if (items > 0) {
      texts.add("ITEM");
      texts.add("ITEM^" + random.nextInt(items) + ".y");
    }
    scope.stream()
        .filter(known -> known.name().length() < 50)
        .limit(20)
        // Always in brackets: some names are words of the expression's own language.
        .forEach(known ->
            texts.add("[\"" + known.name().replace("\\", "\\\\").replace("\"", "\\\"") + "\"].v"));
    String first = texts.get(random.nextInt(texts.size()));
    String second = texts.get(random.nextInt(texts.size()));
    String expression = switch (random.nextInt(5)) {
      case 0 -> first;
      case 1 -> "not " + first + " or " + second + " >= 3.5";
      case 2 -> "(" + first + " + 1) * 2 < " + second;
      case 3 -> first + " == 'it is: #1' and " + second + " != \"x\"";
      default -> " " + first + " % 2 == 0 ";
    };
    if (!chance(3)) {
      return Condition.condition(expression);
    }
    return Condition.condition(expression, Map.of(first, binding(scope, items, true)));
  }

  private @Nullable Object constant(int depth) {
    return switch (random.nextInt(depth > 2 ? 8 : 10)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextInt();
      case 3 -> random.nextLong();
      case 4 -> random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20);
      case 5 -> (double) random.nextInt(10);
      case 6, 7 -> ODD_NAMES.get(random.nextInt(ODD_NAMES.size()));
      case 8 -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (int n = random.nextInt(4); n > 0; n--) {
          list.add(constant(depth + 1));
        }
        yield list;
      }
      default -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int n = random.nextInt(4); n > 0; n--) {
          map.put(ODD_NAMES.get(random.nextInt(ODD_NAMES.size())), constant(depth + 1));
        }
        yield map;
      }
    };
  }
}
