package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.DataRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a step of a nested workflow sees: {@code INPUT} and {@code LOCAL}. Confined to the reading
 * of one document.
 *
 * <p>A scope with names of its own (of a step with {@code inputMappings}) has these as its {@code
 * INPUT} and as what {@code LOCAL} begins with; a scope without shares both with the one around it.
 * What the steps of a scope save stays in it until it is over; then its creator decides what goes
 * to the scope around it. So parallel branches do not see each other.
 */
final class NestedScope {
  /**
   * Where a name's value is.
   *
   * <p>References to items carry the number of the foreach counted from the outside, so that they
   * mean the same wherever they are used; {@link #binding} turns them around.
   *
   * @param references one or more, the preferred one first
   * @param sure whether one of them surely has a value
   */
  record Found(List<DataRef> references, boolean sure) {
    Found {
      references = List.copyOf(references);
    }

    static Found surely(DataRef reference) {
      return new Found(List.of(reference), true);
    }

    /** This, and where it has no value, the other. */
    Found orElse(Found other) {
      if (sure) {
        return this;
      }
      // A set, because both may end in the same place.
      Set<DataRef> all = new LinkedHashSet<>(references);
      all.addAll(other.references);
      return new Found(List.copyOf(all), other.sure);
    }

    /** The same, some steps further. */
    Found then(List<DataRef.Segment> path) {
      if (path.isEmpty()) {
        return this;
      }
      List<DataRef> further = new ArrayList<>();
      for (DataRef reference : references) {
        List<DataRef.Segment> longer = new ArrayList<>(reference.path());
        longer.addAll(path);
        further.add(new DataRef(reference.root(), longer));
      }
      return new Found(further, sure);
    }

    /** As a binding of a step that has so many foreach steps around it. */
    Binding.From binding(int foreachDepth, boolean optional) {
      List<DataRef> turned = new ArrayList<>();
      for (DataRef reference : references) {
        turned.add(
            reference.root() instanceof DataRef.Item item
                ? new DataRef(new DataRef.Item(foreachDepth - 1 - item.level()), reference.path())
                : reference);
      }
      return new Binding.From(turned, optional);
    }
  }

  private final @Nullable NestedScope around;
  private final @Nullable Map<String, Found> names;
  private final Map<String, Found> saved = new LinkedHashMap<>();
  private final Set<String> runInputs; // shared by all scopes of a document

  private NestedScope(
      @Nullable NestedScope around, @Nullable Map<String, Found> names, Set<String> runInputs) {
    this.around = around;
    this.names = names;
    this.runInputs = runInputs;
  }

  /** The scope around everything: its {@code INPUT} is what the run takes, whatever that is. */
  static NestedScope ofRun() {
    return new NestedScope(null, null, new LinkedHashSet<>());
  }

  /** A scope that shares {@code INPUT} and {@code LOCAL} with this one. */
  NestedScope inner() {
    return new NestedScope(this, null, runInputs);
  }

  /** A scope with names of its own. */
  NestedScope inner(Map<String, Found> ownNames) {
    return new NestedScope(this, ownNames, runInputs);
  }

  /** All names of {@code INPUT}; empty: it is the run's, whose names nobody knows. */
  Optional<Map<String, Found>> inputNames() {
    if (names != null) {
      return Optional.of(Collections.unmodifiableMap(names));
    }
    return around == null ? Optional.empty() : around.inputNames();
  }

  /** {@code INPUT.name}; empty if there can be no such. */
  Optional<Found> input(String name) {
    if (names != null) {
      return Optional.ofNullable(names.get(name));
    }
    return around == null ? Optional.of(runInput(name)) : around.input(name);
  }

  /** {@code LOCAL.name}; where nobody saved it, the run's input of that name. */
  Found local(String name) {
    Found here = saved.get(name);
    if (here != null && here.sure()) {
      return here;
    }
    Found behind = names == null ? null : names.get(name);
    if (behind == null) {
      behind = around == null ? runInput(name) : around.local(name);
    }
    return here == null ? behind : here.orElse(behind);
  }

  private Found runInput(String name) {
    runInputs.add(name);
    return Found.surely(DataRef.input(name));
  }

  /** Adds what a step has saved; it is newer than what was there. */
  void save(Map<String, Found> newer) {
    newer.forEach((name, found) -> saved.merge(name, found, (older, later) -> later.orElse(older)));
  }

  /** What the steps of this scope have saved. */
  Map<String, Found> saved() {
    return Collections.unmodifiableMap(saved);
  }

  /** The names in the run's input that were asked for, in the order in which they were. */
  Set<String> runInputs() {
    return Collections.unmodifiableSet(runInputs);
  }
}
