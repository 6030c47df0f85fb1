package io.faasflow.examples.cli;

import io.faasflow.partition.AllOnOne;
import io.faasflow.partition.GreedyMerge;
import io.faasflow.partition.HashSpread;
import io.faasflow.partition.LocalitySpread;
import io.faasflow.partition.Partitioner;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The partitioners by their names. */
final class Partitioners {
  private static final Map<String, Partitioner> BY_NAME = byName();

  /** The names, for picocli. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return names().iterator();
    }
  }

  private Partitioners() {}

  private static Map<String, Partitioner> byName() {
    Map<String, Partitioner> map = new LinkedHashMap<>();
    for (Partitioner one :
        List.of(new AllOnOne(), new HashSpread(), new GreedyMerge(), new LocalitySpread())) {
      map.put(one.name(), one);
    }
    return map;
  }

  static Set<String> names() {
    return BY_NAME.keySet();
  }

  /**
   * The partitioner of that name; without a name, one that makes use of all workers.
   *
   * @throws UsageException when there is none of that name
   */
  static Partitioner find(@Nullable String name, int workers) {
    if (name == null) {
      return workers == 1 ? new AllOnOne() : new LocalitySpread();
    }
    return Optional.ofNullable(BY_NAME.get(name))
        .orElseThrow(() -> new UsageException("there is no partitioner '"
            + name
            + "'."
            + NearNames.question(name, names())
            + " Known are: "
            + String.join(", ", names())));
  }
}
