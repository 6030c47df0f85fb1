package io.faasflow.workflow.yaml;

import static io.faasflow.workflow.yaml.BrokenText.bad;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What flat files mean, and what is said about those that are wrong. */
class FlatFormatTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"flat-moderation", "flat-film", "flat-letters", "flat-root", "flat-files"})
  void read_sample_givesExactlyThis(String name) {
    Workflow<Map<String, Object>, Object> workflow = read(resource("samples/" + name + ".yaml"));

    assertThat(StepText.of(workflow)).isEqualTo(resource("expected/" + name + ".txt"));
    assertThat(workflow.name()).isEqualTo("sample");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"flat-moderation", "flat-film", "flat-letters", "flat-root", "flat-files"})
  void read_sampleTwice_isEqual(String name) {
    String text = resource("samples/" + name + ".yaml");

    assertThat(read(text)).isEqualTo(read(text));
    assertThat(read(text).fingerprint()).isEqualTo(read(text).fingerprint());
  }

  // The namespace.

  @Test
  void input_savedByParallelFunctions_isThatOfTheOneListedLast() {
    assertThat(text(
            "a: {out: x, next: [c, b]}",
            "b: {out: x, next: [d]}",
            "c: {out: x, next: [d]}",
            "d: {in: x}"))
        .contains("d = d(x=c.x | b.x | a.x)");
  }

  @Test
  void input_ofGlobalName_fallsBackToTheRun() {
    assertThat(text("global x", "a: {out: x, next: [b]}", "b: {in: x, next: [c]}", "c: {in: x}"))
        .contains("b = b(x=a.x | INPUT.x)")
        .contains("c = c(x=a.x | INPUT.x)");
  }

  @Test
  void input_ofGlobalNameThatALaterFunctionSaves_isThatOfTheRun() {
    assertThat(text("global x", "a: {in: x, out: x, next: [b]}", "b: {out: x}"))
        .contains("a = a(x=INPUT.x)");
  }

  @Test
  void input_savedBeforeByWayOfDataOnly_isFound() {
    // b follows nothing, but reads y of c, which follows a: so a precedes b.
    assertThat(text("a: {out: x, next: [c]}", "b: {in: 'c.y x'}", "c: {out: y}"))
        .contains("b = b(y=c.y, x=a.x)");
  }

  @Test
  void input_savedByUnrelatedFunctions_waitsForThem() {
    String text = text("b: {in: x}", "a: {out: x}", "c: {out: x}");

    assertThat(text).contains("b = b(x=c.x | a.x)");
  }

  @Test
  void input_thatMakesTheReaderWait_putsWhatIsBeforeThatInOrderToo() {
    // Because b waits for c, it also comes after a, whose y it reads.
    assertThat(text("b: {in: 'x y'}", "a: {out: y, next: [c]}", "c: {out: x}"))
        .contains("b = b(x=c.x, y=a.y)");
  }

  @Test
  void input_savedByNobodyWhoSaysSo_mayBeThatOfFunctionsThatSayNothing() {
    assertThat(text("a: {next: [b]}", "b: {out: y, next: [c]}", "c: {in: x}"))
        .contains("c = c(x=a.x)");
  }

  @Test
  void input_savedByForeach_isTheListOfTheInstances() {
    assertThat(text(
            "a: {out: keys, foreach: [b]}", "b: {key: a.keys, out: x, next: [c]}", "c: {in: x}"))
        .contains("foreach a.keys\n  b = b(keys=ITEM) gives x")
        .contains("c = c(x=b[*].x)");
  }

  @Test
  void condition_onNameOfItsOwnFunction_isWhatThatSaved() {
    assertThat(text(
            "a: {out: flag, next: [b]}",
            "b: {out: flag, switch: [INPUT.flag and not b.other, default], nodes: [c, d]}",
            "c: {out: y}",
            "d: {out: y}"))
        .contains("when INPUT.flag and not b.other where INPUT.flag=b.flag | a.flag? -> c");
  }

  @Test
  void condition_onNameThatNobodySaved_isThatOfTheRun() {
    assertThat(text("a: {out: y, switch: [INPUT.flag, default], nodes: [b, c]}", "b: {}", "c: {}"))
        .contains("when INPUT.flag -> b");
  }

  @Test
  void condition_onForeach_isTheListOfTheInstances() {
    assertThat(text(
            "a: {out: keys, foreach: [b]}",
            "b: {key: a.keys, out: x, next: [g]}",
            "g: {out: y, switch: ['b.x and INPUT.x[0].z > 3', default], nodes: [c, d]}",
            "c: {}",
            "d: {}"))
        .contains("where b.x=b[*].x?, INPUT.x[0].z=b[*].x[0].z? -> c");
  }

  // Other meanings.

  @Test
  void foreach_withSeveralKeys_zipsThem() {
    assertThat(text(
            "a: {out: 'left right', foreach: [b]}",
            "b: {key: 'a.left a.right', in: a.left, out: x}"))
        .contains("foreach left=a.left, right=a.right\n  b = b(left=ITEM.left, right=ITEM.right)");
  }

  @Test
  void foreach_reachedOnTwoWays_isOneForeach() {
    assertThat(text("a: {out: keys, foreach: [c]}", "b: {next: [c]}", "c: {key: a.keys, out: x}"))
        .contains("foreach a.keys\n  c = c(keys=ITEM)");
  }

  @Test
  void result_notDeclared_isWhatTheLastFunctionsDeclare() {
    assertThat(text("a: {out: 'x y', next: [b, c]}", "b: {out: 'y z'}", "c: {out: y}"))
        .contains("gives y=c.y | b.y, z=b.z");
  }

  @Test
  void result_emptyMap_isEmpty() {
    assertThat(read("functions: [{name: a, output: {x: {size: 1}}}]\nglobal_output: {}")
            .outputs())
        .contains(Map.of());
  }

  @Test
  void result_fromInput_isWhatWasSavedLast() {
    String text = """
        functions:
        - {name: a, output: {x: }, next: {nodes: [b]}}
        - {name: b, output: {x: }}
        global_output:
          x: {value: {function: INPUT, parameter: x}}
        """;

    assertThat(StepText.of(read(text))).contains("gives x=b.x | a.x");
  }

  @Test
  void globalInput_withAnotherParameter_isTakenByThat() {
    String text = """
        global_input:
          alias: {value: {function: INPUT, parameter: real}, size: 7}
          bare:
        functions:
        - name: a
          input: {v: {value: {function: INPUT, parameter: real}}}
        """;

    assertThat(StepText.of(read(text))).startsWith("takes real:7, bare\na = a(v=INPUT.real)");
  }

  @Test
  void runtime_inSeconds_isExact() {
    Dag dag =
        (Dag) read("functions: [{name: a, runtime: 0.000001}]").body().steps().get(0);

    assertThat(((Task<?, ?>) dag.steps().get(0)).expectedRuntime())
        .contains(Duration.ofNanos(1000));
  }

  @Test
  void names_ofAnyKind_areKept() {
    assertThat(StepText.of(read("functions: [{name: 01, next: {nodes: ['a b']}}, {name: a b}]")))
        .contains("01 = 01(INPUT)\n  -> a b\na b = a b(INPUT)");
  }

  // What is wrong.

  static Stream<BrokenText> broken() {
    return Stream.of(
        bad("functions: []", 1, 12, "functions", "the workflow has no functions"),
        bad("functions:", 1, 11, "functions", "'functions' must be a list, but is empty"),
        bad("fuctions: [{name: a}]", 1, 1, "fuctions", "Did you mean 'functions'?"),
        bad("functions: [{source: a}]", 1, 13, "name", "the key is missing. Add 'name: ...' here"),
        bad("functions: [{name: ' '}]", 1, 20, "name", "the name is empty"),
        bad("functions: [{name: INPUT}]", 1, 20, "name", "no function can be named INPUT"),
        bad("functions: [{name: [a]}]", 1, 20, "name", "must be a text, but is a list"),
        bad("functions: [a]", 1, 13, "functions", "must be a map, but is the text 'a'"),
        bad(
            "functions: [{name: a}]\nglobal_outputs: {}",
            2,
            1,
            "global_outputs",
            "the key is not known here. Did you mean 'global_output'?"),
        bad(
            "functions:\n- name: a\n  runtme: 3",
            3,
            3,
            "runtme",
            "the key is not known here. Did you mean 'runtime'?"),
        bad(
            "functions:\n- name: a\n- name: b\n- name: a",
            4,
            9,
            "name",
            "the name 'a' is used before, in line 2"),
        bad(
            "functions: [{name: upload, next: {nodes: [uplaod]}}]",
            1,
            43,
            "nodes",
            "there is no function 'uplaod'. Did you mean 'upload'?"),
        bad("functions: [{name: a, next: b}]", 1, 29, "next", "must be a map, but is the text 'b'"),
        bad(
            "functions: [{name: a, next: {nodes: b}}]",
            1,
            37,
            "nodes",
            "must be a list, but is the text 'b'. Write '- ' before each element"),
        bad("functions: [{name: a, next: {type: pass}}]", 1, 29, "nodes", "the key is missing"),
        bad(
            "functions: [{name: a, next: {nodes: [b, b]}}, {name: b}]",
            1,
            41,
            "nodes",
            "'b' follows twice"),
        bad(
            "functions: [{name: a, next: {type: paralel, nodes: []}}]",
            1,
            36,
            "type",
            "the type 'paralel' is not known here. Did you mean 'parallel'?"),
        bad(
            "functions: [{name: a, next: {nodes: [b]}}, {name: b, next: {nodes: [a]}}]",
            1,
            20,
            "name",
            "the functions wait for each other in a circle: a -> b -> a"),
        bad("functions: [{name: a, next: {nodes: [a]}}]", 1, 20, "name", "circle: a -> a"),
        bad(
            "functions:\n- name: a\n  next: {type: switch, nodes: [b, c], conditions: [default]}\n"
                + "- name: b\n- name: c",
            3,
            51,
            "conditions",
            "there are 1 conditions for 2 nodes. Give each node its condition"),
        bad(
            "functions:\n- name: a\n  next: {type: switch, nodes: [b]}\n- name: b",
            3,
            9,
            "conditions",
            "the key is missing"),
        bad(
            "functions: [{name: a, next: {type: switch, nodes: [], conditions: []}}]",
            1,
            67,
            "conditions",
            "the switch has no cases"),
        bad("""
            functions:
            - name: a
              next: {type: switch, nodes: [b, c], conditions: [default, default]}
            - name: b
            - name: c
            """, 3, 52, "conditions", "'default' stands before other conditions"),
        bad(
            "functions: [{name: a, next: {nodes: [b], conditions: [x]}}, {name: b}]",
            1,
            42,
            "conditions",
            "conditions are for a switch, but the type is 'pass'"),
        bad(switchOn("'INPUT.x >'"), 3, 23, "conditions", "'INPUT.x >' is not a condition"),
        bad(
            switchOn("'INPUT.x.close()'"),
            3,
            23,
            "conditions",
            "functions and methods such as 'INPUT.x.close' cannot be called"),
        bad(
            switchOn("flag"),
            3,
            23,
            "conditions",
            "the condition reads 'flag', but there is no function 'flag'. Write INPUT.flag"),
        bad(switchOn("ITEM.x"), 3, 23, "conditions", "a condition belongs to no foreach instance"),
        bad(switchOn("[x]"), 3, 23, "conditions", "must be a text, but is a list"),
        bad(
            "functions: [{name: a, runtime: -1}]",
            1,
            32,
            "runtime",
            "must be a number of seconds from 0 to 1000000000, but is -1.0"),
        bad("functions: [{name: a, runtime: .nan}]", 1, 32, "runtime", "but is NaN"),
        bad("functions: [{name: a, runtime: .inf}]", 1, 32, "runtime", "but is Infinity"),
        bad(
            "functions: [{name: a, runtime: fast}]",
            1,
            32,
            "runtime",
            "must be a number, but is the text 'fast'"),
        bad(
            "functions: [{name: a, mem_usage: 64}]",
            1,
            34,
            "mem_usage",
            "must be a share of a container's memory, from 0 to 1, but is 64.0"),
        bad("functions: [{name: a, scale: 1.5}]", 1, 30, "scale", "must be a whole number"),
        bad("functions: [{name: a, scale: -1}]", 1, 30, "scale", "must be from 0"),
        bad("functions: [{name: a, split_ratio: 0}]", 1, 36, "split_ratio", "must be from 1"),
        bad(
            "functions: [{name: a, output: {x: {size: big}}}]",
            1,
            42,
            "size",
            "must be a whole number, but is the text 'big'"),
        bad("functions: [{name: a, output: {x: {size: -8}}}]", 1, 42, "size", "number of bytes"),
        bad(
            "functions: [{name: a, output: {x: {type: key}}}]",
            1,
            42,
            "type",
            "the type 'key' is not known here. Did you mean 'keys'?"),
        bad("functions: [{name: a, output: [x]}]", 1, 31, "output", "must be a map, but is a list"),
        bad(
            "functions: [{name: a, input: {x: {type: pass}}}]",
            1,
            34,
            "value",
            "the key is missing"),
        bad(
            "functions: [{name: a, input: {x: {value: 3}}}]",
            1,
            42,
            "value",
            "must say where the data come from, but is the number '3'"),
        bad(
            "functions: [{name: a, input: {x: {value: {function: b, parameter: y}}}}]",
            1,
            53,
            "function",
            "there is no function 'b'"),
        bad(
            "functions: [{name: a, input: {x: {value: {function: a, parameter: y}}}}]",
            1,
            53,
            "function",
            "a function cannot read its own output"),
        bad(
            "functions: [{name: a, input: {x: {value: {function: INPUT}}}}]",
            1,
            42,
            "parameter",
            "the key is missing"),
        bad(
            "functions: [{name: a, input: {x: {value: {function: INPUT, parameter: y}}}}]",
            1,
            53,
            "function",
            "'y' is neither an input of the workflow nor an output of any function"),
        bad(
            "functions: [{name: a, input: {x: {value: [{function: INPUT, parameter: y}]}}}]",
            1,
            42,
            "value",
            "is a list, which only the type 'switch' takes"),
        bad(
            "functions: [{name: a, input: {x: {type: switch, value: []}}}]",
            1,
            56,
            "value",
            "the list is empty"),
        bad(
            "functions: [{name: v, source: VIRTUAL, output: {x: }}]",
            1,
            40,
            "output",
            "a function whose source is VIRTUAL runs nothing, so it has no output"),
        bad(
            "functions: [{name: v, source: END},"
                + " {name: a, input: {x: {value: {function: v, parameter: y}}}}]",
            1,
            77,
            "function",
            "'v' runs nothing, so it gives nothing"),
        bad(
            "functions: [{name: a, next: {type: foreach, nodes: [b]}}, {name: b, input: {}}]",
            1,
            66,
            "name",
            "the function is reached by foreach, but has no input of type 'key'"),
        bad(
            "functions: [{name: a, next: {type: foreach, nodes: [b]}}, {name: b, source: END}]",
            1,
            66,
            "name",
            "Lead the foreach to a function that runs"),
        bad(
            "functions:\n- {name: a, input: {x: {value: {function: INPUT, parameter: y}}},"
                + " next: {nodes: [b]}}\n- {name: b, output: {y: }}",
            2,
            43,
            "function",
            "'y' is saved by 'b' only, which runs later: a -> b"),
        bad(
            "functions:\n- {name: a, output: {y: }, input: {x: {value: {function: INPUT, parameter:"
                + " y}}}}",
            2,
            58,
            "function",
            "'y' is saved by 'a' only, which reads it here"),
        bad("""
            functions:
            - {name: a, output: {p: }, input: {x: {value: {function: INPUT, parameter: q}}}}
            - {name: b, output: {q: }, input: {x: {value: {function: INPUT, parameter: p}}}}
            """, 2, 58, "function", "the functions wait for each other in a circle: a -> b -> a"),
        bad(
            "global_input: {x: {value: {function: a, parameter: x}}}\nfunctions: [{name: a}]",
            1,
            38,
            "function",
            "an input of the workflow must come from INPUT, but comes from 'a'"),
        bad("global_input: [x]\nfunctions: [{name: a}]", 1, 15, "global_input", "must be a map"),
        bad(
            "functions: [{name: a}]\nglobal_output: {x: {value: {function: b, parameter: x}}}",
            2,
            39,
            "function",
            "there is no function 'b'"),
        bad(
            "functions: [{name: a, output: {}}]\n"
                + "global_output: {x: {value: {function: INPUT, parameter: x}}}",
            2,
            39,
            "function",
            "'x' is neither an input of the workflow nor an output of any function"));
  }

  private static String switchOn(String condition) {
    return "functions:\n- name: a\n  next: {conditions: ["
        + condition
        + ", default], type: switch, nodes: [b, c]}\n- name: b\n- name: c";
  }

  @ParameterizedTest
  @MethodSource("broken")
  void read_brokenFile_saysWhereAndWhatToDo(BrokenText broken) {
    broken.assertRefused(FlatFormatTest::read);
  }

  @Test
  void read_severalProblems_reportsAll() {
    assertThatThrownBy(() -> read("""
                    functions:
                    - name: a
                      runtime: -1
                      next: {nodes: [c]}
                    - name: b
                      scale: x
                      input: {x: {value: {function: d, parameter: x}}}
                    """))
        .hasMessageContainingAll(
            "sample.yaml:3:12: key 'runtime'",
            "sample.yaml:4:18: key 'nodes': there is no function 'c'",
            "sample.yaml:6:10: key 'scale'",
            "sample.yaml:7:33: key 'function': there is no function 'd'");
  }

  // Size.

  @Test
  @Timeout(20)
  void read_longChainWithOneNamespace_isQuick() {
    int count = 5_000;
    String functions = IntStream.range(0, count)
        .mapToObj(i ->
            "- {name: f%d, input: {x: {value: {function: INPUT, parameter: x%d}}}, output:"
                    .formatted(i, Math.max(0, i - 1))
                + " {x%d: {size: 1}}, next: {nodes: [%s]}}"
                    .formatted(i, i + 1 < count ? "f" + (i + 1) : ""))
        .collect(Collectors.joining("\n"));

    String text = StepText.of(read("global_input: {x0: }\nfunctions:\n" + functions));

    assertThat(text).contains("f4999 = f4999(x=f4998.x4998)");
  }

  @Test
  @Timeout(20)
  void read_tooManySources_isRefused() {
    String functions = IntStream.range(0, 2_000)
        .mapToObj(
            i -> "- {name: f%d, input: {x: {value: {function: INPUT, parameter: x}}}, output: {x:"
                    .formatted(i)
                + " }}")
        .collect(Collectors.joining("\n"));

    assertThatThrownBy(() -> read("global_input: {x: }\nfunctions:\n" + functions))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining("have more than 1000000 functions to choose from");
  }

  @Test
  @Timeout(20)
  void read_veryManyWrongNames_isRefusedQuickly() {
    String functions = IntStream.range(0, 15_000)
        .mapToObj(i -> "- {name: function_%d, next: {nodes: [fuction_%d]}}".formatted(i, i))
        .collect(Collectors.joining("\n"));

    assertThatThrownBy(() -> read("functions:\n" + functions))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining("there is no function 'fuction_0'");
  }

  private static Workflow<Map<String, Object>, Object> read(String text) {
    return WorkflowReader.create().readText(text, "sample.yaml");
  }

  static String resource(String name) {
    try (InputStream in = FlatFormatTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a workflow in shorthand. {@code in} and {@code key} list inputs ({@code x} is {@code
   * INPUT}'s, {@code f.x} a function's), {@code out} outputs.
   */
  private static String text(String... lines) {
    StringBuilder text = new StringBuilder("global_input: {");
    for (String line : lines) {
      text.append(line.startsWith("global ") ? line.substring(7) + ": , " : "");
    }
    text.append("}\nfunctions:\n");
    for (String line : lines) {
      if (line.startsWith("global ")) {
        continue;
      }
      YamlMap function = YamlDocument.parse(line, "shorthand", YamlLimits.DEFAULT);
      String name = function.keys().iterator().next();
      YamlMap body = function.required(name).orElseThrow().asMap().orElseThrow();
      text.append("- name: ").append(name).append('\n');
      List<String> inputs = inputs(body);
      if (!inputs.isEmpty()) {
        text.append("  input: {").append(String.join(", ", inputs)).append("}\n");
      }
      body.optional("out")
          .ifPresent(out -> text.append("  output: {")
              .append(words(out.asText().orElseThrow()).stream()
                  .map(one -> one + ": ")
                  .collect(Collectors.joining(", ")))
              .append("}\n"));
      text.append(next(body));
    }
    return StepText.of(read(text.toString()));
  }

  private static List<String> inputs(YamlMap body) {
    Map<String, String> inputs = new LinkedHashMap<>();
    for (String kind : List.of("key", "in")) {
      String words = body.optional(kind).flatMap(YamlValue::asText).orElse("");
      for (String word : words(words)) {
        int dot = word.indexOf('.');
        String function = dot < 0 ? "INPUT" : word.substring(0, dot);
        String parameter = word.substring(dot + 1);
        inputs.putIfAbsent(
            parameter,
            "%s: {type: %s, value: {function: %s, parameter: %s}}"
                .formatted(parameter, kind.equals("key") ? "key" : "pass", function, parameter));
      }
    }
    return List.copyOf(inputs.values());
  }

  private static List<String> words(String text) {
    return Pattern.compile(" ")
        .splitAsStream(text)
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private static String next(YamlMap body) {
    for (String kind : List.of("next", "foreach", "switch")) {
      if (body.has(kind)) {
        List<String> names = texts(body, kind.equals("switch") ? "nodes" : kind);
        String conditions = kind.equals("switch")
            ? ", conditions: "
                + texts(body, "switch").stream().map(c -> "'" + c + "'").toList()
            : "";
        return "  next: {type: %s, nodes: %s%s}\n"
            .formatted(kind.equals("next") ? "pass" : kind, names, conditions);
      }
    }
    return "";
  }

  private static List<String> texts(YamlMap body, String key) {
    return body.optional(key).flatMap(YamlValue::asList).orElse(Collections.emptyList()).stream()
        .map(value -> value.asText().orElseThrow())
        .toList();
  }
}
