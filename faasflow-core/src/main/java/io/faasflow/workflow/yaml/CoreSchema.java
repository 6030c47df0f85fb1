package io.faasflow.workflow.yaml;

import java.util.regex.Pattern;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * What a scalar without quotes is: the core schema of YAML 1.2, as editors and JSON tools have it. In
 * YAML 1.1, SnakeYAML's default, {@code no} is a boolean, {@code 1:30} the number 90 and {@code
 * 2001-01-01} a date, which nobody means who names a task so.
 */
final class CoreSchema extends Resolver {
  private static final Pattern BOOLEAN = Pattern.compile("^(?:true|True|TRUE|false|False|FALSE)$");
  private static final Pattern INTEGER =
      Pattern.compile("^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$");
  private static final Pattern NUMBER =
      Pattern.compile("^(?:[-+]?(?:\\.[0-9]+|[0-9]+(?:\\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
          + "|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN))$");
  private static final Pattern NOTHING = Pattern.compile("^(?:~|null|Null|NULL|)$");
  private static final int MAX_LENGTH = 1_000;

  @Override
  protected void addImplicitResolvers() {
    addImplicitResolver(Tag.BOOL, BOOLEAN, "tTfF", 10);
    addImplicitResolver(Tag.INT, INTEGER, "-+0123456789", MAX_LENGTH);
    addImplicitResolver(Tag.FLOAT, NUMBER, "-+0123456789.", MAX_LENGTH);
    addImplicitResolver(Tag.NULL, NOTHING, "~nN\0", 10);
    addImplicitResolver(Tag.NULL, Pattern.compile("^$"), null, 10);
  }
}
