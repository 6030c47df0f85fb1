package io.faasflow.workflow;

import io.faasflow.function.TaskFunction;
import io.faasflow.run.InstanceResult;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A body that runs once for each item, instances in parallel. Gives the outputs of the instances in
 * the order of the items. No items: an empty list. Immutable.
 *
 * @param <I> what the step takes
 * @param <R> what one instance gives
 */
public final class Foreach<I, R> implements Step<I, List<R>> {
  /**
   * Where the items come from.
   *
   * <p>The set is closed.
   */
  public sealed interface Items permits Flow, Selected, Zipped {}

  /** The step's own input is the collection. */
  public record Flow() implements Items {}

  /** A function of the step's input gives the collection. */
  public record Selected(TaskFunction<@Nullable Object, @Nullable Object> selector)
      implements Items {
    /** Refuses null. */
    public Selected {
      Objects.requireNonNull(selector, "selector");
    }
  }

  /**
   * Collections from anywhere in the run. With one that has an empty name, an item is its element;
   * otherwise an item is a map with the elements at the same place of each collection, which must be
   * equally long.
   */
  public record Zipped(Map<String, Binding> collections) implements Items {
    /** Copies the map, keeping its order. */
    public Zipped {
      collections = OrderedMaps.copyOf(collections);
    }

    /** Items that are the elements of one collection. */
    public static Zipped single(Binding collection) {
      return new Zipped(Map.of("", collection));
    }
  }

  private final Items items;
  private final Step<?, ?> body;
  private final OptionalInt concurrency;
  private final OptionalInt expectedInstances;
  private final @Nullable Tolerance tolerance;
  private final int depth;

  private Foreach(
      Items items,
      Step<?, ?> body,
      OptionalInt concurrency,
      OptionalInt expectedInstances,
      @Nullable Tolerance tolerance) {
    this.items = Objects.requireNonNull(items, "items");
    this.body = Objects.requireNonNull(body, "body");
    this.concurrency = concurrency;
    this.expectedInstances = expectedInstances;
    this.tolerance = tolerance;
    this.depth = Depth.above("foreach", List.of(body));
  }

  /**
   * A foreach over what a function of the input gives.
   *
   * @param items gives the collection; must not give null
   * @param body runs once for each item
   */
  @SuppressWarnings("unchecked") // an engine gives it an I, which is what this signature demands
  public static <I, E, R> Foreach<I, R> of(
      TaskFunction<? super I, ? extends Iterable<? extends E>> items, Step<? super E, R> body) {
    Objects.requireNonNull(items, "items");
    return new Foreach<>(
        new Selected((TaskFunction<@Nullable Object, @Nullable Object>) (TaskFunction<?, ?>) items),
        body,
        OptionalInt.empty(),
        OptionalInt.empty(),
        null);
  }

  /** A foreach over its own input. */
  public static <E, R> Foreach<Iterable<E>, R> each(Step<? super E, R> body) {
    return new Foreach<>(new Flow(), body, OptionalInt.empty(), OptionalInt.empty(), null);
  }

  /** A foreach whose types nobody has checked, for readers of definitions. */
  public static Foreach<Object, Object> untyped(Items items, Step<?, ?> body) {
    return new Foreach<>(items, body, OptionalInt.empty(), OptionalInt.empty(), null);
  }

  /**
   * The same with at most so many instances of one run at a time. Without it, as many as the worker
   * has threads for.
   *
   * @param maxInstances 1 or more; checked by {@link WorkflowBuilder#build()}
   */
  public Foreach<I, R> concurrency(int maxInstances) {
    return new Foreach<>(items, body, OptionalInt.of(maxInstances), expectedInstances, tolerance);
  }

  /**
   * The same with an estimate, for the partitioner and for containers that are started ahead, of how many
   * instances there will be.
   *
   * @param instances 0 or more; checked by {@link WorkflowBuilder#build()}
   */
  public Foreach<I, R> expectedInstances(int instances) {
    return new Foreach<>(items, body, concurrency, OptionalInt.of(instances), tolerance);
  }

  /**
   * The same, going on when instances fail, up to a limit; above it the run fails. Gives what became of
   * each instance. When a task of an instance has failed for good, nothing more of it is run.
   */
  public Foreach<I, InstanceResult<R>> tolerate(Tolerance limit) {
    Objects.requireNonNull(limit, "limit");
    return new Foreach<>(items, body, concurrency, expectedInstances, limit);
  }

  /** How many instances may fail; empty: none, the first failure is that of the run. */
  public Optional<Tolerance> tolerance() {
    return Optional.ofNullable(tolerance);
  }

  /** Where the items come from. */
  public Items items() {
    return items;
  }

  /** What runs for each item. */
  public Step<?, ?> body() {
    return body;
  }

  /** How many instances of one run may run at a time; empty: no limit of its own. */
  public OptionalInt concurrency() {
    return concurrency;
  }

  /** The estimated number of instances. */
  public OptionalInt expectedInstances() {
    return expectedInstances;
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Foreach<?, ?> that
        && items.equals(that.items)
        && body.equals(that.body)
        && concurrency.equals(that.concurrency)
        && expectedInstances.equals(that.expectedInstances)
        && Objects.equals(tolerance, that.tolerance);
  }

  @Override
  public int hashCode() {
    return Objects.hash(items, body, concurrency, expectedInstances);
  }

  @Override
  public String toString() {
    return "foreach[" + body + "]";
  }
}
