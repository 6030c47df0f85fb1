package io.faasflow.workflow;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a constant in a definition may be: what JSON can say. */
final class Constants {
  private static final int MAX_DEPTH = 50;

  private Constants() {}

  static @Nullable Object copyOf(@Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "A constant nests lists and maps more than " + MAX_DEPTH + " deep");
    }
    if (value == null
        || value instanceof String
        || value instanceof Boolean
        || value instanceof Integer
        || value instanceof Double) {
      return value;
    }
    if (value instanceof Long number) {
      // One form for one number, so that equal definitions are equal however they came about.
      return number == number.intValue() ? (Object) number.intValue() : number;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>(list.size());
      for (Object element : list) {
        copy.add(copyOf(element, depth + 1));
      }
      return Collections.unmodifiableList(copy);
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (!(entry.getKey() instanceof String key)) {
          throw new IllegalArgumentException(
              "The keys of a constant map must be strings, one is " + entry.getKey());
        }
        copy.put(key, copyOf(entry.getValue(), depth + 1));
      }
      return Collections.unmodifiableMap(copy);
    }
    throw new IllegalArgumentException(
        "A constant must be a string, an int, long or double, a boolean, null, or a list or map of"
            + " such, but is a "
            + value.getClass().getName());
  }
}
