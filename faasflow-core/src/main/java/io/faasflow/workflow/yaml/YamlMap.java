package io.faasflow.workflow.yaml;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.nodes.Node;

/** A map of a file, its keys checked. Confined to the reading thread. */
final class YamlMap {
  private final YamlValue self;
  private final Map<String, YamlValue> values = new LinkedHashMap<>();
  private final Map<String, Node> keys = new LinkedHashMap<>();

  YamlMap(YamlValue self) {
    this.self = self;
  }

  /** Adds an entry; false when the key is there already. */
  boolean put(String key, Node keyNode, YamlValue value) {
    if (keys.putIfAbsent(key, keyNode) != null) {
      return false;
    }
    values.put(key, value);
    return true;
  }

  /** The map as a value, for its position and for problems about the whole of it. */
  YamlValue self() {
    return self;
  }

  /** The keys in their order. */
  Set<String> keys() {
    return Collections.unmodifiableSet(keys.keySet());
  }

  /** The entries in their order. */
  Map<String, YamlValue> entries() {
    return Collections.unmodifiableMap(values);
  }

  /** Whether the key is there, be it with an empty value. */
  boolean has(String key) {
    return values.containsKey(key);
  }

  /** The value of a key, possibly {@linkplain YamlValue#isNull() null}; empty: no such key. */
  Optional<YamlValue> optional(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** The value of a key; when it is missing, that is reported, and the result empty. */
  Optional<YamlValue> required(String key) {
    Optional<YamlValue> value = optional(key);
    if (value.isEmpty()) {
      self.problems()
          .add(self.place().withKey(key), "the key is missing", "Add '" + key + ": ...' here");
    }
    return value;
  }

  /** Reports every key that is not one of these. */
  void unknownKeys(Collection<String> allowed) {
    for (String key : keys.keySet()) {
      if (!allowed.contains(key)) {
        problemAt(key, "the key is not known here", Spelling.cure(key, allowed));
      }
    }
  }

  /** Reports a problem at the position of a key, which must be there. */
  void problemAt(String key, String message, String cure) {
    Node node = keys.get(key);
    self.problems()
        .add(node == null ? self.place().withKey(key) : YamlValue.place(node, key), message, cure);
  }

  /** Where the value of the key begins; where the map does if the key is not there. */
  YamlProblems.Place placeOf(String key) {
    YamlValue value = values.get(key);
    return value == null ? self.place().withKey(key) : value.place();
  }
}
