package io.faasflow.workflow.yaml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.representer.Representer;

/**
 * Makes files that are nearly right: random mutations of the samples, and of the published
 * workflows where they are there (see {@link OriginalWorkflowsTest}). A case is a function of the
 * seed and its number.
 */
final class WorkflowFuzz {
  private static final List<String> SAMPLES = List.of(
      "flat-moderation",
      "flat-film",
      "flat-letters",
      "flat-root",
      "flat-files",
      "nested-each",
      "nested-fork",
      "nested-choice",
      "nested-deep",
      "function-info");

  /** What is put in the place of something else: words of the formats, and what is awkward. */
  private static final List<String> WORDS = List.of(
      "pass",
      "parallel",
      "foreach",
      "switch",
      "function",
      "normal",
      "key",
      "keys",
      "default",
      "VIRTUAL",
      "END",
      "INPUT",
      "LOCAL",
      "ITEM",
      "INPUT.x",
      "LOCAL.x[*]",
      "LOCAL[*].y",
      "LOCAL.x[*].y[0]",
      "INPUT.a < 3 and not INPUT.b",
      "name",
      "source",
      "next",
      "nodes",
      "conditions",
      "input",
      "output",
      "value",
      "size",
      "steps",
      "branches",
      "choices",
      "go",
      "condition",
      "task",
      "target",
      "inputMappings",
      "outputMappings",
      "functions",
      "global_input",
      "global_output",
      "split_ratio",
      "runtime",
      "scale",
      "mem_usage",
      "0",
      "-1",
      "3.5",
      "1e400",
      ".nan",
      "-.inf",
      "99999999999999999999",
      "0x10",
      "true",
      "~",
      "",
      " ",
      "''",
      "[]",
      "{}",
      "[[[[]]]]",
      "{a: {b: c}}",
      "&a",
      "*a",
      "*id001",
      "<<: *a",
      "!!str",
      "!!com.example.Evil []",
      "!x",
      "%YAML 9.9",
      "---",
      "...",
      "? ",
      "- ",
      ": ",
      "# ",
      "|",
      ">-",
      "\t",
      "\"",
      "'",
      "\\u0000",
      "\u0000",
      "\uFEFF",
      "\u2028",
      "\uD83D\uDE00",
      "\uD800",
      "a\u0301",
      "ITEM^1",
      "x[\"y\"]");

  private static final Pattern TOKEN = Pattern.compile("[\\w.*&]+|[^\\s\\w]");

  private final List<String> seeds;
  private final Random random;

  private WorkflowFuzz(List<String> seeds, long number) {
    this.seeds = seeds;
    this.random = new Random(number);
  }

  /** The files that mutations begin with. */
  static List<String> seeds() {
    List<String> seeds = new ArrayList<>();
    SAMPLES.forEach(name -> seeds.add(FlatFormatTest.resource("samples/" + name + ".yaml")));
    Path folder = OriginalWorkflowsTest.folder();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.walk(folder.toRealPath())) {
        for (Path file :
            files.filter(one -> one.toString().endsWith(".yaml")).sorted().toList()) {
          seeds.add(Files.readString(file));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return seeds;
  }

  /** One mutated file. */
  static String mutation(List<String> seeds, long number) {
    return new WorkflowFuzz(seeds, number).mutation();
  }

  private String mutation() {
    String text = seeds.get(random.nextInt(seeds.size()));
    // One mutation most often: after several, little is left to read.
    for (int i = random.nextInt(3) == 0 ? random.nextInt(5) : 0; i >= 0; i--) {
      text = switch (random.nextInt(10)) {
        case 0 -> bytes(text);
        case 1, 2 -> lines(text);
        case 3 -> splice(text);
        case 4, 5, 6 -> structure(text);
        case 7 -> rename(text);
        default -> token(text);
      };
    }
    return text;
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private String bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int i = random.nextInt(3); i >= 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      bytes[at] =
          (byte) (random.nextBoolean() ? bytes[at] ^ (1 << random.nextInt(8)) : random.nextInt());
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String lines(String text) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    if (lines.isEmpty()) {
      return text;
    }
    int at = random.nextInt(lines.size());
    int other = random.nextInt(lines.size());
    switch (random.nextInt(6)) {
      case 0 -> lines.remove(at);
      case 1 -> lines.add(other, lines.get(at));
      case 2 -> Collections.swap(lines, at, other);
      case 3 -> lines.set(at, " ".repeat(1 + random.nextInt(4)) + lines.get(at));
      case 4 -> lines.set(at, lines.get(at).replaceFirst("^  ?", ""));
      default -> lines.subList(Math.min(at, other), Math.max(at, other)).clear();
    }
    return String.join("\n", lines);
  }

  private String splice(String text) {
    String other = any(seeds);
    int cut = random.nextInt(text.length() + 1);
    int from = random.nextInt(other.length() + 1);
    return random.nextBoolean()
        ? text.substring(0, cut)
        : text.substring(0, cut) + other.substring(from);
  }

  private String token(String text) {
    List<int[]> tokens =
        TOKEN.matcher(text).results().map(m -> new int[] {m.start(), m.end()}).toList();
    if (tokens.isEmpty()) {
      return text + any(WORDS);
    }
    int[] at = any(tokens);
    int[] other = any(tokens);
    String put = random.nextBoolean() ? any(WORDS) : text.substring(other[0], other[1]);
    int end = random.nextInt(3) == 0 ? at[0] : at[1]; // inserts now and then
    return text.substring(0, at[0]) + put + text.substring(end);
  }

  /** Gives a word another name wherever it stands, often that of another one. */
  private String rename(String text) {
    List<String> words = TOKEN
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .filter(w -> w.length() > 1)
        .toList();
    if (words.isEmpty()) {
      return text;
    }
    String to = random.nextInt(3) == 0 ? any(words) : any(words) + random.nextInt(3);
    return text.replaceAll("\\b" + Pattern.quote(any(words)) + "\\b", Matcher.quoteReplacement(to));
  }

  /** Changes the tree that a file means, where it means one. */
  private String structure(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(true);
    options.setWarnOnDuplicateKeys(false);
    Object tree;
    try {
      tree = new Yaml(new SafeConstructor(options)).load(text);
    } catch (RuntimeException e) {
      return text; // what is broken already is for the other mutations
    }
    List<Object> containers = new ArrayList<>();
    collect(tree, containers, 0);
    if (containers.isEmpty()) {
      return text;
    }
    for (int i = random.nextInt(2); i >= 0; i--) {
      mutate(any(containers), containers);
    }
    DumperOptions dump = new DumperOptions();
    dump.setDefaultFlowStyle(
        random.nextBoolean() ? DumperOptions.FlowStyle.BLOCK : DumperOptions.FlowStyle.AUTO);
    try {
      return new Yaml(new SafeConstructor(options), new Representer(dump), dump).dump(tree);
    } catch (RuntimeException | StackOverflowError e) {
      return text;
    }
  }

  private static void collect(Object tree, List<Object> containers, int depth) {
    if (depth > 40 || containers.size() > 5_000) {
      return;
    }
    if (tree instanceof Map<?, ?> map) {
      containers.add(map);
      map.values().forEach(value -> collect(value, containers, depth + 1));
    } else if (tree instanceof List<?> list) {
      containers.add(list);
      list.forEach(value -> collect(value, containers, depth + 1));
    }
  }

  @SuppressWarnings("unchecked") // SnakeYAML's safe constructor makes maps and lists of anything
  private void mutate(Object container, List<Object> containers) {
    Object put = random.nextInt(3) == 0 ? copy(any(containers), 0) : value();
    if (container instanceof Map<?, ?>) {
      Map<Object, Object> map = (Map<Object, Object>) container;
      if (map.isEmpty()) {
        map.put(any(WORDS), put);
        return;
      }
      List<Object> keys = new ArrayList<>(map.keySet());
      Object key = any(keys);
      Object other = any(keys);
      switch (random.nextInt(5)) {
        case 0 -> map.remove(key);
        case 1 -> map.put(key, put);
        case 2 -> map.put(any(WORDS), map.remove(key));
        case 3 -> map.put(key, map.put(other, map.get(key)));
        default -> map.put(any(WORDS), put);
      }
    } else if (container instanceof List<?>) {
      List<Object> list = (List<Object>) container;
      if (list.isEmpty()) {
        list.add(put);
        return;
      }
      int at = random.nextInt(list.size());
      switch (random.nextInt(5)) {
        case 0 -> list.remove(at);
        case 1 -> list.set(at, put);
        case 2 -> list.add(copy(list.get(at), 0));
        case 3 -> Collections.swap(list, at, random.nextInt(list.size()));
        default -> list.add(at, put);
      }
    }
  }

  private Object value() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextDouble() * 10 - 5;
      case 2 -> random.nextBoolean();
      default -> any(WORDS);
    };
  }

  private static Object copy(Object tree, int depth) {
    if (depth > 20) {
      return "deep";
    }
    if (tree instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((key, value) -> copy.put(key, copy(value, depth + 1)));
      return copy;
    }
    if (tree instanceof List<?> list) {
      List<Object> copy = new ArrayList<>();
      list.forEach(value -> copy.add(copy(value, depth + 1)));
      return copy;
    }
    return tree;
  }
}
