package io.faasflow.examples.orders;

import java.util.List;

/** What a customer wants. Immutable. */
public record Order(String id, String customer, List<Item> items) {
  /** Copies the list. */
  public Order {
    items = List.copyOf(items);
  }

  /** So many of a thing, at so many cents each. */
  public record Item(String article, int quantity, int cents) {}
}
