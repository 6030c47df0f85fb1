package io.faasflow.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionTest {
  /** The names that the tables use; what is not here is missing. */
  private static final Map<String, Object> DATA = new HashMap<>();

  static {
    DATA.put("t", true);
    DATA.put("f", false);
    DATA.put("none", null);
    DATA.put("zero", 0);
    DATA.put("one", 1);
    DATA.put("two", 2);
    DATA.put("seven", 7);
    DATA.put("negative", -7);
    DATA.put("big", 1L << 40);
    DATA.put("half", 0.5);
    DATA.put("zeroDouble", 0.0);
    DATA.put("decimal", new BigDecimal("2.50"));
    DATA.put("integer", BigInteger.TEN.pow(30));
    DATA.put("nan", Double.NaN);
    DATA.put("infinity", Double.POSITIVE_INFINITY);
    DATA.put("negativeZero", -0.0f);
    DATA.put("empty", "");
    DATA.put("text", "abc");
    DATA.put("number", "10");
    DATA.put("falseText", "false");
    DATA.put("emptyList", List.of());
    DATA.put("list", Arrays.asList(1, null));
    DATA.put("emptyMap", Map.of());
    DATA.put("map", Map.of("k", 0));
    DATA.put("day", DayOfWeek.MONDAY);
    DATA.put("date", LocalDate.of(2020, 1, 1));
    DATA.put("later", LocalDate.of(2021, 1, 1));
  }

  private static boolean test(String expression) {
    return Condition.condition(expression).test(DATA::get);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "t, true",
        "f, false",
        "none, false",
        "missing, false",
        "zero, false",
        "zeroDouble, false",
        "one, true",
        "negative, true",
        "half, true",
        "big, true",
        "empty, false",
        "text, true",
        "falseText, true",
        "emptyList, false",
        "list, true",
        "emptyMap, false",
        "map, true",
        "day, true",
        "true, true",
        "True, true",
        "false, false",
        "False, false",
        "null, false",
        "None, false",
        "0, false",
        "0.0, false",
        "1, true",
        "'', false",
        "\"\", false",
        "' ', true",
        "'false', true",
      })
  void truth_ofAValue_isPythons(String expression, boolean expected) {
    assertThat(test(expression)).isEqualTo(expected);
    assertThat(test("not " + expression)).isEqualTo(!expected);
    assertThat(test("!" + expression)).isEqualTo(!expected);
    assertThat(test("not not " + expression)).isEqualTo(expected);
    assertThat(test("(" + expression + ")")).isEqualTo(expected);
    assertThat(test(expression + " and true")).isEqualTo(expected);
    assertThat(test("false or " + expression)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    // not binds looser than comparisons, tighter than and, which binds tighter than or
    "not one == two, true",
    "not one == one, false",
    "not one == two and f, false",
    "not f and f, false",
    "not (f and f), true",
    "not f or t, true",
    "not t or t, true",
    "not (t or t), false",
    "t or t and f, true",
    "(t or t) and f, false",
    "f and f or t, true",
    "f and (f or t), false",
    "t or f and missing.x, true",
    "not not t == t, true",
    "not (not (t) or f) and t, true",
    "t and not f, true",
    "t and not not f, false",
    "not t == f, true",
    "(not t) == f, true",
    "not (t == f), true",
    "! t == f, true",
    "!zero == one, true",
    "not zero == one, true",
    "! two == one, false",
    "not two == one, true",
    "one < two and two < seven, true",
    "one + one == two, true",
    "one + two * two == 5, true",
    "(one + two) * two == 6, true",
    "two - one - one == 0, true",
    "8 / 2 / 2 == 2, true",
    "7 - -7 == 14, true",
    "- two == -2, true",
    "- - two == two, true",
    "+two == two, true",
    "-two + 3 == one, true",
    "2 * -two == -4, true",
    "-two < one == t or f, error",
    "t && f || t, true",
    "t && !f, true",
    "!(t && f) || f, true",
    "not t && f, false",
    "(one < two) == t, true",
    "(one == two) == (two == seven), true",
    "(one==1)and(two==2), true",
    "(zero or two) == two, true",
    "(two and seven) == seven, true",
    "(zero and seven) == 0, true",
    "(empty or 'x') == 'x', true",
    "not(t), false",
    "not(t)or t, true",
    "one == (two and one), true",
  })
  void operators_together_bindAsInPython(String expression, String expected) {
    if (expected.equals("error")) {
      assertThatThrownBy(() -> test(expression)).isInstanceOf(IllegalArgumentException.class);
    } else {
      assertThat(test(expression)).isEqualTo(Boolean.valueOf(expected));
    }
  }

  @ParameterizedTest
  @CsvSource({
    // null
    "none == null, true",
    "missing == None, true",
    "none == missing, true",
    "one == null, false",
    "none != one, true",
    "none == zero, false",
    "none == empty, false",
    "none == false, false",
    "none == emptyList, false",
    "none < 1, false",
    "none > 1, false",
    "none <= none, false",
    "none >= missing, false",
    "1 < none, false",
    "not none < 1, true",
    "none < 'a', false",
    // numbers of different types
    "one == 1.0, true",
    "half == 0.5, true",
    "decimal == 2.5, true",
    "decimal > two, true",
    "big > 1, true",
    "integer > big, true",
    "integer == integer, true",
    "zero == zeroDouble, true",
    "one < half, false",
    "seven >= 7, true",
    "seven <= 7.0, true",
    "negative < zero, true",
    // booleans are 1 and 0
    "t == 1, true",
    "f == 0, true",
    "t == two, false",
    "t + t == 2, true",
    "t > f, true",
    "t == 'true', false",
    "f == empty, false",
    "t == list, false",
    "-t == -1, true",
    "t != 1, false",
    // text
    "text == 'abc', true",
    "text == \"abc\", true",
    "text != 'abd', true",
    "text < 'abd', true",
    "text < 'ab', false",
    "'B' < 'a', true",
    "'10' < '9', true",
    "empty == '', true",
    "text + 'd' == 'abcd', true",
    "text == 'it''s', error",
    "'a\\'b' == \"a'b\", true",
    "'\\\\' == \"\\\\\", true",
    "'a' == 'A', false",
    // text that looks like a number, next to a number
    "number == 10, true",
    "10 == number, true",
    "number < 9, false",
    "number > 9, true",
    "number + 1 == 11, true",
    "number == '10.0', false",
    "number == 10.0, true",
    "'1e1' == 10, true",
    "' 10' == 10, false",
    "'' == 0, false",
    "'NaN' == 1, false",
    "'0x1' == 1, false",
    "'1L' == 1, false",
    "'-5' == -5, true",
    "'+5' == 5, true",
    "'.5' == half, true",
    // text that does not
    "text == 10, false",
    "text != 10, true",
    "text == 0, false",
    "text == false, false",
    // collections and other values
    "list == list, true",
    "list == emptyList, false",
    "list == 1, false",
    "emptyList == '[]', false",
    "list != 'x', true",
    "day == 'MONDAY', true",
    "'MONDAY' == day, true",
    "day == 'monday', false",
    "day != 1, true",
    "date == date, true",
    "date < later, true",
    "date >= later, false",
  })
  void comparisons_ofAnyTwo_areAsDocumented(String expression, String expected) {
    if (expected.equals("error")) {
      assertThatThrownBy(() -> test(expression)).isInstanceOf(IllegalArgumentException.class);
    } else {
      assertThat(test(expression)).isEqualTo(Boolean.valueOf(expected));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "7 / 2 == 3.5",
    "6 / 2 == 3",
    "-7 / 2 == -3.5",
    "1 / 3 > 0.33",
    "0 == 0 / -1",
    "not 0 > 0 / -1",
    "not nan == nan",
    "not nan < 1",
    "not nan > 1",
    "not 1 <= nan",
    "nan",
    "infinity > big",
    "infinity > decimal",
    "infinity + decimal == infinity",
    "negativeZero == 0",
    "not negativeZero < 0",
    "1 / 3 < 0.34",
    "7 % 3 == 1",
    "-7 % 3 == 2",
    "7 % -3 == -2",
    "-7 % -3 == -1",
    "6 % 3 == 0",
    "-6 % 3 == 0",
    "7.5 % 2 == 1.5",
    "-7.5 % 2 == 0.5",
    "0 / 5 == 0",
    "decimal / 2 == 1.25",
    "big * big > big",
    "none + 1 == 1",
    "missing * 2 == 0",
    "one - missing == 1",
    "t * 5 == 5",
    "integer + 1 > integer",
    "9223372036854775807 + 1 > 9223372036854775807",
    "0.1 + 0.2 > 0.3",
  })
  void arithmetic_ofNumbers_isPythons(String expression) {
    assertThat(test(expression)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1 / 0",
        "1 % 0",
        "1 / 0.0",
        "1.5 / zero",
        "1 / missing",
        "1 % f",
        "text * 2",
        "text + 1",
        "1 + text",
        "text - 1",
        "list + 1",
        "list + list",
        "map * 2",
        "-text",
        "-list",
        "+list",
        "text < 1",
        "1 >= text",
        "list < 1",
        "list < list",
        "map > map",
        "date < 1",
        "1 < date",
        "date + 1",
        "day < 'MONDAY'",
        "text < t",
        "day + 'x'",
      })
  void evaluation_valuesThatDoNotFit_saysSoAndNamesTheCondition(String expression) {
    Condition condition = Condition.condition(expression);
    assertThatThrownBy(() -> condition.test(DATA::get))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The condition '" + expression + "' cannot be evaluated")
        .hasMessageContaining("Compare values of one type")
        .message()
        .doesNotContain("null");
  }

  @Test
  void evaluation_whatIsDecidedAlready_isNotLookedAt() {
    assertThat(test("f and 1 / 0")).isFalse();
    assertThat(test("t or 1 / 0")).isTrue();
    List<String> asked = new ArrayList<>();
    Condition.condition("a or b or c").test(text -> {
      asked.add(text);
      return text.equals("b");
    });
    assertThat(asked).containsExactly("a", "b");
  }

  @Test
  void evaluation_theSourceOfValuesFails_passesItOn() {
    IllegalStateException failure = new IllegalStateException("from the source");
    assertThatThrownBy(() -> Condition.condition("a + 1 == 2").test(text -> {
          throw failure;
        }))
        .isSameAs(failure);
  }

  @Test
  void references_areAllTextsInTheirOrder() {
    Condition condition = Condition.condition(
        "INPUT.user == 'x.y' and not count[*].words > ITEM^1 or [\"a b\"][\"c.d\"] and INPUT.user"
            + " or var.size[0] or ITEM");
    assertThat(condition.references())
        .containsExactly(
            "INPUT.user", "count[*].words", "ITEM^1", "[\"a b\"][\"c.d\"]", "var.size[0]", "ITEM");
    assertThat(condition.bindings().keySet()).isEqualTo(condition.references());
    assertThat(condition.bindings().get("INPUT.user"))
        .isEqualTo(Binding.from("INPUT.user").orNull());
  }

  @Test
  void references_givenAnotherMeaning_areThat() {
    Map<String, Binding> where = new HashMap<>(Map.of("a", Binding.from("INPUT.b")));
    Condition condition = Condition.condition("a and c", where);
    where.clear();
    assertThat(condition.where()).containsOnlyKeys("a");
    assertThat(condition.bindings())
        .containsEntry("a", Binding.from("INPUT.b"))
        .containsEntry("c", Binding.from("c").orNull());
    assertThat(condition).isNotEqualTo(Condition.condition("a and c"));
    assertThat(condition)
        .isEqualTo(Condition.condition("a and c", Map.of("a", Binding.from("INPUT.b"))));
    assertThat(condition).hasToString("a and c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "var",
        "return",
        "function",
        "let",
        "const",
        "if",
        "else",
        "for",
        "while",
        "do",
        "new",
        "eq",
        "ne",
        "lt",
        "gt",
        "le",
        "ge",
        "div",
        "mod",
        "size",
        "empty",
        "instanceof",
        "in",
        "is",
        "this",
        "null_",
        "nothing",
        "order",
        "android",
        "v0",
        "v1",
        "import",
        "pragma",
        "switch",
        "break",
        "try",
        "throw",
        "NaN",
        "Infinity",
        "truey",
        "True_",
        "class",
        "context",
        "jexl",
      })
  void references_wordsOfOtherLanguages_areNamesLikeOthers(String name) {
    assertThat(Condition.condition(name).test(Map.of(name, true)::get)).isTrue();
    assertThat(Condition.condition("not " + name).test(Map.of(name, true)::get)).isFalse();
    assertThat(Condition.condition(name + " == 1 and x == 2 and 3 == 3")
            .test(Map.<String, Object>of(name, 1, "x", 2)::get))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"and", "or", "not", "true", "True", "false", "False", "null", "None"})
  void references_wordsOfConditions_workInQuotes(String word) {
    String quoted = "[\"" + word + "\"]";
    Condition condition = Condition.condition("not " + quoted + " == 1");
    assertThat(condition.references()).containsExactly(quoted);
    assertThat(condition.test(Map.of(quoted, 1)::get)).isFalse();
    assertThat(condition.bindings())
        .containsEntry(quoted, Binding.from(DataRef.output(word)).orNull());
  }

  // Against Python itself.

  /** One expression in our words and in Python's. */
  private record Twin(String ours, String python) {
    Twin(String both) {
      this(both, both);
    }

    Twin then(Twin word, Twin right) {
      return new Twin(ours + word.ours + right.ours, python + word.python + right.python);
    }

    Twin parentheses() {
      return new Twin("(" + ours + ")", "(" + python + ")");
    }
  }

  private static final List<String> NAMES = List.of("a", "b", "c", "d", "e");
  private static final int CASES = 4_000;

  /**
   * What is documented to differ from Python's None is done by a class there: order comparisons are
   * false, and in arithmetic it is 0.
   */
  private static final String PYTHON = """
      import sys
      class Missing:
          def __bool__(self): return False
          def __eq__(self, o): return o is self
          def __ne__(self, o): return o is not self
          __hash__ = None
          def __lt__(self, o): return False
          __gt__ = __le__ = __ge__ = __lt__
          def __neg__(self): return 0
          def __add__(self, o): return 0 + zero(o)
          def __radd__(self, o): return o
          def __sub__(self, o): return 0 - zero(o)
          def __rsub__(self, o): return o
          def __mul__(self, o): return 0 * zero(o)
          def __rmul__(self, o): return o * 0
          def __truediv__(self, o): return 0 / zero(o)
          def __rtruediv__(self, o): return o / 0
          def __mod__(self, o): return 0 % zero(o)
          def __rmod__(self, o): return o % 0
      def zero(o): return 0 if isinstance(o, Missing) else o
      names = {'none': Missing()}
      for line in open(sys.argv[1], encoding='utf-8'):
          values, expression = line.rstrip('\\n').split('\\t')
          for pair in values.split(','):
              name, value = pair.split('=')
              names[name] = eval(value, {'none': names['none']})
          try:
              print('T' if eval(expression, dict(names)) else 'F')
          except ZeroDivisionError:
              print('Z')
      """;

  @Test
  void evaluation_ofRandomExpressions_isWhatPythonSays(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeTrue(hasPython(), "python3 is not on this machine: nothing to compare conditions with");
    Random random = new Random(6);
    List<String> lines = new ArrayList<>();
    List<String> ours = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      Map<String, Object> values = new HashMap<>();
      StringBuilder python = new StringBuilder();
      for (String name : NAMES) {
        Object value = switch (random.nextInt(6)) {
          case 0 -> true;
          case 1 -> false;
          case 2 -> null;
          default -> random.nextInt(11) - 5;
        };
        values.put(name, value);
        String text = value == null ? "none" : value.toString();
        python
            .append(python.isEmpty() ? "" : ",")
            .append(name)
            .append('=')
            .append(text.replace("true", "True").replace("false", "False"));
      }
      Twin twin = or(random, 3);
      while (twin.ours().length() > 400) {
        twin = or(random, 3);
      }
      lines.add(python + "\t" + twin.python());
      String result;
      try {
        result = Condition.condition(twin.ours()).test(values::get) ? "T" : "F";
      } catch (IllegalArgumentException e) {
        assertThat(e).as(twin.ours()).hasMessageContaining("a division by zero");
        result = "Z";
      }
      ours.add(result + " " + lines.get(i) + " <- " + twin.ours());
    }
    Path cases = Files.write(folder.resolve("cases.txt"), lines);
    Path script = Files.writeString(folder.resolve("oracle.py"), PYTHON);
    Path printed = folder.resolve("printed.txt");
    Process oracle = new ProcessBuilder("python3", script.toString(), cases.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .redirectOutput(printed.toFile())
        .start();
    try {
      assertThat(oracle.waitFor(100, TimeUnit.SECONDS)).isTrue();
      assertThat(oracle.exitValue()).isZero();
    } finally {
      oracle.destroyForcibly();
    }
    List<String> theirs = Files.readAllLines(printed);
    assertThat(theirs).hasSize(CASES);
    for (int i = 0; i < CASES; i++) {
      assertThat(ours.get(i)).startsWith(theirs.get(i) + " ");
    }
    assertThat(theirs.stream().filter("T"::equals).count()).isBetween(CASES / 5L, CASES * 4L / 5);
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      Process process = new ProcessBuilder("python3", "-c", "pass")
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
      return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // there is no such command
    }
  }

  private static Twin or(Random random, int depth) {
    Twin left = and(random, depth);
    for (int i = random.nextInt(3); i > 0; i--) {
      Twin word = new Twin(random.nextInt(4) == 0 ? " || " : " or ", " or ");
      left = left.then(word, and(random, depth));
    }
    return left;
  }

  private static Twin and(Random random, int depth) {
    Twin left = not(random, depth);
    for (int i = random.nextInt(3); i > 0; i--) {
      Twin word = new Twin(random.nextInt(4) == 0 ? "&&" : " and ", " and ");
      left = left.then(word, not(random, depth));
    }
    return left;
  }

  private static Twin not(Random random, int depth) {
    String nots = "not ".repeat(Math.max(0, random.nextInt(4) - 1));
    return new Twin(nots).then(new Twin(""), comparison(random, depth));
  }

  private static Twin comparison(Random random, int depth) {
    Twin left = sum(random, depth);
    if (random.nextInt(3) == 0) {
      return left;
    }
    String operator = List.of("==", "!=", "<", "<=", ">", ">=").get(random.nextInt(6));
    return left.then(new Twin(operator), sum(random, depth));
  }

  private static Twin sum(Random random, int depth) {
    Twin left = operand(random, depth);
    for (int i = random.nextInt(3); i > 0; i--) {
      String operator = List.of(" + ", " - ", "*", "/", " % ").get(random.nextInt(5));
      left = left.then(new Twin(operator), operand(random, depth));
    }
    return left;
  }

  private static final List<Twin> CONSTANTS = List.of(
      new Twin("true", "True"),
      new Twin("False"),
      new Twin("null", "none"),
      new Twin("None", "none"),
      new Twin("0.5"),
      new Twin("missing", "none"));

  private static Twin operand(Random random, int depth) {
    return switch (depth == 0 ? random.nextInt(8) : random.nextInt(11)) {
      case 0, 1, 2, 3, 4 -> new Twin(NAMES.get(random.nextInt(NAMES.size())));
      case 5 -> new Twin(String.valueOf(random.nextInt(6)));
      case 6 -> CONSTANTS.get(random.nextInt(CONSTANTS.size()));
      case 7 -> new Twin("- ").then(new Twin(""), operand(random, 0));
      case 8 -> sum(random, depth - 1).parentheses();
      default -> or(random, depth - 1).parentheses();
    };
  }
}
