package io.faasflow.examples.generated;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a generated value must look like for all that read it: a map with certain names, a list, or
 * a single value. Confined to the analysis of one workflow until that is over; then only read.
 */
final class Shape {
  /** What somebody does with a value. */
  enum Use {
    /** Takes it as it is. */
    ANY,
    /** Goes through its elements. */
    LIST,
    /** Asks whether it is true. */
    FLAG,
    /** Compares it, or computes with it. */
    NUMBER
  }

  private static final int UNKNOWN_BYTES = 8;
  private static final int HEX_DIGITS = 16;

  private final Map<String, Shape> named = new LinkedHashMap<>();
  private @Nullable Shape element;
  private Use use = Use.ANY;
  private long bytes = UNKNOWN_BYTES;

  /** The size that is declared for the value as a whole. */
  void bytes(long declared) {
    bytes = declared;
  }

  /** Notes a use. A number serves as a flag too, but not the other way round. */
  void use(Use more) {
    if (more == Use.LIST) {
      element();
    } else if (more.compareTo(use) > 0) {
      use = more;
    }
  }

  /** The shape of the value under a name. */
  Shape named(String name) {
    return named.computeIfAbsent(name, any -> new Shape());
  }

  /** The shape of the elements. */
  Shape element() {
    Shape known = element;
    if (known == null) {
      known = new Shape();
      element = known;
    }
    return known;
  }

  /** The names that a map of this shape has. */
  List<String> names() {
    return List.copyOf(named.keySet());
  }

  /**
   * A value of this shape.
   *
   * @param seed what it depends on
   * @param listLength how long each list is
   */
  Object value(long seed, int listLength, Scale scale) {
    return value(seed, listLength, scale, bytes);
  }

  private Object value(long seed, int listLength, Scale scale, long size) {
    Shape each = element;
    if (each != null) {
      // A list of names declares the size of one of them; a list of data that of all together.
      long share = size <= Scale.SMALL_BYTES ? size : size / listLength;
      List<Object> list = new ArrayList<>(listLength);
      for (int i = 0; i < listLength; i++) {
        list.add(each.value(Hash.mix(seed, i), listLength, scale, share));
      }
      return list;
    }
    if (!named.isEmpty()) {
      Map<String, Object> map = new LinkedHashMap<>();
      named.forEach((name, shape) ->
          map.put(name, shape.value(Hash.mix(seed, name.hashCode()), listLength, scale)));
      return map;
    }
    return switch (use) {
      case FLAG -> (seed & 1) == 0;
      case NUMBER -> (int) Math.floorMod(seed, 10L);
      default -> text(seed, scale.bytesFor(size));
    };
  }

  /** So many ASCII characters, which take a byte each in memory and on any wire. */
  private static String text(long seed, int length) {
    String digits = String.format("%016x", seed);
    return digits.repeat(length / HEX_DIGITS) + digits.substring(0, length % HEX_DIGITS);
  }
}
