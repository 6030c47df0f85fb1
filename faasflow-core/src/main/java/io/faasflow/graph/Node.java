package io.faasflow.graph;

import io.faasflow.function.Resources;
import java.time.Duration;

/**
 * A node of a function graph. Immutable.
 *
 * @param id its index in {@link FunctionGraph#nodes()}, which is a topological order
 * @param name the name of its task; for the other nodes a name that begins with {@code #}
 * @param operation what it does
 * @param runtime the estimated time of one execution; zero where unknown
 * @param resources what it takes of its worker
 * @param outputBytes the estimated size of its output; 0 where unknown
 */
public record Node(
    int id,
    String name,
    Operation operation,
    Duration runtime,
    Resources resources,
    long outputBytes) {

  @Override
  public boolean equals(Object other) {
    return this == other; // nodes are compared by what they are, not by what they look like
  }

  @Override
  public int hashCode() {
    return id;
  }

  @Override
  public String toString() {
    return name;
  }
}
