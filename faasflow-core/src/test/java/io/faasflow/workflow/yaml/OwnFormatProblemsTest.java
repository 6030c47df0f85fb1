package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OwnFormatProblemsTest {
  private static final String HEAD = "faasflow: 1\nname: w\n";
  private static final String STEPS = HEAD + "steps:\n";
  private static final String TASK = STEPS + "  - task: a\n    ";
  private static final String SIZE =
      "Write a whole number of bytes, or one with a unit: 10KB, 5MB, 2GB, 64MiB, 1GiB";
  private static final String DURATION =
      "Write a number of seconds, or one with a unit: 10ns, 10us, 20ms, 1.5s, 2m, 1h";
  private static final String REFERENCE =
      "Write INPUT.name, ITEM.name, task.name, or quote as in task[\"a-b\"]";
  private static final String KINDS = "task, pass, parallel, switch, foreach, dag";

  private static List<YamlProblem> problems(String text) {
    WorkflowFormatException e = catchThrowableOfType(
        WorkflowFormatException.class, () -> WorkflowReader.create().readText(text, "w.yaml"));
    assertThat(e).as("an exception").isNotNull();
    return e.problems();
  }

  private static Arguments one(
      String text, int line, int column, String key, String message, String cure) {
    return Arguments.of(text, new YamlProblem("w.yaml", line, column, key, message, cure));
  }

  static Stream<Arguments> topLevel() {
    String task = "steps: [{task: a}]\n";
    return Stream.of(
        one(
            "faasflow: x\nname: w\n" + task,
            1,
            11,
            "faasflow",
            "must be a whole number, but is the text 'x'",
            "Write digits only, such as 10"),
        one("faasflow: 1\n" + task, 1, 1, "name", "the key is missing", "Add 'name: ...' here"),
        one(HEAD, 1, 1, "steps", "the key is missing", "Add 'steps: ...' here"),
        one(
            "faasflow: 1\nname: 5\n" + task,
            2,
            7,
            "name",
            "must be a string, but is the number '5'",
            "Put it in quotes: \"5\""),
        one("faasflow: 1\nname: ' '\n" + task, 2, 7, "name", "the name is empty", "Write a name"),
        one(
            "faasflow: 1\nname:\n" + task,
            2,
            6,
            "name",
            "must be a string, but is empty",
            "Write a text"),
        one(
            HEAD + "version: 1.0\n" + task,
            3,
            10,
            "version",
            "must be a string, but is the number '1.0'",
            "Put it in quotes: \"1.0\""),
        one(
            HEAD + "verson: x\n" + task,
            3,
            1,
            "verson",
            "the key is not known here",
            "Did you mean 'version'?"),
        one(
            HEAD + "zzz: x\n" + task,
            3,
            1,
            "zzz",
            "the key is not known here",
            "Allowed are: faasflow, name, version, input, output, deadline, defaults, steps,"
                + " onFailure"),
        one(
            HEAD + "input: [a]\n" + task,
            3,
            8,
            "input",
            "must be a map, but is a list",
            "Write 'name: value' lines, indented below"),
        one(
            HEAD + "input: {a: big}\n" + task,
            3,
            12,
            "a",
            "must be a size, but is the text 'big'",
            SIZE),
        one(
            HEAD + "input: {a: -1}\n" + task,
            3,
            12,
            "a",
            "must be a size, 0 or more, but is the number '-1'",
            SIZE),
        one(
            HEAD + "input: {a: {sice: 1, size: 2}}\n" + task,
            3,
            13,
            "sice",
            "the key is not known here",
            "Did you mean 'size'?"),
        one(
            HEAD + "input: {a: {}}\n" + task,
            3,
            12,
            "size",
            "the key is missing",
            "Add 'size: ...' here"),
        one(
            HEAD + "output: {r: nowhere.x}\n" + task,
            1,
            1,
            "",
            "the result, input 'r' reads 'nowhere', which is not in the workflow",
            "Add a task of that name before, or correct the name"),
        one(
            HEAD + "steps: a\n",
            3,
            8,
            "steps",
            "must be a list, but is the text 'a'",
            "Write '- ' before each element"),
        one(HEAD + "steps: []\n", 3, 8, "steps", "the list is empty", "Add at least one step"));
  }

  static Stream<Arguments> tasks() {
    return Stream.of(
        one(
            STEPS + "  - a\n",
            4,
            5,
            "steps",
            "must be a map, but is the text 'a'",
            "Write 'name: value' lines, indented below"),
        one(
            STEPS + "  - - task: a\n",
            4,
            5,
            "steps",
            "must be a step, but is a list",
            "Put its steps into the list around it: a list in a list of steps adds nothing"),
        one(
            STEPS + "  - {}\n",
            4,
            5,
            "steps",
            "is not a step: it has none of the keys " + KINDS,
            "Add one of them"),
        one(
            STEPS + "  - paralel: []\n",
            4,
            5,
            "steps",
            "is not a step: it has none of the keys " + KINDS,
            "Did you mean 'parallel'?"),
        one(
            TASK + "parallel: []\n",
            5,
            5,
            "parallel",
            "is a second kind of step beside 'task'",
            "Make two steps of it, each with one of " + KINDS),
        one(
            STEPS + "  - task: [a]\n",
            4,
            11,
            "task",
            "must be a string, but is a list",
            "Write a text"),
        one(STEPS + "  - task: ''\n", 4, 11, "task", "the name is empty", "Write a name"),
        one(TASK + "wiht: {}\n", 5, 5, "wiht", "the key is not known here", "Did you mean 'with'?"),
        one(
            TASK + "function: true\n",
            5,
            15,
            "function",
            "must be a string, but is 'true'",
            "Put it in quotes: \"true\""),
        one(
            STEPS + "  - pass: a\n    function: f\n",
            5,
            5,
            "function",
            "a pass gives what it takes, without a function",
            "Remove it, or write 'task:' in place of 'pass:'"),
        one(
            TASK + "runtime: soon\n",
            5,
            14,
            "runtime",
            "must be a duration, 0 or more, but is the text 'soon'",
            DURATION),
        one(
            TASK + "runtime: -1\n",
            5,
            14,
            "runtime",
            "must be a duration, 0 or more, but is the number '-1'",
            DURATION),
        one(
            TASK + "runtime: 9999999999999999h\n",
            5,
            14,
            "runtime",
            "is longer than a duration can be: the text '9999999999999999h'",
            DURATION),
        one(
            TASK + "size: 1.5\n",
            5,
            11,
            "size",
            "must be a whole number, but is the number '1.5'",
            "Write digits only, such as 10"),
        one(
            TASK + "size: 99999999999999999999\n",
            5,
            11,
            "size",
            "must be a whole number of 64 bits, but is the number '99999999999999999999'",
            "Write a smaller number, such as 10"),
        one(
            TASK + "size: 9999999999TiB\n",
            5,
            11,
            "size",
            "is more than 64 bits can count: the text '9999999999TiB'",
            SIZE),
        one(
            TASK + "output: a\n",
            5,
            13,
            "output",
            "must name the outputs, but is the text 'a'",
            "Write a list of names, or a map from names to sizes"),
        one(
            TASK + "output: []\n",
            5,
            13,
            "output",
            "the list is empty",
            "Name at least one output, or leave the key out"),
        one(
            TASK + "output: [x, x]\n",
            5,
            17,
            "output",
            "the output 'x' is named twice",
            "Remove one"),
        one(
            TASK + "resources: {cpu: 1}\n",
            5,
            17,
            "cpu",
            "the key is not known here",
            "Did you mean 'cpus'?"),
        one(
            TASK + "resources: {cpus: -1}\n",
            5,
            23,
            "cpus",
            "cpus must be from 0 to 1,000,000, was -1.0",
            "Write a number of cores such as 0.5"),
        one(
            TASK + "resources: {cpus: two}\n",
            5,
            23,
            "cpus",
            "must be a number, but is the text 'two'",
            "Write a number such as 0.5"),
        one(
            TASK + "resources: {slots: 3000000000}\n",
            5,
            24,
            "slots",
            "must be from 0 to 2147483647, but is the number '3000000000'",
            "Write a number in that range"),
        one(
            STEPS + "  - task: a\n  - task: a\n",
            5,
            11,
            "task",
            "the name 'a' is used twice",
            "Names are unique in a workflow; to use a function twice, give the second task a name of"
                + " its own with as(\"...\")"));
  }

  static Stream<Arguments> bindings() {
    return Stream.of(
        one(
            TASK + "with: x\n",
            5,
            11,
            "with",
            "must be a map, but is the text 'x'",
            "Write 'name: value' lines, indented below"),
        one(
            TASK + "with: {x: 5}\n",
            5,
            15,
            "x",
            "must say where a value comes from, but is the number '5'",
            "Write a reference such as INPUT.name or task.name, or {value: ...} for a constant"),
        one(
            TASK + "with: {x: }\n",
            5,
            14,
            "x",
            "must say where a value comes from, but is empty",
            "Write a reference such as INPUT.name or task.name, or {value: ...} for a constant"),
        one(
            TASK + "with: {x: INPUT..y}\n",
            5,
            15,
            "x",
            "'INPUT..y' is not a reference: expected a name at character 7",
            REFERENCE),
        one(
            TASK + "with: {x: {}}\n",
            5,
            15,
            "x",
            "names no source of the value",
            "Write exactly one of 'value', 'from' and 'first'"),
        one(
            TASK + "with: {x: {value: 1, from: INPUT}}\n",
            5,
            15,
            "x",
            "has both 'value' and 'from'",
            "Write exactly one of 'value', 'from' and 'first'"),
        one(
            TASK + "with: {x: {value: 1, optional: true}}\n",
            5,
            26,
            "optional",
            "the key is not known here",
            "Allowed are: value"),
        one(
            TASK + "with: {x: {from: INPUT, optional: maybe}}\n",
            5,
            39,
            "optional",
            "must be true or false, but is the text 'maybe'",
            "Write true or false"),
        one(
            TASK + "with: {x: {from: [INPUT]}}\n",
            5,
            22,
            "from",
            "must be a string, but is a list",
            "Write a text"),
        one(
            TASK + "with: {x: {first: []}}\n",
            5,
            23,
            "first",
            "the list is empty",
            "Name at least one reference"),
        one(
            TASK + "with: {x: {first: INPUT}}\n",
            5,
            23,
            "first",
            "must be a list, but is the text 'INPUT'",
            "Write '- ' before each element"),
        one(
            TASK + "with: {x: {first: [INPUT, '!']}}\n",
            5,
            31,
            "first",
            "'!' is not a reference: expected a name at character 1",
            REFERENCE),
        one(
            TASK + "with: {x: b.y}\n",
            4,
            11,
            "task",
            "task 'a', input 'x' reads 'b', which is not in the workflow",
            "Add a task of that name before, or correct the name"),
        one(
            TASK + "with: {x: ITEM}\n",
            4,
            11,
            "task",
            "task 'a', input 'x' reads 'ITEM' outside of any foreach",
            "Move it into a foreach, or read a task's output"));
  }

  static Stream<Arguments> constructs() {
    String doA = "do: {task: a}";
    return Stream.of(
        one(
            STEPS + "  - parallel: []\n",
            4,
            15,
            "parallel",
            "the list is empty",
            "Add at least one branch"),
        one(
            STEPS + "  - parallel: [{task: a}, []]\n",
            4,
            27,
            "parallel",
            "the list is empty",
            "Add at least one step"),
        one(
            STEPS + "  - parallel: [{task: a}]\n    do: x\n",
            5,
            5,
            "do",
            "the key is not known here",
            "Allowed are: parallel"),
        one(
            STEPS + "  - switch: []\n",
            4,
            13,
            "switch",
            "the list is empty",
            "Add at least one case"),
        one(
            STEPS + "  - switch: [{when: INPUT}]\n",
            4,
            14,
            "do",
            "the key is missing",
            "Add 'do: ...' here"),
        one(
            STEPS + "  - switch: [{" + doA + "}]\n",
            4,
            14,
            "when",
            "the key is missing",
            "Add 'when: ...' here"),
        one(
            STEPS + "  - switch: [{when: true, " + doA + "}]\n",
            4,
            21,
            "when",
            "must be a string, but is 'true'",
            "Put it in quotes: \"true\""),
        one(
            STEPS + "  - switch: [{when: a b, " + doA + "}]\n",
            4,
            21,
            "when",
            "'a b' is not a condition: an operator is missing at character 3",
            "Allowed are references, numbers, strings, and or not, == != < <= > >=, + - * / % and"
                + " parentheses"),
        one(
            STEPS + "  - switch: [{when: INPUT, else: 1, " + doA + "}]\n",
            4,
            28,
            "else",
            "the key is not known here",
            "Allowed are: when, where, do"),
        one(
            STEPS + "  - switch: [{when: INPUT, where: {INPUT.x: INPUT}, " + doA + "}]\n",
            4,
            5,
            "steps",
            "in step 1: the condition 'INPUT' of a switch does not mention 'INPUT.x'",
            "Remove it from the condition's bindings, or mention it"),
        one(
            STEPS + "  - switch: [{when: INPUT, " + doA + "}]\n    otherwise: {task: b}\n"
                + "    optional: true\n",
            6,
            5,
            "optional",
            "with 'otherwise', a branch is always taken",
            "Remove 'optional' or 'otherwise'"),
        one(
            STEPS + "  - foreach: a b\n    do: {task: a}\n",
            4,
            14,
            "foreach",
            "'a b' is not a reference: expected '.' or '[' at character 2",
            REFERENCE),
        one(STEPS + "  - foreach:\n", 4, 5, "do", "the key is missing", "Add 'do: ...' here"),
        one(
            STEPS + "  - foreach: {each: {}}\n    " + doA + "\n",
            4,
            21,
            "each",
            "the map is empty",
            "Name at least one collection, as in {page: scan.pages}"),
        one(
            STEPS + "  - foreach: {each: {a: INPUT}, from: INPUT}\n    " + doA + "\n",
            4,
            33,
            "from",
            "the key is not known here",
            "Allowed are: each"),
        one(
            STEPS + "  - foreach:\n    " + doA + "\n    concurrency: 0\n",
            6,
            18,
            "concurrency",
            "must be from 1 to 2147483647, but is the number '0'",
            "Write a number in that range"),
        one(
            STEPS + "  - foreach:\n    " + doA + "\n    instances: many\n",
            6,
            16,
            "instances",
            "must be a whole number, but is the text 'many'",
            "Write digits only, such as 10"));
  }

  static Stream<Arguments> dags() {
    String dag = STEPS + "  - dag:\n";
    return Stream.of(
        one(STEPS + "  - dag: []\n", 4, 10, "dag", "the list is empty", "Add at least one node"),
        one(
            dag + "    - a\n",
            5,
            7,
            "dag",
            "must be a map, but is the text 'a'",
            "Write 'name: value' lines, indented below"),
        one(
            dag + "    - {parallel: []}\n",
            5,
            7,
            "dag",
            "is not a step: it has none of the keys node, task, pass",
            "Add one of them"),
        one(
            dag + "    - {node: a, task: b}\n",
            5,
            17,
            "task",
            "is a second kind of step beside 'node'",
            "Make two steps of it, each with one of node, task, pass"),
        one(dag + "    - {node: a}\n", 5, 7, "do", "the key is missing", "Add 'do: ...' here"),
        one(
            dag + "    - {task: a, next: []}\n",
            5,
            23,
            "next",
            "the list is empty",
            "Name at least one node, or leave the key out"),
        one(
            dag + "    - {task: a, next: {}}\n",
            5,
            23,
            "next",
            "must be a string, but is a map",
            "Write a text"),
        one(
            dag + "    - {task: a, next: b, switch: [{go: b}]}\n    - {task: b}\n",
            5,
            26,
            "switch",
            "stands beside 'next'",
            "Keep one: 'switch' chooses one of several nodes"),
        one(
            dag + "    - {task: a, switch: [{when: INPUT}]}\n",
            5,
            26,
            "go",
            "the key is missing",
            "Add 'go: ...' here"),
        one(
            dag + "    - {task: a, switch: [{where: {}, go: b}]}\n    - {task: b}\n",
            5,
            26,
            "when",
            "the key is missing",
            "Add 'when: ...' here"),
        one(
            dag + "    - {task: a, next: zz}\n",
            5,
            14,
            "task",
            "in step 1: node 'a' is followed by 'zz', which is not defined",
            "Define it, or correct the name"),
        one(
            dag + "    - {task: a, next: [b, b]}\n    - {task: b}\n",
            5,
            14,
            "task",
            "in step 1: node 'a' names a node twice in next [b, b]",
            "Name each following node once"),
        one(
            dag + "    - {task: a, next: b}\n    - {task: b, next: a}\n",
            5,
            14,
            "task",
            "in step 1: the nodes wait for each other in a circle: a -> b -> a",
            "Remove one of these edges or reads"));
  }

  @ParameterizedTest
  @MethodSource({"topLevel", "tasks", "bindings", "constructs", "dags"})
  void read_oneProblem_isReportedAlone(String text, YamlProblem problem) {
    assertThat(problems(text)).containsExactly(problem);
  }

  @Test
  void read_severalProblems_reportsAllInTheOrderOfTheFile() {
    String text = STEPS
        + "  - taks: a\n"
        + "  - task: b\n"
        + "    runtime: x\n"
        + "    with: {p: 1, q: {value: 1}, r: '?'}\n"
        + "  - parallel:\n"
        + "      - task: 7\n"
        + "      - [{foreach: , do: {task: c, szie: 1}}]\n";
    assertThat(problems(text).stream().map(p -> p.line() + ":" + p.column() + ":" + p.key()))
        .containsExactly(
            "4:5:steps", "6:14:runtime", "7:15:p", "7:36:r", "9:15:task", "10:36:szie");
  }

  @Test
  void read_problemDeepInConstructs_isReportedThere() {
    String text = STEPS
        + "  - task: z\n"
        + "  - parallel:\n"
        + "      - task: a\n"
        + "      - - task: b\n"
        + "        - foreach: a.pages\n"
        + "          do: {task: c}\n";
    assertThat(problems(text))
        .containsExactly(new YamlProblem(
            "w.yaml",
            8,
            11,
            "parallel",
            "in step 2 > parallel branch 2 > step 2: a foreach, input '' reads 'a', which runs at"
                + " the same time in another branch",
            "Move the reading task behind the parallel step"));
  }

  @Test
  void message_ofAProblem_namesFileLineColumnKeyAndCure() {
    assertThat(catchThrowableOfType(
            WorkflowFormatException.class,
            () -> WorkflowReader.create().readText(TASK + "siez: 1\n", "dir/w.yaml")))
        .hasMessage("Cannot read a workflow from dir/w.yaml\n"
            + "  dir/w.yaml:5:5: key 'siez': the key is not known here. Did you mean 'size'?");
  }
}
