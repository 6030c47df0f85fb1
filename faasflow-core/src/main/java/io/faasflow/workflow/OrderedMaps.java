package io.faasflow.workflow;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Like {@link Map#copyOf}, but keeps the order, which readers and writers of definitions show. */
final class OrderedMaps {
  private OrderedMaps() {}

  static <V> Map<String, V> copyOf(Map<String, ? extends V> map) {
    Map<String, V> copy = new LinkedHashMap<>(map);
    copy.forEach((name, value) -> {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(value, name);
    });
    return Collections.unmodifiableMap(copy);
  }
}
