package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.InvalidWorkflowException;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Switch;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.TaskCode;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowFile.Format;
import io.faasflow.workflow.yaml.YamlProblems.Place;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads workflows from YAML, in any of three formats: our own, which begins with {@code faasflow: 1}
 * and is described by {@code faasflow-workflow.schema.json}; FaaSFlow's flat format, a list of
 * {@code functions}; FaaSFlow's nested format, a tree of steps. Functions are bound by name when a
 * run begins.
 *
 * <p>Immutable, thread-safe. Reading blocks for as long as the file takes to be read.
 *
 * <p>A file may come from anybody: {@link YamlLimits} bound what it can cost.
 */
public final class WorkflowReader {
  private static final List<String> NESTED_KEYS =
      List.of("type", "steps", "branches", "choices", "task");

  // What to look for in a file of which nothing is known.
  private static final List<String> MARKS =
      List.of(OwnFormat.MARK, "functions", "type", "steps", "branches", "choices", "task");

  private final YamlLimits limits;

  private WorkflowReader(YamlLimits limits) {
    this.limits = limits;
  }

  /** A reader with {@link YamlLimits#DEFAULT}. */
  public static WorkflowReader create() {
    return new WorkflowReader(YamlLimits.DEFAULT);
  }

  /** The same with other limits. */
  public WorkflowReader limits(YamlLimits newLimits) {
    return new WorkflowReader(Objects.requireNonNull(newLimits, "limits"));
  }

  /**
   * Reads a workflow from a file in UTF-8, or in UTF-16 with a byte order mark. A workflow without a
   * name has that of the file.
   *
   * @throws WorkflowFormatException when it is not a workflow that can run, or larger than the
   *     limits allow, with all problems
   * @throws java.io.UncheckedIOException when the file cannot be read
   */
  public Workflow<Map<String, Object>, Object> read(Path file) {
    return readText(YamlFile.text(file, limits), file.toString());
  }

  /**
   * Reads a workflow from a text.
   *
   * @param source what problems call the text, such as a file name
   * @throws WorkflowFormatException when it is not a workflow that can run, or larger than the
   *     limits allow, with all problems
   */
  public Workflow<Map<String, Object>, Object> readText(String text, String source) {
    YamlMap root = parse(text, source);
    return guarded(root, () -> workflow(root, format(root)));
  }

  /**
   * Checks a file of any kind: a workflow, which is read as {@link #read} does, or a function info.
   *
   * @throws WorkflowFormatException when anything is wrong with it, with all problems
   * @throws java.io.UncheckedIOException when the file cannot be read
   */
  public WorkflowFile inspect(Path file) {
    return inspectText(YamlFile.text(file, limits), file.toString());
  }

  /**
   * Checks a text of any kind.
   *
   * @param source what problems call the text, such as a file name
   * @throws WorkflowFormatException when anything is wrong with it, with all problems
   */
  public WorkflowFile inspectText(String text, String source) {
    YamlMap root = parse(text, source);
    return guarded(root, () -> inspected(root));
  }

  private YamlMap parse(String text, String source) {
    return YamlDocument.parse(
        Objects.requireNonNull(text, "text"), Objects.requireNonNull(source, "source"), limits);
  }

  private static WorkflowFile inspected(YamlMap root) {
    Format format = format(root);
    if (format == Format.FUNCTION_INFO) {
      WorkflowFile file = FunctionInfo.inspect(root, defaultName(root));
      root.self().throwIfProblems();
      return file;
    }
    Workflow<?, ?> workflow = workflow(root, format);
    int functions = functions(workflow.body())
        + workflow.onFailure().map(recovery -> functions(recovery.body())).orElse(0);
    return new WorkflowFile(format, workflow.name(), functions);
  }

  private static Workflow<Map<String, Object>, Object> workflow(YamlMap root, Format format) {
    Workflow<Map<String, Object>, Object> workflow = switch (format) {
      case OWN -> OwnFormat.read(root);
      case FLAT -> FlatFormat.read(root, defaultName(root));
      case NESTED -> NestedFormat.read(root, defaultName(root));
      case FUNCTION_INFO ->
        throw root.self()
            .problems()
            .fatal(
                root.placeOf("functions"),
                "the file is a function info, which lists images, and not a workflow",
                "Read the workflow that it belongs to; inspect() checks a function info",
                null);
    };
    root.self().throwIfProblems();
    return workflow;
  }

  private interface Reading<T> {
    T read();
  }

  /** Turns what the builder reports into problems with positions. */
  private static <T> T guarded(YamlMap root, Reading<T> reading) {
    YamlProblems problems = root.self().problems();
    try {
      return reading.read();
    } catch (InvalidWorkflowException e) {
      problems.add(e);
      problems.throwIfAny(e);
      throw e;
    } catch (StackOverflowError e) {
      // Nothing outlives a reading that could have been left half done.
      throw problems.fatal(
          new Place(1, 1, ""),
          "lists and maps nest too deep for the stack of this thread",
          "Flatten the workflow",
          null);
    }
  }

  private static Format format(YamlMap root) {
    if (root.has(OwnFormat.MARK)) {
      return Format.OWN;
    }
    YamlValue functions = root.optional("functions").orElse(null);
    if (functions != null && functions.isList()) {
      return isFunctionInfo(root, functions) ? Format.FUNCTION_INFO : Format.FLAT;
    }
    if (functions == null && NESTED_KEYS.stream().anyMatch(root::has)) {
      return Format.NESTED;
    }
    if (functions != null) {
      throw unknown(
          root,
          root.placeOf("functions"),
          "'functions' must be a list, but is " + functions.kind(),
          "Write '- name: ...' for each function");
    }
    for (String key : root.keys()) {
      String meant = Spelling.nearest(key, MARKS).orElse(null);
      if (meant != null) {
        root.problemAt(
            key, "the file is no known kind of workflow", "Did you mean '" + meant + "'?");
        root.self().throwIfProblems();
      }
    }
    throw unknown(
        root,
        root.self().place(),
        "the file is no known kind of workflow",
        "Its top level needs 'faasflow: 1' (our own format), a list 'functions' (FaaSFlow's flat"
            + " format), or 'name' with 'type', 'steps', 'branches', 'choices' or 'task' (FaaSFlow's"
            + " nested format)");
  }

  private static WorkflowFormatException unknown(
      YamlMap root, Place place, String message, String cure) {
    return root.self().problems().fatal(place, message, cure, null);
  }

  private static boolean isFunctionInfo(YamlMap root, YamlValue functions) {
    List<YamlValue> elements = functions.asList().orElse(List.of());
    return root.has("workflow")
        && !elements.isEmpty()
        && elements.stream()
            .allMatch(element -> element.isMap()
                && element
                    .asMap()
                    .filter(one -> one.has("image") || one.has("qos_time"))
                    .filter(one -> !one.has("source"))
                    .isPresent());
  }

  /** The name of the file without its folder and its ending. */
  private static String defaultName(YamlMap root) {
    String[] path = root.self().problems().source().split("[/\\\\]+", -1);
    String name = path[path.length - 1].replaceFirst("\\.(?i:ya?ml)$", "");
    // The original keeps each workflow in a folder of its own and calls all files the same.
    boolean isGeneric = name.equals("flat_workflow") || name.equals("workflow");
    if (isGeneric && path.length > 1 && path[path.length - 2].matches(".*\\w.*")) {
      name = path[path.length - 2];
    }
    return name.isBlank() ? "workflow" : name;
  }

  private static int functions(Step<?, ?> step) {
    if (step instanceof Task<?, ?> task) {
      return task.code() instanceof TaskCode.Pass ? 0 : 1;
    }
    return children(step).stream().mapToInt(WorkflowReader::functions).sum();
  }

  private static List<? extends Step<?, ?>> children(Step<?, ?> step) {
    if (step instanceof Sequence<?, ?> sequence) {
      return sequence.steps();
    }
    if (step instanceof Parallel<?> parallel) {
      return parallel.branches();
    }
    if (step instanceof Switch<?, ?> choice) {
      return choice.branches();
    }
    if (step instanceof Foreach<?, ?> foreach) {
      return List.<Step<?, ?>>of(foreach.body());
    }
    return step instanceof Dag dag ? dag.steps() : List.<Step<?, ?>>of();
  }
}
