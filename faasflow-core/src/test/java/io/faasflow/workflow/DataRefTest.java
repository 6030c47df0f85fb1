package io.faasflow.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataRefTest {
  private static DataRef ref(DataRef.Root root, DataRef.Segment... path) {
    return new DataRef(root, List.of(path));
  }

  @Test
  void parse_eachForm_givesItsParts() {
    assertThat(DataRef.parse("INPUT")).isEqualTo(ref(new DataRef.Input()));
    assertThat(DataRef.parse("INPUT.user")).isEqualTo(DataRef.input("user"));
    assertThat(DataRef.parse("ITEM")).isEqualTo(ref(new DataRef.Item(0)));
    assertThat(DataRef.parse("ITEM^0")).isEqualTo(ref(new DataRef.Item(0)));
    assertThat(DataRef.parse("ITEM^12.x"))
        .isEqualTo(ref(new DataRef.Item(12), new DataRef.Key("x")));
    assertThat(DataRef.parse("count")).isEqualTo(DataRef.output("count"));
    assertThat(DataRef.parse("count.words")).isEqualTo(DataRef.output("count", "words"));
    assertThat(DataRef.parse("count[*].words[3]"))
        .isEqualTo(ref(
            new DataRef.Output("count"),
            new DataRef.Each(),
            new DataRef.Key("words"),
            new DataRef.Index(3)));
    assertThat(DataRef.parse("[\"my task\"][\"a-b.txt\"]"))
        .isEqualTo(DataRef.output("my task", "a-b.txt"));
    assertThat(DataRef.parse("[\"INPUT\"].x")).isEqualTo(DataRef.output("INPUT", "x"));
    assertThat(DataRef.parse("a[\"\\\"\\\\\"]")).isEqualTo(DataRef.output("a", "\"\\"));
    assertThat(DataRef.parse("a[007]").path()).containsExactly(new DataRef.Index(7));
    assertThat(DataRef.parse("INPUT.ITEM.INPUT"))
        .isEqualTo(DataRef.input("ITEM").then(new DataRef.Key("INPUT")));
    assertThat(DataRef.parse("größe.日本").root()).isEqualTo(new DataRef.Output("größe"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "``,                 a name at character 1",
        ".,                  a name at character 1",
        "a.,                 a name at character 3",
        "a..b,               a name at character 3",
        "a b,                '.' or '[' at character 2",
        "a-b,                '.' or '[' at character 2",
        "` a`,               a name at character 1",
        "a[],                a number, '*' or a quoted name at character 3",
        "a[-1],              a number, '*' or a quoted name at character 3",
        "a[x],               a number, '*' or a quoted name at character 3",
        "a[1,                ']' at character 4",
        "a[*,                ']' at character 4",
        "a[1x],              ']' at character 4",
        "a[\"b],             a quoted name has no end",
        "a[\"b\\\"],         a quoted name has no end",
        "a[\"b\\,            a quoted name has no end",
        "a[\"b\"c],          ']' at character 6",
        "a[99999999999],     the number is too large",
        "a[2147483648],      the number is too large",
        "ITEM^,              a number",
        "ITEM^x,             a number",
        "ITEM^99999999999,   the number is too large",
        "INPUT^1,            '.' or '['",
        "[3],                begins with a name",
        "[*].x,              begins with a name",
        "[,                  a number",
        "(a),                a name at character 1",
        "$,                  a name at character 1",
      })
  void parse_noReference_saysWhatWhereAndTheCure(String text, String what) {
    assertThatThrownBy(() -> DataRef.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "' is not a reference")
        .hasMessageContaining(what.replace(", '*'", ", '*'"))
        .hasMessageContaining("Write INPUT.name");
  }

  @Test
  void parse_veryLong_isRefusedQuickly() {
    assertThat(DataRef.parse("a".repeat(2_000)).toString()).hasSize(2_000);
    assertThatThrownBy(() -> DataRef.parse("a".repeat(2_001)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("2001", "2000");
    assertThat(DataRef.parse("a" + "[*]".repeat(600)).path()).hasSize(600);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INPUT",
        "ITEM",
        "ITEM^1",
        "INPUT.x",
        "ITEM^3[*].x[0]",
        "a",
        "a.b",
        "a[*]",
        "a[2147483647]",
        "[\"a b\"]",
        "[\"INPUT\"]",
        "[\"ITEM\"].x",
        "[\"\"]",
        "a[\"\"]",
        "[\"x\\\\\"]",
        "[\"]\"]",
        "ITEMS",
      })
  void toString_ofTheShortestForm_isThatForm(String text) {
    assertThat(DataRef.parse(text)).hasToString(text);
  }

  @Test
  void toString_ofAnyReference_parsesToTheSame() {
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      DataRef.Root root = switch (random.nextInt(4)) {
        case 0 -> new DataRef.Input();
        case 1 -> new DataRef.Item(number(random));
        default -> new DataRef.Output(name(random));
      };
      List<DataRef.Segment> path = new ArrayList<>();
      for (int j = random.nextInt(5); j > 0; j--) {
        path.add(
            switch (random.nextInt(4)) {
              case 0 -> new DataRef.Index(number(random));
              case 1 -> new DataRef.Each();
              default -> new DataRef.Key(name(random));
            });
      }
      DataRef reference = new DataRef(root, path);
      assertThat(DataRef.parse(reference.toString())).isEqualTo(reference);
    }
  }

  private static int number(Random random) {
    return random.nextInt() >>> (1 + random.nextInt(31));
  }

  /** Any UTF-16 units, also unpaired surrogates and control characters; often what matters here. */
  private static String name(Random random) {
    List<String> odd =
        List.of("INPUT", "ITEM", "ITEM^1", "", "\"", "\\", "]", "[", ".", "*", "a\"]", "\\\"", "1");
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      switch (random.nextInt(4)) {
        case 0 -> name.append(odd.get(random.nextInt(odd.size())));
        case 1 -> name.append((char) random.nextInt(0x10000));
        case 2 -> name.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
        default -> name.append((char) ('a' + random.nextInt(26)));
      }
    }
    return name.toString();
  }

  @Test
  void parse_randomText_givesAReferenceOrIllegalArgument() {
    Random random = new Random(5);
    String alphabet = "ab.[]\"\\*^0 1_INPUTEM\ud83d\u00e9";
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "" : "ITEM");
      for (int j = random.nextInt(10); j > 0; j--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        DataRef reference = DataRef.parse(text.toString());
        assertThat(DataRef.parse(reference.toString())).isEqualTo(reference);
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("is not a reference");
      }
    }
  }

  @Test
  void constructors_nonsense_areRefused() {
    assertThatThrownBy(() -> new DataRef.Index(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DataRef.Item(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DataRef.Key(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> new DataRef.Output(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> new DataRef(null, List.of())).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> DataRef.parse(null)).isInstanceOf(NullPointerException.class);
  }

  // Resolving.

  private static Object resolve(String reference, Object root) {
    return DataRef.parse(reference).resolve(root);
  }

  private static Map<String, Object> nullUnder(String name) {
    Map<String, Object> map = new HashMap<>();
    map.put(name, null);
    return map;
  }

  @Test
  void resolve_aPath_findsWhatIsThere() {
    Map<String, Object> data =
        Map.of("a", List.of(Map.of("b", 1), Map.of("b", 2)), "", "empty", "x.y", "dotted");
    assertThat(resolve("INPUT", data)).isSameAs(data);
    assertThat(resolve("t.a[1].b", data)).isEqualTo(2);
    assertThat(resolve("t.a[*].b", data)).isEqualTo(List.of(1, 2));
    assertThat(resolve("t[\"\"]", data)).isEqualTo("empty");
    assertThat(resolve("t[\"x.y\"]", data)).isEqualTo("dotted");
    assertThat(resolve("t", null)).isNull();
  }

  @Test
  void resolve_eachOfEach_keepsTheNesting() {
    Object data =
        List.of(List.of(Map.of("x", 1), Map.of("x", 2)), List.of(), List.of(Map.of("x", 3)));
    assertThat(resolve("t[*][*].x", data)).isEqualTo(List.of(List.of(1, 2), List.of(), List.of(3)));
    assertThat(resolve("t[*]", List.of())).isEqualTo(List.of());
    assertThat(resolve("t[*].x", List.of())).isEqualTo(List.of());
    assertThat(resolve("t[*]", Arrays.asList(1, null))).isEqualTo(Arrays.asList(1, null));
  }

  @Test
  void resolve_whatIsNotThere_isAbsentAndNotNull() {
    assertThat(resolve("t.x", Map.of())).isSameAs(DataRef.absent());
    assertThat(resolve("t.x.y", Map.of())).isSameAs(DataRef.absent());
    assertThat(resolve("t[2]", List.of(1, 2))).isSameAs(DataRef.absent());
    assertThat(resolve("t.x", null)).isSameAs(DataRef.absent());
    assertThat(resolve("t[0]", null)).isSameAs(DataRef.absent());
    assertThat(resolve("t[*]", null)).isSameAs(DataRef.absent());
    assertThat(resolve("t.x", nullUnder("x"))).isNull();
    assertThat(resolve("t.x.y", nullUnder("x"))).isSameAs(DataRef.absent());
    assertThat(resolve("t[0]", Collections.singletonList(null))).isNull();
    assertThat(resolve("t", DataRef.absent())).isSameAs(DataRef.absent());
    assertThat(resolve("t.x", DataRef.absent())).isSameAs(DataRef.absent());
    // One element without the name: there is no list of all of them.
    assertThat(resolve("t[*].x", List.of(Map.of("x", 1), Map.of()))).isSameAs(DataRef.absent());
  }

  @Test
  void resolve_inOutputs_findsByName() {
    Task<Object, Object> a = Task.pass("a");
    Outputs outputs =
        new Outputs.Layout(List.of(a), List.of("a"), "x").outputs(new Object[] {Map.of("y", 5)});
    assertThat(resolve("t.a.y", outputs)).isEqualTo(5);
    assertThat(resolve("t.b", outputs)).isSameAs(DataRef.absent());
  }

  @Test
  void resolve_anotherTypeThanThePathNeeds_namesReferenceTypeAndCure() {
    assertThatThrownBy(() -> resolve("t.a.b", Map.of("a", 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'t.a.b'", "'b'", "java.lang.Integer", "must be a map", "Let the");
    assertThatThrownBy(() -> resolve("t.a", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be a map");
    assertThatThrownBy(() -> resolve("t[0]", Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'t[0]'", "[0]", "must be a list");
    assertThatThrownBy(() -> resolve("t[*].x", "text"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("[*]", "java.lang.String", "must be a list");
    assertThatThrownBy(() -> resolve("t[*].x", List.of(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be a map");
  }

  @Test
  void then_oneStepFurther_leavesTheFirst() {
    DataRef first = DataRef.output("a");
    assertThat(first.then(new DataRef.Key("b"))).isEqualTo(DataRef.parse("a.b"));
    assertThat(first.path()).isEmpty();
  }

  @Test
  void bindings_ofReferences_areCopiedAndNeverEmpty() {
    List<DataRef> given = new ArrayList<>(List.of(DataRef.input("a")));
    Binding.From from = (Binding.From) Binding.firstOf(given);
    given.clear();
    assertThat(from.references()).containsExactly(DataRef.input("a"));
    assertThat(from.optional()).isFalse();
    assertThat(((Binding.From) from.orNull()).optional()).isTrue();
    assertThat(Binding.constant(1).orNull()).isEqualTo(Binding.constant(1));
    assertThatThrownBy(() -> Binding.firstOf(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one");
  }

  @Test
  void constants_whatJsonCanSay_areCopied() {
    List<Object> list = new ArrayList<>(List.of(1L, 2.5, "x", true));
    Binding.Constant constant = new Binding.Constant(Map.of("k", list));
    list.clear();
    assertThat(constant.value()).isEqualTo(Map.of("k", List.of(1, 2.5, "x", true)));
    assertThat(Binding.constant(5L)).isEqualTo(Binding.constant(5));
    assertThat(Binding.constant(1L << 40)).isEqualTo(Binding.constant(1L << 40));
    assertThat(Binding.constant(null)).isEqualTo(new Binding.Constant(null));
  }

  @Test
  void constants_whatJsonCannotSay_areRefused() {
    assertThatThrownBy(() -> Binding.constant(new Object()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.Object");
    assertThatThrownBy(() -> Binding.constant(List.of(Map.of(1, 2))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keys");
    Object deep = "x";
    for (int i = 0; i < 60; i++) {
      deep = List.of(deep);
    }
    Object tooDeep = deep;
    assertThatThrownBy(() -> Binding.constant(tooDeep))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("50");
    List<Object> circular = new ArrayList<>();
    circular.add(circular);
    assertThatThrownBy(() -> Binding.constant(circular))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
