package io.faasflow.graph;

import io.faasflow.function.TaskFunction;
import io.faasflow.function.TaskPolicy;
import io.faasflow.workflow.Condition;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a node of a function graph does.
 *
 * <p>The set is closed.
 */
public sealed interface Operation
    permits Operation.Start,
        Operation.End,
        Operation.Run,
        Operation.Join,
        Operation.Choose,
        Operation.Merge,
        Operation.Loop {

  /** Whether it runs no function: everything but a task with code and a foreach. */
  default boolean isVirtual() {
    return true;
  }

  /** The first node. Its output is the input of the run, or the item of the instance. */
  record Start() implements Operation {}

  /**
   * The last node.
   *
   * @param result what the run, or the instance, gives
   * @param lenient whether named values that nobody saved are left out
   */
  record End(Input result, boolean lenient) implements Operation {}

  /**
   * A task.
   *
   * @param task the task
   * @param input what its function takes
   * @param reads the outputs that it reads besides
   * @param layout the steps of the reads
   * @param policy its limits and attempts, the workflow's defaults included
   * @param hasFallback whether its failure is an output: then it leaves by choice {@link #FAILED}
   */
  record Run(
      Task<?, ?> task,
      Input input,
      List<Value> reads,
      Outputs.@Nullable Layout layout,
      TaskPolicy policy,
      boolean hasFallback)
      implements Operation {
    /** The choice of a task with a fallback that gave its output. */
    public static final int DONE = 0;

    /** The choice of a task with a fallback that failed. */
    public static final int FAILED = 1;

    /** Copies the list. */
    public Run {
      reads = List.copyOf(reads);
    }

    @Override
    public boolean isVirtual() {
      return task.code() instanceof io.faasflow.workflow.TaskCode.Pass;
    }
  }

  /**
   * The end of parallel branches. Gives their outputs, keyed by step.
   *
   * @param branches the output of each branch
   * @param layout the steps of the branches
   */
  record Join(List<Value> branches, Outputs.Layout layout) implements Operation {
    /** Copies the list. */
    public Join {
      branches = List.copyOf(branches);
    }
  }

  /**
   * Picks which outgoing edges are live. Gives nothing.
   *
   * @param flow what the selector takes
   * @param selector what gives the value for {@code constants}; empty with conditions
   * @param constants the value of each case
   * @param tests the condition of each case; empty: always
   * @param rest the choice when no case applies; its edges, if any, are live then
   */
  record Choose(
      Value flow,
      Optional<TaskFunction<@Nullable Object, @Nullable Object>> selector,
      List<Object> constants,
      List<Test> tests,
      int rest)
      implements Operation {
    /** Copies the lists. */
    public Choose {
      constants = List.copyOf(constants);
      tests = List.copyOf(tests);
    }
  }

  /**
   * The condition of a case.
   *
   * @param condition empty: always true
   * @param sources where the condition's references come from, by their text
   */
  record Test(Optional<Condition> condition, Map<String, Input.Source> sources) {
    /** Copies the map. */
    public Test {
      sources = Map.copyOf(sources);
    }
  }

  /**
   * The end of a switch. Gives the output of the branch that ran.
   *
   * @param candidates the output of each branch, and, last, what goes through when none ran
   * @param optional whether the output is wrapped in an {@link Optional}
   * @param ofFallback whether it is the end of a fallback: then the candidates are the output of the
   *     fallback, and that of the task, which is its failure where the fallback ran
   */
  record Merge(List<Value> candidates, boolean optional, boolean ofFallback) implements Operation {
    /** Copies the list. */
    public Merge {
      candidates = List.copyOf(candidates);
    }
  }

  /**
   * A foreach.
   *
   * @param items gives the collection, or a map of collections to go through in step
   * @param selector a function of the input that gives the collection; empty: the input is it
   * @param zipped whether an item is a map with an element of each collection
   * @param body what runs for each item
   * @param concurrency how many instances may run at a time; {@link Integer#MAX_VALUE}: no limit
   * @param expectedInstances an estimate
   * @param tolerance how many instances may fail; empty: none
   */
  record Loop(
      Input items,
      Optional<TaskFunction<@Nullable Object, @Nullable Object>> selector,
      boolean zipped,
      FunctionGraph body,
      int concurrency,
      int expectedInstances,
      Optional<Tolerance> tolerance)
      implements Operation {
    @Override
    public boolean isVirtual() {
      return false;
    }
  }
}
