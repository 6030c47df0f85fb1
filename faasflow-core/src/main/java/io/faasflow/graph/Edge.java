package io.faasflow.graph;

import java.util.List;

/**
 * An edge of a function graph: the second node waits for the first. Immutable.
 *
 * @param from the node that is waited for
 * @param to the node that waits
 * @param control whether it makes the second node run; false: it only carries data
 * @param data whether the second node reads what the first gives, whatever its size
 * @param choices with which choices of the first node, a switch, the edge is live; empty: always
 * @param bytes the estimated size of the data that the second node reads from the first
 */
public record Edge(
    Node from, Node to, boolean control, boolean data, List<Integer> choices, long bytes) {
  /** Copies the list. */
  public Edge {
    choices = List.copyOf(choices);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return from.id() * 31 + to.id();
  }

  @Override
  public String toString() {
    return from + " -> " + to;
  }
}
