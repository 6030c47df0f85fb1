package io.faasflow.workflow.yaml;

import io.faasflow.workflow.yaml.YamlProblems.Place;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A value of a file and its position. Confined to the reading thread.
 *
 * <p>The {@code as...} methods report a value of another kind and give an empty result, so that a
 * reader goes on and finds the other problems of the file; it calls {@link #throwIfProblems()}
 * before it builds anything from what it read.
 */
final class YamlValue {
  private static final double MAX_EXACT = 9_007_199_254_740_992.0; // 2^53

  private final Node node;
  private final String key;
  private final YamlProblems problems;

  // Children are made once, so that looking twice does not count twice.
  private @Nullable YamlMap map;
  private @Nullable List<YamlValue> list;

  YamlValue(Node node, String key, YamlProblems problems) {
    this.node = node;
    this.key = key;
    this.problems = problems;
  }

  static Place place(Node node, String key) {
    return new Place(node.getStartMark().getLine() + 1, node.getStartMark().getColumn() + 1, key);
  }

  /** Where the value begins. For a value behind an alias: where the anchor is. */
  Place place() {
    return place(node, key);
  }

  /** The key whose value this is, or that of the list that it is in; empty for the whole file. */
  String key() {
    return key;
  }

  YamlProblems problems() {
    return problems;
  }

  /** The limits of this reading. */
  YamlLimits limits() {
    return problems.limits();
  }

  /** Reports that something is wrong with this value. */
  void problem(String message, String cure) {
    problems.add(place(), message, cure);
  }

  /**
   * Reports what one of the model's own parsers says of this value.
   *
   * @param cure what to do if the message does not say it
   */
  void problem(IllegalArgumentException error, String cure) {
    problems.add(place(), error, cure);
  }

  /** Throws everything that was reported so far, if anything was. */
  void throwIfProblems() {
    problems.throwIfAny();
  }

  /** Counts a task, node or function against {@link YamlLimits#maxSteps()}. */
  void countStep() {
    problems.countStep(place());
  }

  /** Counts a condition against {@link YamlLimits#maxSteps()}, more for a long one. */
  void countCondition(String text) {
    problems.countCondition(place(), text);
  }

  /**
   * Notes that this value names a task or node, so that what {@code WorkflowBuilder.build()} finds
   * wrong with it is reported here.
   */
  void defines(String name) {
    problems.define(name, place());
  }

  boolean isMap() {
    return node instanceof MappingNode;
  }

  boolean isList() {
    return node instanceof SequenceNode;
  }

  /** Whether nothing, {@code ~} or {@code null} stands here. */
  boolean isNull() {
    return isScalar(Tag.NULL);
  }

  /** Whether a string stands here. */
  boolean isString() {
    return isScalar(Tag.STR);
  }

  boolean isBoolean() {
    return isScalar(Tag.BOOL);
  }

  /** Whether a number stands here, with or without a fraction. */
  boolean isNumber() {
    return isScalar(Tag.INT) || isScalar(Tag.FLOAT);
  }

  private boolean isScalar(Tag tag) {
    return node instanceof ScalarNode scalar && scalar.getTag().equals(tag);
  }

  /** What stands here, for messages. */
  String kind() {
    if (isMap()) {
      return "a map";
    }
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue().isEmpty() ? "an empty list" : "a list";
    }
    if (isNull()) {
      return "empty";
    }
    String text = "'" + YamlProblems.quoted(scalarText()) + "'";
    return isString() ? "the text " + text : isNumber() ? "the number " + text : text;
  }

  private String scalarText() {
    return ((ScalarNode) node).getValue();
  }

  private void expected(String what, String cure) {
    problem("must be " + what + ", but is " + kind(), cure);
  }

  /** The entries of a map; reports duplicate keys, keys that are not strings, and merge keys. */
  Optional<YamlMap> asMap() {
    if (!(node instanceof MappingNode mapping)) {
      expected("a map", "Write 'name: value' lines, indented below");
      return Optional.empty();
    }
    if (map == null) {
      map = entries(mapping);
    }
    return Optional.of(map);
  }

  private YamlMap entries(MappingNode mapping) {
    problems.countNodes(place(), 2 * mapping.getValue().size());
    YamlMap entries = new YamlMap(this);
    for (NodeTuple tuple : mapping.getValue()) {
      Node keyNode = tuple.getKeyNode();
      if (!(keyNode instanceof ScalarNode scalar)) {
        problems.add(
            place(keyNode, key),
            "a key of this map is a list or a map",
            "Use strings as keys; put quotes around text that begins with [ or {");
        continue;
      }
      String name = scalar.getValue();
      if (name.equals("<<") && scalar.getScalarStyle() == ScalarStyle.PLAIN) {
        problems.add(
            place(keyNode, name),
            "merge keys are not supported",
            "Write out the keys, or use an alias for a whole value");
      } else if (!scalar.getTag().equals(Tag.STR)) {
        problems.add(
            place(keyNode, name),
            "the key is not a string",
            "Put it in quotes: \"" + YamlProblems.quoted(name) + "\"");
      } else if (!entries.put(name, keyNode, new YamlValue(tuple.getValueNode(), name, problems))) {
        problems.add(
            place(keyNode, name),
            "the key stands in this map twice",
            "Remove one, or give it another name");
      }
    }
    return entries;
  }

  /** The elements of a list. */
  Optional<List<YamlValue>> asList() {
    if (!(node instanceof SequenceNode sequence)) {
      expected("a list", "Write '- ' before each element");
      return Optional.empty();
    }
    if (list == null) {
      problems.countNodes(place(), sequence.getValue().size());
      List<YamlValue> elements = new ArrayList<>(sequence.getValue().size());
      sequence.getValue().forEach(element -> elements.add(new YamlValue(element, key, problems)));
      list = List.copyOf(elements);
    }
    return Optional.of(list);
  }

  /** A string. Numbers, booleans and nulls are refused; the cure is to put them in quotes. */
  Optional<String> asString() {
    if (isString()) {
      return Optional.of(scalarText());
    }
    expected(
        "a string",
        node instanceof ScalarNode && !isNull()
            ? "Put it in quotes: \"" + YamlProblems.quoted(scalarText()) + "\""
            : "Write a text");
    return Optional.empty();
  }

  /** The text of a scalar as it stands in the file, be it a string, a number or a boolean. */
  Optional<String> asText() {
    if (node instanceof ScalarNode && !isNull()) {
      return Optional.of(scalarText());
    }
    expected("a text", "Write a text");
    return Optional.empty();
  }

  /** A whole number; one with a fraction of zero counts as one, as in JSON. */
  OptionalLong asLong() {
    if (isScalar(Tag.INT)) {
      try {
        return OptionalLong.of(integer(scalarText()).longValueExact());
      } catch (ArithmeticException | NumberFormatException e) {
        expected("a whole number of 64 bits", "Write a smaller number, such as 10");
        return OptionalLong.empty();
      }
    }
    if (isScalar(Tag.FLOAT)) {
      double number = number(scalarText());
      if (number == Math.rint(number) && Math.abs(number) <= MAX_EXACT) {
        return OptionalLong.of((long) number);
      }
    }
    expected("a whole number", "Write digits only, such as 10");
    return OptionalLong.empty();
  }

  /** A whole number from {@code least} to the greatest int. */
  OptionalInt asInt(int least) {
    OptionalLong number = asLong();
    if (number.isEmpty()) {
      return OptionalInt.empty();
    }
    if (number.getAsLong() < least || number.getAsLong() > Integer.MAX_VALUE) {
      expected("from " + least + " to " + Integer.MAX_VALUE, "Write a number in that range");
      return OptionalInt.empty();
    }
    return OptionalInt.of((int) number.getAsLong());
  }

  /** A number, possibly infinite or NaN where the file says {@code .inf} or {@code .nan}. */
  OptionalDouble asDouble() {
    if (!isNumber()) {
      expected("a number", "Write a number such as 0.5");
      return OptionalDouble.empty();
    }
    try {
      return OptionalDouble.of(
          isScalar(Tag.FLOAT) ? number(scalarText()) : integer(scalarText()).doubleValue());
    } catch (NumberFormatException e) {
      expected("a number", "Write a number such as 0.5");
      return OptionalDouble.empty();
    }
  }

  Optional<Boolean> asBoolean() {
    if (isBoolean()) {
      return Optional.of(scalarText().equalsIgnoreCase("true"));
    }
    expected("true or false", "Write true or false");
    return Optional.empty();
  }

  /**
   * The value as plain data: null, a string, an int, long or double, a boolean, a list, or a map
   * with string keys. What is wrong inside of it is reported, and left out.
   */
  @Nullable
  Object asData() {
    if (isMap()) {
      Map<String, @Nullable Object> data = new LinkedHashMap<>();
      asMap().ifPresent(entries -> entries.entries().forEach((k, v) -> data.put(k, v.asData())));
      return data;
    }
    if (isList()) {
      List<@Nullable Object> data = new ArrayList<>();
      asList().ifPresent(elements -> elements.forEach(element -> data.add(element.asData())));
      return data;
    }
    if (isScalar(Tag.INT)) {
      OptionalLong number = asLong();
      long whole = number.orElse(0);
      return whole == (int) whole ? (Object) (int) whole : (Object) whole;
    }
    if (isScalar(Tag.FLOAT)) {
      return asDouble().orElse(0);
    }
    if (isBoolean()) {
      return asBoolean().orElse(false);
    }
    return isNull() ? null : asText().orElse("");
  }

  private static BigInteger integer(String text) {
    if (text.length() > 100) {
      throw new NumberFormatException("too long");
    }
    if (text.startsWith("0x")) {
      return new BigInteger(text.substring(2), 16);
    }
    if (text.startsWith("0o")) {
      return new BigInteger(text.substring(2), 8);
    }
    return new BigInteger(text.startsWith("+") ? text.substring(1) : text);
  }

  private static double number(String text) {
    String bare = text.startsWith("+") || text.startsWith("-") ? text.substring(1) : text;
    if (bare.equalsIgnoreCase(".inf")) {
      return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (bare.equalsIgnoreCase(".nan")) {
      return Double.NaN;
    }
    if (text.length() > 1_000) {
      throw new NumberFormatException("too long");
    }
    return Double.parseDouble(text);
  }

  @Override
  public String toString() {
    return key + " (" + kind() + ")";
  }
}
