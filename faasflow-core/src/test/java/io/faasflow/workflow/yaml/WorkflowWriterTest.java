package io.faasflow.workflow.yaml;

import static io.faasflow.workflow.Condition.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.workflow.Binding;
import io.faasflow.workflow.DataRef;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkflowWriterTest {
  private static final WorkflowWriter WRITER = WorkflowWriter.create();

  @Test
  void write_everyConstruct_isReadable() {
    Workflow<?, ?> workflow =
        WorkflowReader.create().readText(WorkflowReaderTest.EVERYTHING, "w.yaml");
    assertThat(WRITER.write(workflow)).isEqualTo("""
            faasflow: 1
            name: recognizer
            version: "2"
            input:
              image: {size: 8}
              x: {size: 3000}
              user: null
            output:
              verdict: mosaic.name
              both: {first: [mosaic, extract.text], optional: true}
            steps:
              - task: upload
                function: image.upload
                with: {image: INPUT.image, quality: {value: 80}}
                output: {content: {size: 1327839}, flag: null}
                runtime: 20ms
                size: 100
                resources: {cpus: 0.5, memory: 64MiB, slots: 3}
              - pass: rename
                with: {x: upload.content}
              - parallel:
                  - task: adult
                    output: [illegal]
                  -   - task: a
                      - task: violence
              - switch:
                  - when: adult.illegal or INPUT.x > 3
                    where:
                      adult.illegal: {first: [violence.illegal, adult.illegal]}
                    do:
                      task: mosaic
                  - when: INPUT.x == 2
                    do:
                      - task: mosaic2
                otherwise:
                  - task: extract
                  - task: translate
              - switch:
                  - when: INPUT.y
                    do:
                      task: maybe
                optional: true
              - foreach: upload.pages
                do:
                  task: censor
                  with: {page: ITEM, n: {from: maybe, optional: true}}
                concurrency: 4
                instances: 10
              - foreach:
                do:
                  - task: each
              - foreach:
                  each:
                    l: each
                    r: {value: [1, 2.5, true, null, {k: v}]}
                do:
                  foreach: ITEM.l
                  do:
                    pass: inner
                    with: {outer: ITEM^1.r}
              - dag:
                  - task: da
                    next: [db, dc]
                  - node: db
                    do:
                      - task: db1
                      - task: db2
                    next: dd
                  - pass: dc
                    switch:
                      - when: INPUT.illegal
                        where: {INPUT.illegal: db2.ok}
                        go: dd
                      - {go: de}
                  - pass: dd
                  - task: de
            """);
  }

  @Test
  void write_codeWithoutAName_listsAllOfIt() {
    Task<Object, Object> load = Task.task("load", x -> x);
    Workflow<?, ?> workflow = Workflow.builder("w")
        .sequence(load)
        .sequence(Task.reading(load).<Object, Object>task("join", (in, read) -> in))
        .sequence(Foreach.<Object, Object, Object>of(x -> List.of(x), Task.named("each")))
        .switchOn(x -> x.size(), s -> s.when(1, Task.pass("one")).otherwise(Task.pass("other")))
        .sequence(Task.pass("p").function("f"))
        .build();
    assertThatThrownBy(() -> WRITER.write(workflow))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("""
            Workflow 'w' cannot be written as YAML:
              - task 'load' runs Java code: register that as a function, and name it with Task.named("load")
              - task 'join' runs Java code: register that as a function, and name it with Task.named("join")
              - a foreach whose body is task 'each' goes through what Java code selects: let a task give\
             the collection, and use Foreach.each or a reference
              - a switch whose first case leads to task 'one' compares what Java code selects: let a task\
             give the value, and write conditions with Switch.choose()
              - task 'p' passes data on and names a function 'f', which it never calls: remove function(...)\
            """);
  }

  @Test
  void write_manyTasksWithoutAName_showsTwenty() {
    var builder = Workflow.builder("w").sequence(Task.task("t0", x -> x));
    for (int i = 1; i < 30; i++) {
      builder.sequence(Task.task("t" + i, x -> x));
    }
    assertThatThrownBy(() -> WRITER.write(builder.build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("\n  and 10 more")
        .hasMessageContaining("task 't19'");
  }

  @Test
  void write_referenceThatCannotBeReadBack_isRefused() {
    DataRef reference =
        new DataRef(new DataRef.Input(), List.of(new DataRef.Key("x".repeat(3_000))));
    Workflow<?, ?> workflow = Workflow.builder("w")
        .sequence(Task.named("a").inputs(Map.of("x", Binding.from(reference))))
        .build();
    assertThatThrownBy(() -> WRITER.write(workflow))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("task 'a' reads 'INPUT.xxx")
        .hasMessageContaining("a reference that is too long");
  }

  @Test
  void write_textsThatLookLikeOtherThings_areQuoted() {
    Workflow<?, ?> workflow = Workflow.builder("yes")
        .version("1.0")
        .sequence(Switch.choose()
            .when(condition("true"), Task.named("~"))
            .otherwise(Task.named("2001-01-01")))
        .build();
    assertThat(WRITER.write(workflow)).isEqualTo("""
            faasflow: 1
            name: "yes"
            version: "1.0"
            steps:
              - switch:
                  - when: "true"
                    do:
                      task: "~"
                otherwise:
                  task: "2001-01-01"
            """);
  }
}
