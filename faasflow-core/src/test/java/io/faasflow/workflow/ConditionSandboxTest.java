package io.faasflow.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.CpuTime;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.commons.jexl3.JexlEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConditionSandboxTest {
  private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final AtomicInteger TOUCHED = new AtomicInteger();

  /** Sings when anything of it is used but its identity. */
  public static final class Canary implements Callable<Object>, Supplier<Object> {
    public final String field = "field";

    public Canary() {}

    public static String sing() {
      TOUCHED.incrementAndGet();
      return "song";
    }

    public String getSong() {
      return sing();
    }

    public int size() {
      return sing().length();
    }

    public boolean isEmpty() {
      return sing().isEmpty();
    }

    @Override
    public Object call() {
      return sing();
    }

    @Override
    public Object get() {
      return sing();
    }

    @Override
    public String toString() {
      return sing();
    }
  }

  private static final String CANARY = Canary.class.getName();

  @BeforeAll
  static void loadTheLibrary() {
    // So that what is measured below is not the loading of classes.
    for (int i = 0; i < 200; i++) {
      assertThat(Condition.condition("a + 1 > 0 and not (b == 'x' or c)").test(name -> null))
          .isTrue();
    }
  }

  @BeforeEach
  void quiet() {
    TOUCHED.set(0);
  }

  @AfterEach
  void stillQuiet() {
    assertThat(TOUCHED).hasValue(0);
  }

  static Stream<String> escapes() {
    return Stream.of(
        // methods and constructors
        "x.getSong()",
        "x.getSong() == 'song'",
        "x.call()",
        "call(x)",
        "x()",
        "x ()",
        "x\n(\n)",
        "x.y.z()",
        "x[0]()",
        "[\"x\"]()",
        "INPUT.x.toString()",
        "'a'.length()",
        "''.class",
        "''.class.forName('java.lang.Runtime')",
        "\"\".getClass()",
        "x.getClass().getClassLoader()",
        "getClass()",
        "1.class",
        "(x).getSong()",
        "(x).song",
        "('').class",
        "x.class.forName('" + CANARY + "')",
        "new " + CANARY + "()",
        "new('" + CANARY + "')",
        "new " + CANARY,
        CANARY + ".sing()",
        "T(java.lang.Runtime).getRuntime().exec('true')",
        "1(2)",
        "1 (2)",
        "'x'('y')",
        "(x)(y)",
        "(x)('y')",
        "true(x)",
        "null()",
        "not()",
        "(not)(x)",
        "and(x)",
        // lambdas and functions
        "() -> x",
        "(x) -> x",
        "x -> x",
        "x => x",
        "function(x) { x }",
        "function() { x }()",
        "lambda x: x",
        // statements and loops
        "x; x",
        "x;",
        ";",
        "while (true) {}",
        "while (true) x",
        "for (x : y) x",
        "for (;;) x",
        "do x while (true)",
        "if (x) y else z",
        "return x",
        "{ x }",
        "{}",
        "x, y",
        "try { x } catch (e) { y }",
        "throw x",
        "synchronized(x) { y }",
        // assignments
        "x = 1",
        "x := 1",
        "x += 1",
        "x -= 1",
        "x *= 1",
        "x /= 1",
        "x %= 1",
        "x |= 1",
        "x &= 1",
        "x ^= 1",
        "x <<= 1",
        "x++",
        "++x ++",
        "x--",
        "var x = 1",
        "let x = 1",
        "const x = 1",
        "INPUT.x = 1",
        "x[0] = 1",
        "(x) = 1",
        // directives
        "#pragma jexl.import java.lang",
        "#pragma x y\nx",
        "import java.lang.Runtime",
        "@silent x",
        "@synchronized(x) y",
        "#x",
        "## comment\nx",
        "// comment",
        "/* comment */ x",
        "x # comment",
        // templates and interpolation
        "`${x.getSong()}`",
        "`x`",
        "#{x}",
        "${x}",
        "$x",
        "$",
        "$$",
        "x$y",
        // pattern matching and other operators
        "x =~ '(a+)+$'",
        "x !~ '(a+)+$'",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' =~ '(a|a)*b'",
        "x =^ 'a'",
        "x =$ 'a'",
        "x in y",
        "x not in y",
        "x is y",
        "x instanceof java.lang.String",
        "x !instanceof y",
        "x ? y : z",
        "x ?: y",
        "x ?? y",
        "x?.song",
        "x?[0]",
        "x | y",
        "x & y",
        "x ^ y",
        "~x",
        "x << 62",
        "x >> 1",
        "x >>> 1",
        "x ** 999999999",
        "x // y",
        "x === y",
        "x !== y",
        "x <> y",
        "x <=> y",
        "x @ y",
        "x \\ y",
        // words that are operators elsewhere
        "x eq y",
        "x ne y",
        "x lt y",
        "x gt y",
        "x le y",
        "x ge y",
        "x div y",
        "x mod y",
        "x xor y",
        // ranges, literals of collections, built-in functions
        "1..99999999",
        "x in 1..99999999",
        "(1 .. 99999999)",
        "[1, 2]",
        "[]",
        "[1]",
        "['a']",
        "{1}",
        "{1: 2}",
        "{:}",
        "[...]",
        "size(x)",
        "size(1..99999999)",
        "empty(x)",
        "not empty(x)",
        "empty x",
        "size x",
        "len(x)",
        "print(x)",
        "eval('x')",
        "__import__('os')",
        // namespaces
        "ns:fn()",
        "ns:fn(x)",
        "ns:x",
        "::x",
        "x::y",
        // numbers that burn memory or mean something else
        "1e999999999B",
        "1e999999999",
        "1E5",
        "1b",
        "1h",
        "99999999999999999999999999H",
        "99999999999999999999999999",
        "9223372036854775808",
        "1L",
        "1.5f",
        "0xFFFFFFFF",
        "0b1",
        "1_000",
        "1.2.3",
        "1..2",
        ".5",
        "5.x",
        "#0x1",
        "\u0661 == 1", // an Arabic digit
        // escapes
        "\\u0078",
        "'\\u0041'",
        "'\\n'",
        "'\\",
        "'unended",
        "\"unended",
        "'a' 'b'",
        "\u0000",
        "x \u0000",
        "x\u2028y",
        "x\u00a0== 1",
        "\uff08x\uff09",
        "\ud800",
        "x \u2260 y",
        // grammar
        "",
        "   ",
        "()",
        "(",
        ")",
        ")(",
        "(x",
        "x)",
        "((x)",
        "x ==",
        "== x",
        "x == == y",
        "x and",
        "and x",
        "x or or y",
        "x and or y",
        "not",
        "x not",
        "x y",
        "1 2",
        "1 x",
        "x 1",
        "x 'y'",
        "'y' x",
        "true false",
        "true x",
        "(x) y",
        "(x) (y)",
        "x !",
        "x < y < z",
        "x == y == z",
        "x < y == z",
        "1 < 2 != 3",
        "not x < y < z",
        "x == not y",
        "- not x",
        "x + not y",
        "! not x",
        "x.",
        ".x",
        "x..y",
        "x.1y-",
        "x[",
        "x]",
        "x[]",
        "x[-1]",
        "x[y]",
        "x['y']",
        "x[99999999999]",
        "x[\"y]",
        "ITEM^",
        "ITEM^x",
        "x^1",
        "*",
        "x[*",
        // length, depth, number of tokens
        "x" + " ".repeat(Condition.MAX_LENGTH),
        "x".repeat(Condition.MAX_LENGTH + 1),
        "x" + "+x".repeat(100_000),
        "'" + "a".repeat(1_000_000) + "'",
        "1".repeat(1_000_000),
        "x" + "+x".repeat(300),
        "(".repeat(51) + "x" + ")".repeat(51),
        "(".repeat(400) + "x" + ")".repeat(400),
        "(".repeat(900),
        ")".repeat(900),
        "not ".repeat(51) + "x",
        "not(".repeat(26) + "x" + ")".repeat(26),
        "!".repeat(301) + "x",
        "-".repeat(999) + "x",
        "[".repeat(999),
        "x" + "[0]".repeat(332) + "[",
        "\"".repeat(999));
  }

  @ParameterizedTest
  @MethodSource("escapes")
  void condition_anythingButAnExpression_isRefusedAtOnce(String text) {
    for (String variant : List.of(text, "y and " + text, "(" + text + ") or y")) {
      IllegalArgumentException[] refusal = new IllegalArgumentException[1];
      long nanos = cpuNanos(() -> {
        refusal[0] = null;
        try {
          Condition.condition(variant);
        } catch (IllegalArgumentException e) {
          refusal[0] = e;
        }
      });
      if (!variant.equals(text) && isFineInside(text)) {
        continue;
      }
      assertThat(refusal[0]).as(variant.length() < 200 ? variant : "a long one").isNotNull();
      assertThat(refusal[0].getMessage())
          .containsAnyOf(
              "is not a condition", "is not a reference", "characters; at most 1000 are allowed");
      assertThat(refusal[0].getMessage().length()).isLessThan(3_000);
      assertThat(nanos).isLessThan(LIMIT_NANOS);
    }
  }

  /** Texts that are refused alone but not as a part of the variants. */
  private static boolean isFineInside(String text) {
    return text.equals(")(");
  }

  private static long cpuNanos(Runnable action) {
    return CpuTime.of(Duration.ofNanos(LIMIT_NANOS), action).toNanos();
  }

  @Test
  void condition_everythingAtItsLimit_isAcceptedAndFast() {
    List<String> atTheLimit = List.of(
        "(".repeat(50) + "x" + ")".repeat(50),
        "not ".repeat(50) + "x",
        "not(".repeat(25) + "x" + ")".repeat(25),
        "x" + "+x".repeat(149),
        "x" + " and x".repeat(149),
        "x" + "*x".repeat(149),
        "-".repeat(299) + "x",
        "!".repeat(299) + "x",
        "(x+".repeat(49) + "x" + ")".repeat(49),
        "(x or ".repeat(49) + "x" + ")".repeat(49),
        "not x or ".repeat(70) + "x",
        "'" + "a".repeat(990) + "'",
        "x".repeat(Condition.MAX_LENGTH),
        "x" + "[0]".repeat(333));
    for (String text : atTheLimit) {
      assertThat(cpuNanos(
              () -> assertThat(Condition.condition(text).test(name -> 1)).isIn(true, false)))
          .as(text)
          .isLessThan(LIMIT_NANOS);
    }
  }

  @Test
  void condition_atItsLimitOnASmallStack_doesNotOverflow() throws Exception {
    List<String> deep = List.of(
        "(".repeat(50) + "x" + ")".repeat(50),
        "not ".repeat(50) + "x",
        "(-(!".repeat(25) + "x" + "))".repeat(25),
        "!".repeat(299) + "x",
        "-".repeat(299) + "x",
        "x" + "+x".repeat(149),
        "x" + " and x".repeat(149));
    FutureTask<Void> all = new FutureTask<>(() -> {
      for (String text : deep) {
        boolean result = Condition.condition(text).test(name -> 1);
        assertThat(result).isIn(true, false);
      }
      return null;
    });
    Thread thread = new Thread(null, all, "small-stack", 512 << 10);
    thread.start();
    try {
      all.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("a stack of 512 KiB must do", e.getCause());
    }
  }

  @Test
  void evaluation_aStrangerAmongTheValues_isNotUsed() {
    Map<String, Object> values = new HashMap<>();
    values.put("x", new Canary());
    values.put("f", (Supplier<Object>) Canary::sing);
    values.put("engine", new org.apache.commons.jexl3.JexlBuilder().create());
    for (String text : List.of(
        "x",
        "not x",
        "x == 1",
        "1 == x",
        "x == 'song'",
        "'song' == x",
        "x != null",
        "x and f",
        "x == f",
        "f == 1",
        "engine",
        "x == x",
        "x.song",
        "x.class",
        "x.field")) {
      assertThat(Condition.condition(text).test(values::get)).isIn(true, false);
    }
    for (String text :
        List.of("x + 1", "1 + x", "x + 'a'", "'a' + x", "x < 1", "1 > x", "x < x", "-x", "x % 2")) {
      Condition condition = Condition.condition(text);
      assertThatThrownBy(() -> condition.test(values::get))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(values.get("engine")).isInstanceOf(JexlEngine.class);
  }

  @Test
  void evaluation_hugeValues_isFast() {
    Map<String, Object> values = new HashMap<>();
    values.put("plus", new BigDecimal("1E+999999999"));
    values.put("minus", new BigDecimal("1E-999999999"));
    values.put("long", "9".repeat(1_000_000));
    values.put("exponent", "1e999999999");
    values.put("integer", BigInteger.ONE.shiftLeft(10_000));
    values.put("list", new EndlessList());
    List<String> names = List.copyOf(values.keySet());
    for (String left : names) {
      for (String operator : List.of("==", "!=", "<", ">=", "+", "-", "*", "/", "%", "and")) {
        for (String right :
            List.of("1", "'1'", "'x'", "null", "2.5", "plus", "long", "exponent", "integer")) {
          Condition condition = Condition.condition(left + " " + operator + " " + right);
          long nanos = cpuNanos(() -> {
            try {
              assertThat(condition.test(values::get)).isIn(true, false);
            } catch (IllegalArgumentException e) {
              assertThat(e).hasMessageContaining("cannot be evaluated");
              assertThat(e.getMessage().length()).isLessThan(1_000);
            }
          });
          assertThat(nanos).as(condition.expression()).isLessThan(LIMIT_NANOS);
        }
      }
    }
    Condition growing = Condition.condition("long" + "+long".repeat(140) + " == 'x'");
    assertThatThrownBy(() -> growing.test(values::get))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1000000 characters");
  }

  /** Whoever goes through it never ends. */
  private static final class EndlessList extends AbstractList<Object> {
    @Override
    public Object get(int index) {
      return index;
    }

    @Override
    public int size() {
      return Integer.MAX_VALUE;
    }
  }

  @Test
  void condition_randomTokens_areRefusedOrGiveABoolean() {
    List<String> tokens = List.of(
        "x",
        "y.z",
        "INPUT.a",
        "ITEM^1",
        "a[0]",
        "b[*]",
        "[\"q q\"]",
        "and",
        "or",
        "not",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "&&",
        "||",
        "(",
        ")",
        "(",
        ")",
        "1",
        "2.5",
        "0",
        "'s'",
        "\"t\"",
        "''",
        "true",
        "False",
        "None",
        "null",
        "=",
        "~",
        ".",
        "[",
        "]",
        "{",
        "}",
        ";",
        ":",
        ",",
        "?",
        "->",
        "$",
        "#",
        "`",
        "\\",
        "new",
        "size",
        "empty",
        "var",
        "return",
        "function",
        "1e9",
        "0x1",
        "..",
        "é",
        "\u0000",
        "\ud83d\ude00",
        "=~");
    List<Object> values = new ArrayList<>(List.of(0, 1, -3, 2.5, true, false, "", "7", "text"));
    values.add(null);
    values.add(List.of(1));
    values.add(Map.of());
    values.add(new Canary());
    Random random = new Random(7);
    int accepted = 0;
    int evaluated = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      // Mostly tokens that belong together, so that many get past the first few characters.
      int known = random.nextInt(3) == 0 ? tokens.size() : 38;
      for (int j = 1 + random.nextInt(12); j > 0; j--) {
        text.append(tokens.get(random.nextInt(known))).append(random.nextInt(5) == 0 ? "" : " ");
      }
      boolean[] outcome = new boolean[2];
      long seed = random.nextLong();
      long nanos = cpuNanos(() -> {
        Random source = new Random(seed);
        try {
          Condition condition = Condition.condition(text.toString());
          outcome[0] = true;
          boolean result = condition.test(name -> values.get(source.nextInt(values.size())));
          assertThat(result).isIn(true, false);
          outcome[1] = true;
        } catch (IllegalArgumentException e) {
          assertThat(e.getMessage())
              .containsAnyOf("is not a condition", "is not a reference", "cannot be evaluated")
              // Our own scanner knows the grammar: nothing is left for JEXL to refuse.
              .doesNotContain("do not fit together");
        }
      });
      assertThat(nanos).as("%s", text).isLessThan(LIMIT_NANOS);
      accepted += outcome[0] ? 1 : 0;
      evaluated += outcome[1] ? 1 : 0;
    }
    assertThat(accepted).isGreaterThan(500);
    assertThat(evaluated).isGreaterThan(300);
  }
}
