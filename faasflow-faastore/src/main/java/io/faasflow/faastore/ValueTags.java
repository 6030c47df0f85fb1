package io.faasflow.faastore;

/**
 * How values that JSON has no form for are written: as an object with one member, whose name is one of
 * these. The names mean types that are known here; none is ever the name of a class.
 */
final class ValueTags {
  static final String PREFIX = "@";
  static final String LONG = "@long";
  static final String SHORT = "@short";
  static final String BYTE = "@byte";
  static final String FLOAT = "@float";
  static final String DOUBLE = "@double"; // those that are not finite
  static final String CHAR = "@char";
  static final String INTEGER = "@integer"; // BigInteger
  static final String DECIMAL = "@decimal"; // BigDecimal
  static final String UTF16 = "@utf16"; // a text that UTF-8 cannot say
  static final String BYTES = "@bytes";
  static final String BUFFER = "@buffer";
  static final String BLOB = "@blob";
  static final String INTS = "@ints";
  static final String LONGS = "@longs";
  static final String DOUBLES = "@doubles";
  static final String TEXTS = "@texts"; // String[]
  static final String MAP = "@map"; // with keys that are no texts, or begin with the prefix
  static final String SORTED_MAP = "@sorted-map";
  static final String SET = "@set";
  static final String SORTED_SET = "@sorted-set";
  static final String OPTIONAL = "@optional";
  static final String INSTANT = "@instant";
  static final String DURATION = "@duration";
  static final String DATE = "@date";
  static final String UUID = "@uuid";
  static final String OUTPUTS = "@outputs"; // a Composite: the number of its form, and its parts
  static final String ABSENT = "@absent";
  static final String COMPLETED = "@completed";
  static final String FAILED = "@failed";
  static final String FAILURE = "@failure";
  static final String VALUE = "@value"; // of a codec: its name, content type, bytes

  /** Values in values in values: more than this is a mistake, or an attack. */
  static final int MAX_DEPTH = 500;

  private ValueTags() {}
}
