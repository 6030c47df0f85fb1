package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.DataRef;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.nodes.Node;

/** Turns bindings and conditions into nodes of our own format. */
final class DataWriter {
  private final List<String> refused;

  /**
   * @param refused gets what cannot be written
   */
  DataWriter(List<String> refused) {
    this.refused = refused;
  }

  Node bindings(String reader, Map<String, Binding> bindings) {
    Map<String, Node> entries = new LinkedHashMap<>();
    bindings.forEach((name, binding) -> entries.put(name, binding(reader, binding)));
    return YamlNodes.map(entries);
  }

  Node binding(String reader, Binding binding) {
    Map<String, Node> keys = new LinkedHashMap<>();
    if (binding instanceof Binding.From from) {
      List<Node> references = from.references().stream()
          .map(reference -> reference(reader, reference))
          .toList();
      if (references.size() == 1 && !from.optional()) {
        return references.get(0);
      }
      if (references.size() == 1) {
        keys.put("from", references.get(0));
      } else {
        keys.put("first", YamlNodes.list(references));
      }
      if (from.optional()) {
        keys.put("optional", YamlNodes.bool(true));
      }
    } else if (binding instanceof Binding.Constant constant) {
      keys.put("value", YamlNodes.data(constant.value()));
    }
    return YamlNodes.map(keys);
  }

  private Node reference(String reader, DataRef reference) {
    String text = reference.toString();
    if (!isReadable(reference, text)) {
      refused.add(reader + " reads '" + YamlProblems.quoted(text)
          + "', a reference that is too long, or has too large an index, to be read back:"
          + " shorten its names");
    }
    return YamlNodes.string(text);
  }

  private static boolean isReadable(DataRef reference, String text) {
    try {
      return DataRef.parse(text).equals(reference);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Adds {@code when} and, where there is any, {@code where}. */
  void condition(String reader, Condition condition, Map<String, Node> keys) {
    keys.put("when", YamlNodes.string(condition.expression()));
    if (!condition.where().isEmpty()) {
      keys.put("where", bindings(reader, condition.where()));
    }
  }
}
