package io.faasflow.workflow.yaml;

/**
 * How much of a file is read before it is refused. Immutable. All limits are inclusive, and 1 or
 * more.
 *
 * @param maxCharacters the length of the file in characters. Default: 16 Mi
 * @param maxDepth how deep lists and maps may nest. Default: 1,000, which is enough for whatever
 *     {@link io.faasflow.workflow.Step#MAX_DEPTH} allows and little enough for a thread's stack
 * @param maxNodes the number of keys, values, lists and maps, counted where they stand and again at
 *     every use of an alias. Default: 1,000,000
 * @param maxSteps the number of tasks, nodes, functions and conditions; a long condition counts for
 *     several. Default: 20,000
 * @param maxAliases the number of uses of aliases ({@code *name}). Default: 200,000
 */
public record YamlLimits(
    int maxCharacters, int maxDepth, int maxNodes, int maxSteps, int maxAliases) {
  /** The defaults. */
  public static final YamlLimits DEFAULT =
      new YamlLimits(16 * 1024 * 1024, 1_000, 1_000_000, 20_000, 200_000);

  /** Refuses what is less than 1. */
  public YamlLimits {
    positive("maxCharacters", maxCharacters);
    positive("maxDepth", maxDepth);
    positive("maxNodes", maxNodes);
    positive("maxSteps", maxSteps);
    positive("maxAliases", maxAliases);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be 1 or more, was " + value);
    }
  }

  /** The same with another limit on the length of the file. */
  public YamlLimits withMaxCharacters(int characters) {
    return new YamlLimits(characters, maxDepth, maxNodes, maxSteps, maxAliases);
  }

  /** The same with another limit on nesting. */
  public YamlLimits withMaxDepth(int depth) {
    return new YamlLimits(maxCharacters, depth, maxNodes, maxSteps, maxAliases);
  }

  /** The same with another limit on the number of values. */
  public YamlLimits withMaxNodes(int nodes) {
    return new YamlLimits(maxCharacters, maxDepth, nodes, maxSteps, maxAliases);
  }

  /** The same with another limit on the number of tasks, nodes and functions. */
  public YamlLimits withMaxSteps(int steps) {
    return new YamlLimits(maxCharacters, maxDepth, maxNodes, steps, maxAliases);
  }

  /** The same with another limit on the number of uses of aliases. */
  public YamlLimits withMaxAliases(int aliases) {
    return new YamlLimits(maxCharacters, maxDepth, maxNodes, maxSteps, aliases);
  }
}
