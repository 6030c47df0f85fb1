package io.faasflow.workflow.yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.CollectionNode;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/** Makes the nodes that are written. */
final class YamlNodes {
  private static final int MAX_FLOW = 60; // characters of a map or list on one line
  private static final Resolver YAML_1_1 = new Resolver();
  private static final Resolver YAML_1_2 = new CoreSchema();

  private YamlNodes() {}

  /** A string; in quotes where any version of YAML could take it for something else. */
  static Node string(String text) {
    return new ScalarNode(Tag.STR, text, null, null, style(text));
  }

  private static ScalarStyle style(String text) {
    boolean plain = YAML_1_1.resolve(NodeId.scalar, text, true).equals(Tag.STR)
        && YAML_1_2.resolve(NodeId.scalar, text, true).equals(Tag.STR)
        && text.chars().allMatch(YamlNodes::isPlain);
    return plain ? ScalarStyle.PLAIN : ScalarStyle.DOUBLE_QUOTED;
  }

  // Whether the rest may stand without quotes where it stands, the emitter knows.
  private static boolean isPlain(int c) {
    return c == ' ' || (c > 0x20 && c < 0x7F) || Character.isLetterOrDigit(c);
  }

  static Node number(long number) {
    return new ScalarNode(Tag.INT, Long.toString(number), null, null, ScalarStyle.PLAIN);
  }

  static Node number(double number) {
    String text;
    if (Double.isNaN(number)) {
      text = ".nan";
    } else if (Double.isInfinite(number)) {
      text = number > 0 ? ".inf" : "-.inf";
    } else {
      // YAML 1.1 takes a number without a sign in its exponent for a string.
      text = Double.toString(number).replaceFirst("E(?=[0-9])", "E+");
    }
    return new ScalarNode(Tag.FLOAT, text, null, null, ScalarStyle.PLAIN);
  }

  static Node bool(boolean value) {
    return new ScalarNode(Tag.BOOL, Boolean.toString(value), null, null, ScalarStyle.PLAIN);
  }

  /** Nothing, after a key: {@code key:}. */
  static Node nothing() {
    return new ScalarNode(Tag.NULL, "", null, null, ScalarStyle.PLAIN);
  }

  /** Null as a value. */
  static Node nil() {
    return new ScalarNode(Tag.NULL, "null", null, null, ScalarStyle.PLAIN);
  }

  /** A list, on one line if it is short. */
  static Node list(List<Node> elements) {
    return compact(new SequenceNode(Tag.SEQ, elements, FlowStyle.BLOCK));
  }

  /** A list, one element a line. */
  static Node lines(List<Node> elements) {
    return new SequenceNode(Tag.SEQ, elements, FlowStyle.BLOCK);
  }

  /** A map, on one line if it is short. */
  static Node map(Map<String, Node> entries) {
    return compact((MappingNode) block(entries));
  }

  /** A map, one key a line. */
  static Node block(Map<String, Node> entries) {
    List<NodeTuple> tuples = new ArrayList<>();
    entries.forEach((key, value) -> tuples.add(new NodeTuple(string(key), value)));
    return new MappingNode(Tag.MAP, tuples, FlowStyle.BLOCK);
  }

  /** What {@link YamlValue#asData()} reads. */
  static Node data(@Nullable Object value) {
    if (value instanceof String text) {
      return string(text);
    }
    if (value instanceof Boolean flag) {
      return bool(flag);
    }
    if (value instanceof Double number) {
      return number(number.doubleValue());
    }
    if (value instanceof Number number) {
      return number(number.longValue());
    }
    if (value instanceof List<?> elements) {
      return list(elements.stream().map(YamlNodes::data).toList());
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Node> entries = new LinkedHashMap<>();
      map.forEach((key, element) -> entries.put(String.valueOf(key), data(element)));
      return map(entries);
    }
    return nil();
  }

  private static <T> Node compact(CollectionNode<T> node) {
    if (node.getValue().isEmpty() || length(node) <= MAX_FLOW) {
      node.setFlowStyle(FlowStyle.FLOW);
    }
    return node;
  }

  /** About how many characters a node takes on one line; many when it takes several lines. */
  private static int length(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue().length() + 2;
    }
    if (node instanceof CollectionNode<?> collection
        && collection.getFlowStyle() == FlowStyle.BLOCK
        && collection.getValue().stream().anyMatch(YamlNodes::holdsBlock)) {
      return MAX_FLOW + 1;
    }
    int length = 2;
    if (node instanceof SequenceNode sequence) {
      for (Node element : sequence.getValue()) {
        length += length(element) + 2;
      }
    } else if (node instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        length += length(tuple.getKeyNode()) + length(tuple.getValueNode()) + 3;
      }
    }
    return length;
  }

  private static boolean holdsBlock(Object part) {
    Object value = part instanceof NodeTuple tuple ? tuple.getValueNode() : part;
    return value instanceof CollectionNode<?> collection
        && collection.getFlowStyle() == FlowStyle.BLOCK;
  }
}
