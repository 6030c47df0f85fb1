package io.faasflow.examples.cli;

import io.faasflow.workflow.Outputs;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints whatever a workflow gave: names, types, sizes, and values as far as they are short. */
final class ResultReport implements Job.Report<Object> {
  private static final int MAX_LENGTH = 48;

  private final String workflow;
  private final String source;

  /**
   * @param workflow the name of the workflow
   * @param source the file that it was read from
   */
  ResultReport(String workflow, String source) {
    this.workflow = workflow;
    this.source = source;
  }

  @Override
  public void print(@Nullable Object output, Duration time, Terminal terminal) {
    terminal
        .out()
        .println("workflow " + workflow + " (" + source + ") completed in " + Quantity.text(time));
    Object named = output instanceof Outputs outputs ? outputs.asMap() : output;
    if (named instanceof Map<?, ?> map && map.isEmpty()) {
      terminal.out().println("It gives nothing.");
      return;
    }
    Table table = new Table("lllll").row("", "output", "type", "size", "value");
    if (named instanceof Map<?, ?> map) {
      map.forEach((name, value) -> row(table, String.valueOf(name), value));
    } else {
      row(table, "(the result)", named);
    }
    table.print(terminal.out());
  }

  private static void row(Table table, String name, @Nullable Object value) {
    table.row("", name, type(value), size(value), shortened(value));
  }

  private static String type(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof Collection<?>) {
      return "list";
    }
    if (value instanceof Map<?, ?> || value instanceof Outputs) {
      return "map";
    }
    if (value instanceof CharSequence) {
      return "text";
    }
    if (value instanceof Boolean) {
      return "boolean";
    }
    return value instanceof Number ? "number" : value.getClass().getSimpleName();
  }

  private static String size(@Nullable Object value) {
    if (value instanceof Collection<?> list) {
      return Quantity.count(list.size(), "element");
    }
    if (value instanceof Map<?, ?> map) {
      return Quantity.count(map.size(), "entry").replace("entrys", "entries");
    }
    return value instanceof CharSequence text ? Quantity.count(text.length(), "character") : "";
  }

  private static String shortened(@Nullable Object value) {
    StringBuilder text = new StringBuilder();
    write(value, text);
    // Control characters could do anything to a terminal.
    String line = text.toString().replaceAll("\\p{Cntrl}", " ");
    return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH - 3) + "...";
  }

  /** Writes as much as is looked at, so that a large value costs no more than a small one. */
  private static void write(@Nullable Object value, StringBuilder text) {
    if (text.length() > MAX_LENGTH) {
      return;
    }
    if (value instanceof Collection<?> list) {
      text.append('[');
      String separator = "";
      for (Object element : list) {
        text.append(separator);
        write(element, text);
        separator = ", ";
        if (text.length() > MAX_LENGTH) {
          return;
        }
      }
      text.append(']');
    } else if (value instanceof Map<?, ?> map) {
      text.append('{');
      String separator = "";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        text.append(separator).append(entry.getKey()).append(": ");
        write(entry.getValue(), text);
        separator = ", ";
        if (text.length() > MAX_LENGTH) {
          return;
        }
      }
      text.append('}');
    } else if (value instanceof CharSequence chars) {
      text.append(chars, 0, Math.min(chars.length(), MAX_LENGTH + 1));
    } else {
      text.append(value);
    }
  }
}
