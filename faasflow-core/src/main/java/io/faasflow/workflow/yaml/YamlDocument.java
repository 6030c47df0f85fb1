package io.faasflow.workflow.yaml;

import io.faasflow.workflow.yaml.YamlProblems.Place;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/** Turns the text of a file into values with positions. */
final class YamlDocument {
  private static final Place START = new Place(1, 1, "");

  private YamlDocument() {}

  /**
   * Parses a text whose top level must be a map.
   *
   * @throws WorkflowFormatException for anything that is wrong with it
   */
  static YamlMap parse(String text, String source, YamlLimits limits) {
    YamlProblems problems = new YamlProblems(source, limits);
    if (text.length() > limits.maxCharacters()) {
      throw tooLong(problems);
    }
    String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
    checkCharacters(body, problems);
    Node node = compose(body, problems);
    if (node == null) {
      throw problems.fatal(START, "the file is empty", "Write a workflow into it", null);
    }
    YamlValue root = new YamlValue(node, "", problems);
    if (!root.isMap()) {
      throw problems.fatal(
          root.place(),
          "the file must be a map at its top level, but is " + root.kind(),
          "Begin with a line such as 'faasflow: 1'",
          null);
    }
    return root.asMap().orElseThrow();
  }

  static WorkflowFormatException tooLong(YamlProblems problems) {
    return problems.fatal(
        START,
        "the file has more than " + problems.limits().maxCharacters() + " characters",
        "Split the workflow, or raise YamlLimits.maxCharacters",
        null);
  }

  private static @Nullable Node compose(String text, YamlProblems problems) {
    LoaderOptions options = new LoaderOptions();
    // The events are counted before they get that far, so these only must not be lower.
    options.setCodePointLimit(Integer.MAX_VALUE);
    options.setNestingDepthLimit(problems.limits().maxDepth() + 1);
    options.setMaxAliasesForCollections(problems.limits().maxAliases());
    options.setAllowRecursiveKeys(false);
    try {
      CheckedEvents events =
          new CheckedEvents(new ParserImpl(new TextReader(text), options), problems);
      return new Composer(events, new CoreSchema(), options).getSingleNode();
    } catch (MarkedYAMLException e) {
      throw malformed(e, problems);
    } catch (YAMLException | IllegalArgumentException | IndexOutOfBoundsException e) {
      // SnakeYAML lets a few of the JDK's exceptions out, as for an escape beyond Unicode.
      throw problems.fatal(
          START, "the file is not YAML: " + oneLine(e.getMessage()), "Correct it", e);
    } catch (StackOverflowError e) {
      throw problems.fatal(
          START,
          "lists and maps nest too deep for the stack of this thread",
          "Flatten the workflow, or lower YamlLimits.maxDepth for an error with a line",
          null);
    }
  }

  private static WorkflowFormatException malformed(MarkedYAMLException e, YamlProblems problems) {
    Mark mark = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
    Place place = mark == null ? START : new Place(mark.getLine() + 1, mark.getColumn() + 1, "");
    String what = oneLine(e.getProblem());
    String context = e.getContext() == null ? "" : " (" + oneLine(e.getContext()) + ")";
    return problems.fatal(place, "the file is not YAML: " + what + context, cure(what), e);
  }

  private static String cure(String what) {
    if (what.contains("'\\t'") || what.toLowerCase(Locale.ROOT).contains("tab")) {
      return "Indent with spaces; YAML allows no tabs there";
    }
    if (what.contains("undefined alias")) {
      return "Define it before with '&name', or put quotes around a text that begins with '*'";
    }
    if (what.contains("mapping values are not allowed")) {
      return "Put quotes around a text with ': ' in it, or correct the indentation";
    }
    return "Check indentation, brackets and quotes there and on the line before";
  }

  private static String oneLine(@Nullable String text) {
    return text == null ? "" : YamlProblems.quoted(text.strip());
  }

  /** YAML has no control characters: a binary file is told by them. */
  private static void checkCharacters(String text, YamlProblems problems) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (!StreamReader.isPrintable(c)) {
        throw problems.fatal(
            new Place(line, column, ""),
            String.format("the character U+%04X is not allowed", c),
            "Save the file as text in UTF-8; in double quotes, write it as an escape: \"\\u0007\"",
            null);
      }
      i += Character.charCount(c);
      column++;
      if (c == '\n') {
        line++;
        column = 1;
      }
    }
  }
}
