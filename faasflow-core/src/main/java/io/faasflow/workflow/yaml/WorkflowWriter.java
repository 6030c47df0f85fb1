package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.emitter.Emitter;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.serializer.Serializer;

/**
 * Writes workflows as YAML, in our own format. Reading the text back gives an equal workflow with the
 * same fingerprint. The same workflow always gives the same text.
 *
 * <p>Immutable, thread-safe.
 *
 * <p>Java code has no name that a file could carry: tasks are written whose function is bound by name
 * ({@link io.faasflow.workflow.Task#named}) or that have none ({@link
 * io.faasflow.workflow.Task#pass}), switches on conditions, and foreach steps over their own input or
 * over references.
 */
public final class WorkflowWriter {
  private static final int MAX_SHOWN = 20;
  private static final int WIDTH = 100;

  private WorkflowWriter() {}

  /** A writer. */
  public static WorkflowWriter create() {
    return new WorkflowWriter();
  }

  /**
   * The text of a workflow; its lines end with a line feed.
   *
   * @throws IllegalArgumentException when parts of the workflow cannot be written; the message lists
   *     them and says what to do
   */
  public String write(Workflow<?, ?> workflow) {
    NodeWriter nodes = new NodeWriter();
    Node root = nodes.workflow(workflow);
    List<String> refused = nodes.refused();
    if (!refused.isEmpty()) {
      throw new IllegalArgumentException(message(workflow.name(), refused));
    }
    return text(root);
  }

  private static String message(String name, List<String> refused) {
    StringBuilder text =
        new StringBuilder("Workflow '").append(name).append("' cannot be written as YAML:");
    refused.stream().limit(MAX_SHOWN).forEach(one -> text.append("\n  - ").append(one));
    if (refused.size() > MAX_SHOWN) {
      text.append("\n  and ").append(refused.size() - MAX_SHOWN).append(" more");
    }
    return text.toString();
  }

  private static String text(Node root) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(FlowStyle.BLOCK);
    options.setIndent(2);
    options.setIndicatorIndent(2);
    options.setIndentWithIndicator(true);
    options.setWidth(WIDTH);
    options.setSplitLines(false);
    options.setAllowUnicode(true);
    options.setLineBreak(DumperOptions.LineBreak.UNIX);
    StringWriter out = new StringWriter();
    try {
      Serializer serializer =
          new Serializer(new Emitter(out, options), new CoreSchema(), options, null);
      serializer.open();
      serializer.serialize(root);
      serializer.close();
    } catch (IOException e) {
      throw new UncheckedIOException("A string does not fail to be written to", e);
    }
    return out.toString();
  }
}
