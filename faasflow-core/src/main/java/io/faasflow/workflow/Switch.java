package io.faasflow.workflow;

import io.faasflow.function.TaskFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of several branches, chosen when the run gets here. The branches that are not chosen are
 * skipped. Immutable.
 *
 * <p>Cases are tried in their order. A case holds a constant, compared with what the selector gives
 * ({@link #on}), or a condition ({@link #choose()}).
 *
 * @param <I> what the chosen branch takes
 * @param <O> what it gives
 */
public final class Switch<I, O> implements Step<I, O> {
  /**
   * When a branch is taken.
   *
   * <p>The set is closed.
   */
  public sealed interface Test permits Equal, Holds {}

  /** Taken when the selector gives a value equal to this. */
  public record Equal(Object value) implements Test {
    /** Refuses null. */
    public Equal {
      Objects.requireNonNull(value, "value");
    }
  }

  /** Taken when the condition holds. */
  public record Holds(Condition condition) implements Test {
    /** Refuses null. */
    public Holds {
      Objects.requireNonNull(condition, "condition");
    }
  }

  /** A test and the branch that it leads to. */
  public record Case(Test test, Step<?, ?> branch) {
    /** Refuses null. */
    public Case {
      Objects.requireNonNull(test, "test");
      Objects.requireNonNull(branch, "branch");
    }
  }

  /** What happens when no case applies. */
  private enum Rest {
    /** The branch {@code otherwise} runs. */
    BRANCH,
    /** The switch gives an {@link Optional}, empty when nothing ran. */
    EMPTY,
    /** The input goes through as it came. */
    PASS
  }

  private final @Nullable TaskFunction<@Nullable Object, @Nullable Object> selector;
  private final List<Case> cases;
  private final @Nullable Step<?, ?> otherwise;
  private final Rest rest;
  private final int depth;

  private Switch(
      @Nullable TaskFunction<@Nullable Object, @Nullable Object> selector,
      List<Case> cases,
      @Nullable Step<?, ?> otherwise,
      Rest rest) {
    this.selector = selector;
    this.cases = List.copyOf(cases);
    this.otherwise = otherwise;
    this.rest = rest;
    this.depth = Depth.above("switch", branches());
  }

  /**
   * Begins a switch on a value: {@code Switch.on(Order::country).when("CH", swiss).otherwise(rest)}.
   */
  public static <I, K> Cases<I, K> on(TaskFunction<? super I, ? extends K> selector) {
    Objects.requireNonNull(selector, "selector");
    return new Cases<>(selector);
  }

  /** Begins a switch on conditions: {@code Switch.choose().when(condition("INPUT.x < 3"), small)}. */
  public static Conditions choose() {
    return new Conditions();
  }

  /**
   * A switch on conditions whose types nobody has checked, for readers of definitions. Without
   * {@code otherwise}, the input goes through when no case applies.
   */
  public static Switch<Object, Object> untyped(List<Case> cases, @Nullable Step<?, ?> otherwise) {
    return new Switch<>(null, cases, otherwise, otherwise == null ? Rest.PASS : Rest.BRANCH);
  }

  /** What gives the value that {@link Equal} cases are compared with; empty if there are none. */
  public Optional<TaskFunction<@Nullable Object, @Nullable Object>> selector() {
    return Optional.ofNullable(selector);
  }

  /** The cases in the order in which they are tried. */
  public List<Case> cases() {
    return cases;
  }

  /** What runs when no case applies. */
  public Optional<Step<?, ?>> otherwise() {
    return Optional.ofNullable(otherwise);
  }

  /** Whether the output is wrapped: an {@link Optional} that is empty when no branch ran. */
  public boolean isOptional() {
    return rest == Rest.EMPTY;
  }

  /** All branches: those of the cases, then the one for the rest if there is one. */
  public List<Step<?, ?>> branches() {
    List<Step<?, ?>> all = new ArrayList<>();
    cases.forEach(c -> all.add(c.branch()));
    otherwise().ifPresent(all::add);
    return List.copyOf(all);
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Switch<?, ?> that
        && Objects.equals(selector, that.selector)
        && cases.equals(that.cases)
        && Objects.equals(otherwise, that.otherwise)
        && rest == that.rest;
  }

  @Override
  public int hashCode() {
    return Objects.hash(cases, otherwise, rest);
  }

  @Override
  public String toString() {
    return "switch" + cases + otherwise().map(step -> " otherwise " + step).orElse("");
  }

  /**
   * A switch on a value that has no case yet.
   *
   * @param <I> what the branches take
   * @param <K> what the selector gives
   */
  public static final class Cases<I, K> {
    private final TaskFunction<? super I, ? extends K> selector;

    private Cases(TaskFunction<? super I, ? extends K> selector) {
      this.selector = selector;
    }

    /**
     * The branch for a value.
     *
     * @param value compared by {@link Object#equals}
     */
    public <O> MoreCases<I, K, O> when(K value, Step<? super I, ? extends O> branch) {
      return new MoreCases<I, K, O>(selector, List.of()).when(value, branch);
    }
  }

  /**
   * A switch on a value that has at least one case. Each call returns a new one.
   *
   * @param <I> what the branches take
   * @param <K> what the selector gives
   * @param <O> what the branches give
   */
  public static final class MoreCases<I, K, O> {
    private final TaskFunction<? super I, ? extends K> selector;
    private final List<Case> cases;

    private MoreCases(TaskFunction<? super I, ? extends K> selector, List<Case> cases) {
      this.selector = selector;
      this.cases = cases;
    }

    /**
     * The branch for another value.
     *
     * @throws IllegalArgumentException when there is a branch for that value already
     */
    public MoreCases<I, K, O> when(K value, Step<? super I, ? extends O> branch) {
      Equal test = new Equal(value);
      for (Case one : cases) {
        if (one.test().equals(test)) {
          throw new IllegalArgumentException(
              "The value " + value + " leads to " + one.branch() + " already; give it one branch");
        }
      }
      return new MoreCases<>(selector, plus(cases, new Case(test, branch)));
    }

    /** The branch for all other values; completes the switch. */
    public Switch<I, O> otherwise(Step<? super I, ? extends O> branch) {
      return new Switch<>(
          untypedSelector(), cases, Objects.requireNonNull(branch, "branch"), Rest.BRANCH);
    }

    /**
     * Completes the switch without a branch for all other values: what it gives is empty for them
     * (and when the branch that ran gave null).
     */
    public Switch<I, Optional<O>> orEmpty() {
      return new Switch<>(untypedSelector(), cases, null, Rest.EMPTY);
    }

    @SuppressWarnings("unchecked") // the builder's types guarantee that it is given an I
    private TaskFunction<@Nullable Object, @Nullable Object> untypedSelector() {
      return (TaskFunction<@Nullable Object, @Nullable Object>) (TaskFunction<?, ?>) selector;
    }
  }

  /** A switch on conditions that has no case yet. */
  public static final class Conditions {
    private Conditions() {}

    /** The branch for when the condition holds. */
    public <I, O> MoreConditions<I, O> when(Condition condition, Step<I, O> branch) {
      return new MoreConditions<>(List.of(new Case(new Holds(condition), branch)));
    }
  }

  /**
   * A switch on conditions that has at least one case. Each call returns a new one.
   *
   * @param <I> what the branches take
   * @param <O> what the branches give
   */
  public static final class MoreConditions<I, O> {
    private final List<Case> cases;

    private MoreConditions(List<Case> cases) {
      this.cases = cases;
    }

    /** The branch for when this condition holds and none before it did. */
    public MoreConditions<I, O> when(Condition condition, Step<? super I, ? extends O> branch) {
      return new MoreConditions<>(plus(cases, new Case(new Holds(condition), branch)));
    }

    /** The branch for when no condition holds; completes the switch. */
    public Switch<I, O> otherwise(Step<? super I, ? extends O> branch) {
      return new Switch<>(null, cases, Objects.requireNonNull(branch, "branch"), Rest.BRANCH);
    }

    /** Completes the switch: what it gives is empty when no condition holds. */
    public Switch<I, Optional<O>> orEmpty() {
      return new Switch<>(null, cases, null, Rest.EMPTY);
    }
  }

  private static List<Case> plus(List<Case> cases, Case another) {
    List<Case> all = new ArrayList<>(cases);
    all.add(another);
    return List.copyOf(all);
  }
}
