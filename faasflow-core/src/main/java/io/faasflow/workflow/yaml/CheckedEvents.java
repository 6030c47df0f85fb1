package io.faasflow.workflow.yaml;

import io.faasflow.workflow.yaml.YamlProblems.Place;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.Parser;

/**
 * The events of a file on their way from the parser to what builds the tree. Refuses, with its
 * position, what must not get into a tree: too much, too deep, other tags than YAML's own, aliases
 * of a value inside of itself. SnakeYAML has limits of its own, but names no position for them.
 */
final class CheckedEvents implements Parser {
  private static final Set<String> SCALARS = Set.of(
      Tag.STR.getValue(),
      Tag.INT.getValue(),
      Tag.FLOAT.getValue(),
      Tag.BOOL.getValue(),
      Tag.NULL.getValue());

  private final Parser parser;
  private final YamlProblems problems;

  // The anchors of the lists and maps that are open now; "" for those that have none.
  private final Deque<String> open = new ArrayDeque<>();
  private final Map<String, Integer> openAnchors = new HashMap<>();
  private int nodes;
  private int aliases;
  private int documents;

  CheckedEvents(Parser parser, YamlProblems problems) {
    this.parser = parser;
    this.problems = problems;
  }

  @Override
  public boolean checkEvent(Event.ID choice) {
    return parser.checkEvent(choice);
  }

  @Override
  public Event peekEvent() {
    return parser.peekEvent();
  }

  @Override
  public Event getEvent() {
    Event event = parser.getEvent();
    if (event instanceof DocumentStartEvent && ++documents > 1) {
      throw refuse(
          event, "a second document begins here", "Put every workflow in a file of its own");
    } else if (event instanceof CollectionEndEvent) {
      String anchor = open.pop();
      openAnchors.computeIfPresent(anchor, (any, count) -> count == 1 ? null : count - 1);
    } else if (event instanceof NodeEvent node) {
      node(node);
    }
    return event;
  }

  private void node(NodeEvent event) {
    if (++nodes > problems.limits().maxNodes()) {
      throw refuse(
          event,
          "the file has more than " + problems.limits().maxNodes() + " values",
          "Split the workflow, or raise YamlLimits.maxNodes");
    }
    if (event instanceof AliasEvent) {
      alias(event);
    } else if (event instanceof CollectionStartEvent start) {
      Tag allowed = event instanceof MappingStartEvent ? Tag.MAP : Tag.SEQ;
      tag(event, start.getTag(), Set.of(allowed.getValue()));
      if (open.size() >= problems.limits().maxDepth()) {
        throw refuse(
            event,
            "lists and maps nest more than " + problems.limits().maxDepth() + " deep",
            "Flatten the workflow, or raise YamlLimits.maxDepth");
      }
      String anchor = event.getAnchor() == null ? "" : event.getAnchor();
      open.push(anchor);
      openAnchors.merge(anchor, 1, Integer::sum);
    } else if (event instanceof ScalarEvent scalar) {
      tag(event, scalar.getTag(), SCALARS);
    }
  }

  private void alias(NodeEvent event) {
    if (++aliases > problems.limits().maxAliases()) {
      throw refuse(
          event,
          "the file uses aliases more than " + problems.limits().maxAliases() + " times",
          "Write out the values, or raise YamlLimits.maxAliases");
    }
    if (openAnchors.containsKey(event.getAnchor())) {
      throw refuse(
          event,
          "the alias '*" + YamlProblems.quoted(event.getAnchor()) + "' stands inside of its value",
          "Remove it: a value cannot contain itself");
    }
  }

  private void tag(Event event, @Nullable String tag, Set<String> allowed) {
    // "!" is YAML's way to say "as it stands": a string for scalars.
    if (tag != null && !tag.equals("!") && !allowed.contains(tag)) {
      throw refuse(
          event,
          "the tag '" + YamlProblems.quoted(tag) + "' is not allowed",
          "Remove it: a workflow is made of strings, numbers, booleans, lists and maps");
    }
  }

  private WorkflowFormatException refuse(Event event, String message, String cure) {
    return problems.fatal(
        new Place(event.getStartMark().getLine() + 1, event.getStartMark().getColumn() + 1, ""),
        message,
        cure,
        null);
  }
}
