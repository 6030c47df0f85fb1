package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.faasflow.workflow.InvalidWorkflowException;
import io.faasflow.workflow.RandomWorkflows;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The schema that editors use and the reader agree on what is a workflow. */
class WorkflowSchemaTest {
  /** What the reader finds wrong with texts whose structure is right. No schema can say it. */
  private static final List<String> BEYOND_STRUCTURE = List.of(
      "is not a reference",
      "is not a condition",
      "A reference of ",
      "A condition of ",
      "nests lists and maps more than",
      "constructs nest more than",
      "delay must be from zero to",
      "maxDelay must be from the delay",
      "is longer than a duration can be",
      "is more than 64 bits can count",
      "must be a whole number of 64 bits");

  // JSON is YAML where all but ASCII is escaped.
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
  private static final Schema SCHEMA = schema();

  /** Small documents, each right by itself, with every key between them. */
  private static final List<String> FRAGMENTS = List.of(
      """
          version: v
          input: {a: {size: 8}, b: 3KB, c: }
          output: {r: t, s: {first: [t, INPUT], optional: true}}
          steps: [{task: t}]
          """,
      """
          steps:
            - task: t
              function: f
              with: {a: INPUT.a, b: {value: 80}, c: {from: INPUT.c, optional: true}}
              output: {x: {size: 5}, y: , z: 1MB}
              runtime: 20ms
              size: 100
              resources: {cpus: 0.5, memory: 64MiB, slots: 3}
            - {pass: p, with: {a: t.x}, output: [x, y], runtime: 1.5, size: 1GiB, resources: {}}
          """,
      "steps: [{parallel: [{task: a}, [{task: b}, {pass: c}]]}]",
      """
          steps:
            - switch:
                - {when: INPUT.a > 3, where: {INPUT.a: INPUT.b}, do: {task: a}}
                - {when: INPUT.b, do: [{task: b}]}
              otherwise: [{task: c}]
            - {switch: [{when: INPUT.c, do: {pass: d}}], otherwise: {task: e}}
            - {switch: [{when: INPUT.d, do: {pass: f}}], optional: true}
          """,
      """
          steps:
            - {foreach: INPUT.a, do: {task: a}, concurrency: 2, instances: 0}
            - {foreach: , do: [{task: b}], tolerate: 2}
            - {foreach: INPUT.t, do: [{task: b2}], tolerate: 12.5%}
            - {foreach: {each: {x: INPUT.x, y: {value: [1]}}}, do: {task: c}}
            - {foreach: {first: [INPUT.x, INPUT.y]}, do: {task: d}}
          """,
      """
          deadline: 1h
          defaults: {timeout: 2.5, totalTimeout: 1m, retry: 3}
          steps:
            - task: a
              timeout: 20ms
              retry: {attempts: 2, delay: 0, factor: 1.5, maxDelay: 1s, jitter: 0, on: [a.B, c.D]}
            - {task: b, totalTimeout: 5, retry: {attempts: 1, notOn: [java.io.IOException]}}
            - {task: c, onFailure: {task: d, onFailure: [{task: e}, {pass: f}]}}
          """,
      """
          steps:
            - dag:
                - {task: a, function: f, with: {}, output: [x], next: [b, c], runtime: 1s, size: 1}
                - {node: b, do: [{task: b1}, {task: b2}], next: d}
                - {node: c, do: {pass: c}, switch: [{when: INPUT.x, where: {}, go: d}, {go: e}]}
                - {pass: d, resources: {cpus: 1}, with: {q: a.x}, output: {w: 1}}
                - {task: e, image: e}
          """,
      """
          steps:
            - {task: a, image: "registry:5000/acme/a:1.2@sha256:ab"}
            - task: b
              image:
                name: b
                protocol: lambda
                main: handler
                source: "def main(args): pass"
                environment: {A: "1", _b: ""}
                network: true
          """);

  private static List<JsonNode> fragments() {
    return FRAGMENTS.stream().map(text -> json("faasflow: 1\nname: w\n" + text)).toList();
  }

  private static Schema schema() {
    try (InputStream in =
        WorkflowReader.class.getResourceAsStream("faasflow-workflow.schema.json")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(text, InputFormat.JSON);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode json(String yaml) {
    return JSON.valueToTree(
        YamlDocument.parse(yaml, "w.yaml", YamlLimits.DEFAULT).self().asData());
  }

  private enum Verdict {
    ACCEPTED,
    REFUSED,
    REFUSED_BEYOND_STRUCTURE
  }

  private static Verdict reader(JsonNode document) throws JsonProcessingException {
    try {
      WorkflowReader.create().readText(JSON.writeValueAsString(document), "w.yaml");
      return Verdict.ACCEPTED;
    } catch (WorkflowFormatException e) {
      boolean beyond = e.getCause() instanceof InvalidWorkflowException
          || e.problems().stream()
              .allMatch(p -> BEYOND_STRUCTURE.stream().anyMatch(p.message()::contains));
      return beyond ? Verdict.REFUSED_BEYOND_STRUCTURE : Verdict.REFUSED;
    }
  }

  /** Checks that both agree; true if both refuse. */
  private static boolean agreeOn(JsonNode document, String what) throws JsonProcessingException {
    List<Error> errors = SCHEMA.validate(document);
    Verdict verdict = reader(document);
    if (errors.isEmpty()) {
      assertThat(verdict).as("reader of %s: %s", what, document).isNotEqualTo(Verdict.REFUSED);
    } else {
      assertThat(verdict)
          .as("reader of %s: %s, where the schema says %s", what, document, errors)
          .isNotEqualTo(Verdict.ACCEPTED);
    }
    return !errors.isEmpty();
  }

  @Test
  void schema_ofItself_isValid() throws IOException {
    Schema meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(
            com.networknt.schema.SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
    try (InputStream in =
        WorkflowReader.class.getResourceAsStream("faasflow-workflow.schema.json")) {
      assertThat(meta.validate(JSON.readTree(in))).isEmpty();
    }
  }

  @Test
  void validDocuments_areAcceptedByBoth() throws JsonProcessingException {
    List<JsonNode> documents = new ArrayList<>(fragments());
    documents.add(json(WorkflowReaderTest.EVERYTHING));
    for (long seed = 0; seed < 100; seed++) {
      documents.add(json(WorkflowWriter.create().write(RandomWorkflows.workflow(seed))));
    }
    for (JsonNode document : documents) {
      assertThat(SCHEMA.validate(document)).as("%s", document).isEmpty();
      if (!document.toString().contains("NaN")) {
        assertThat(reader(document)).isEqualTo(Verdict.ACCEPTED);
      }
    }
  }

  /** A place in a document: what is at a key of an object, or at an index of an array. */
  private record Place(JsonNode parent, String key, int index) {
    JsonNode value() {
      return parent instanceof ObjectNode ? parent.get(key) : parent.get(index);
    }

    void set(JsonNode value) {
      if (parent instanceof ObjectNode object) {
        object.set(key, value);
      } else {
        ((ArrayNode) parent).set(index, value);
      }
    }

    void remove() {
      if (parent instanceof ObjectNode object) {
        object.remove(key);
      } else {
        ((ArrayNode) parent).remove(index);
      }
    }
  }

  /** All places but those in constants, where anything may stand. */
  private static List<Place> places(JsonNode document) {
    List<Place> places = new ArrayList<>();
    collect(document, places);
    return places;
  }

  private static void collect(JsonNode node, List<Place> places) {
    if (node instanceof ObjectNode object) {
      object.properties().forEach(entry -> {
        places.add(new Place(node, entry.getKey(), -1));
        if (!entry.getKey().equals("value")) {
          collect(entry.getValue(), places);
        }
      });
    } else {
      for (int i = 0; i < node.size(); i++) {
        places.add(new Place(node, "", i));
        collect(node.get(i), places);
      }
    }
  }

  private static List<JsonNode> replacements() throws JsonProcessingException {
    List<JsonNode> all = new ArrayList<>();
    for (String text : new String[] {
      "null",
      "true",
      "5",
      "-5",
      "2.5",
      "\"\"",
      "\" \"",
      "\"x\"",
      "[]",
      "[[]]",
      "[null]",
      "{}",
      "{\"zzz\": {\"zzz\": 1}}",
      "[\"x\", \"x\"]",
      "[[\"x\"]]",
      "99999999999",
      "{\"task\": \"new\"}",
      "[{\"task\": \"new\"}]",
      "{\"value\": 1}",
      "{\"size\": 5}",
      "\"5KB\"",
      "\"5 s\"",
      "\"-5s\"",
      "{\"first\": [\"INPUT\"]}",
      "{\"from\": \"INPUT\", \"first\": []}"
    }) {
      all.add(JSON.readTree(text));
    }
    return all;
  }

  @Test
  void everyPlaceReplacedByEverything_isJudgedTheSame() throws JsonProcessingException {
    int refused = 0;
    for (JsonNode whole : fragments()) {
      for (int i = 0; i < places(whole).size(); i++) {
        for (JsonNode replacement : replacements()) {
          JsonNode document = whole.deepCopy();
          places(document).get(i).set(replacement.deepCopy());
          refused += agreeOn(document, "place " + i + " := " + replacement) ? 1 : 0;
        }
      }
    }
    assertThat(refused).isGreaterThan(1_000);
  }

  @Test
  void everyPlaceRemoved_isJudgedTheSame() throws JsonProcessingException {
    int refused = 0;
    for (JsonNode whole : fragments()) {
      for (int i = 0; i < places(whole).size(); i++) {
        JsonNode document = whole.deepCopy();
        places(document).get(i).remove();
        refused += agreeOn(document, "without place " + i) ? 1 : 0;
      }
    }
    assertThat(refused).isGreaterThan(40);
  }

  @Test
  void everyMapWithEveryOtherKey_isJudgedTheSame() throws JsonProcessingException {
    String[] keys = {
      "zzz", "faasflow", "name", "task", "pass", "parallel", "switch", "foreach", "dag", "node",
          "do",
      "next", "when", "where", "go", "otherwise", "optional", "value", "from", "first", "each",
          "size"
    };
    int refused = 0;
    for (JsonNode whole : fragments()) {
      for (int i = 0; i < places(whole).size(); i++) {
        if (!(places(whole).get(i).value() instanceof ObjectNode)) {
          continue;
        }
        for (String key : keys) {
          JsonNode document = whole.deepCopy();
          ObjectNode map = (ObjectNode) places(document).get(i).value();
          if (!map.has(key)) {
            map.put(key, "INPUT.x");
            refused += agreeOn(document, "place " + i + " with " + key) ? 1 : 0;
          }
        }
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void randomMutations_areJudgedTheSame() throws JsonProcessingException {
    Random random = new Random(11);
    List<JsonNode> replacements = replacements();
    int refused = 0;
    for (long seed = 0; seed < 500; seed++) {
      JsonNode document = json(WorkflowWriter.create().write(RandomWorkflows.workflow(seed, 8)));
      if (document.toString().contains("NaN")) {
        continue;
      }
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        List<Place> places = places(document);
        Place place = places.get(random.nextInt(places.size()));
        switch (random.nextInt(4)) {
          case 0 -> place.remove();
          case 1 ->
            place.set(replacements.get(random.nextInt(replacements.size())).deepCopy());
          case 2 -> place.set(places.get(random.nextInt(places.size())).value().deepCopy());
          default -> {
            Place other = places.get(random.nextInt(places.size()));
            if (place.parent() instanceof ObjectNode map) {
              map.set(other.key(), other.value().deepCopy());
            }
          }
        }
      }
      refused += agreeOn(document, "seed " + seed) ? 1 : 0;
    }
    assertThat(refused).isGreaterThan(150);
  }
}
