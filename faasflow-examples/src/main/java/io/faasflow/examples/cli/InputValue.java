package io.faasflow.examples.cli;

import java.io.StringReader;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads the values of {@code --input}: what YAML 1.2 makes of them, as in the files of workflows.
 * So {@code 3} is a number, {@code true} a boolean, {@code '3'} a text, {@code [1, 2]} a list.
 */
final class InputValue {
  private static final int MAX_DEPTH = 100; // also ends lists that contain themselves
  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(?:\\.[0-9]+|[0-9]+(?:\\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?");
  private static final Pattern BOOLEAN = Pattern.compile("true|True|TRUE|false|False|FALSE");
  private static final Pattern NOTHING = Pattern.compile("~|null|Null|NULL|");

  private InputValue() {}

  /**
   * Reads a value.
   *
   * @throws UsageException when it is not a value
   */
  static @Nullable Object parse(String name, String text) {
    Node node;
    try {
      node = new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
    } catch (YAMLException e) {
      throw new UsageException("--input "
          + name
          + "="
          + text
          + " is not a YAML value: "
          + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
          + ". Put text in quotes, twice because of the shell: --input '"
          + name
          + "=\"...\"'");
    }
    return node == null ? null : value(name, node, 0);
  }

  private static @Nullable Object value(String name, Node node, int depth) {
    if (depth > MAX_DEPTH) {
      throw new UsageException("--input " + name + ": lists and maps nest too deep");
    }
    if (node instanceof ScalarNode scalar) {
      return scalar.isPlain() ? plain(scalar.getValue()) : scalar.getValue();
    }
    if (node instanceof SequenceNode sequence) {
      List<@Nullable Object> list = new ArrayList<>();
      sequence.getValue().forEach(element -> list.add(value(name, element, depth + 1)));
      return list;
    }
    if (!(node instanceof MappingNode mapping) || !node.getTag().equals(Tag.MAP)) {
      throw new UsageException("--input " + name + ": " + node.getTag() + " is not a kind of data");
    }
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new UsageException("--input " + name + ": the keys of a map must be text");
      }
      map.put(key.getValue(), value(name, tuple.getValueNode(), depth + 1));
    }
    return map;
  }

  private static @Nullable Object plain(String text) {
    if (NOTHING.matcher(text).matches()) {
      return null;
    }
    if (BOOLEAN.matcher(text).matches()) {
      return text.equalsIgnoreCase("true");
    }
    if (INTEGER.matcher(text).matches()) {
      BigInteger number = new BigInteger(text);
      if (number.bitLength() < Integer.SIZE) {
        return number.intValue();
      }
      return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number.doubleValue();
    }
    return NUMBER.matcher(text).matches() ? (Object) Double.valueOf(text) : text;
  }
}
