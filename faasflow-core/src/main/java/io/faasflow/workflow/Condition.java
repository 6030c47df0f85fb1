package io.faasflow.workflow;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An expression over the data of a run that is true or false. Immutable, thread-safe.
 *
 * <p>References are written as {@link DataRef#parse} reads them. Between them: {@code and}, {@code
 * or}, {@code not} with Python's precedence ({@code &&}, {@code ||}, {@code !} as well), {@code ==
 * != < <= > >=}, {@code + - * / %}, parentheses, numbers, strings in either quote, {@code true},
 * {@code false}, {@code null} (and Python's {@code True}, {@code False}, {@code None}). Nothing
 * else: no calls, no assignments, no loops, at most {@value #MAX_LENGTH} characters.
 *
 * <p>What is missing counts as null. Null, false, 0, the empty string and the empty collection are
 * false, everything else is true. An order comparison with null is false; in arithmetic, null is 0.
 * Text that looks like a number counts as one next to a number: compared with it, or in arithmetic.
 * {@code and} and {@code or} give the operand that decides; {@code !} binds tighter than a
 * comparison, {@code not} looser. A comparison of a comparison needs parentheses.
 */
public final class Condition {
  /** The longest expression that is accepted, in characters. */
  public static final int MAX_LENGTH = 1_000;

  private final String expression;
  private final Map<String, Binding> where;
  private final Expression compiled;

  private Condition(String expression, Map<String, Binding> where) {
    this.expression = expression;
    this.where = OrderedMaps.copyOf(where);
    this.compiled = Expression.compile(expression);
  }

  /**
   * A condition.
   *
   * @throws IllegalArgumentException when it is not one; the message says where and why
   */
  public static Condition condition(String expression) {
    return new Condition(expression, Map.of());
  }

  /**
   * A condition some of whose references mean something else.
   *
   * @param where for the text of a reference, as it is written in the expression, where its value
   *     comes from in place of what the text says
   * @throws IllegalArgumentException when it is not a condition; the message says where and why
   */
  public static Condition condition(String expression, Map<String, Binding> where) {
    return new Condition(expression, where);
  }

  /** The expression as it was given. */
  public String expression() {
    return expression;
  }

  /** What the references with that text mean, where it is not what they say. */
  public Map<String, Binding> where() {
    return where;
  }

  /** The texts of all references of the expression, each once, in the order of their appearance. */
  public Set<String> references() {
    return compiled.references();
  }

  /** Where the value of each reference comes from: that of {@link #where} if it is there. */
  public Map<String, Binding> bindings() {
    Map<String, Binding> bindings = new LinkedHashMap<>();
    for (String reference : references()) {
      Binding given = where.get(reference);
      bindings.put(reference, given != null ? given : Binding.from(reference).orNull());
    }
    return bindings;
  }

  /**
   * Evaluates the condition.
   *
   * @param values gives the value of a reference, by its text; null where it has none
   * @throws IllegalArgumentException when the values do not fit the operators, as in {@code "a" *
   *     2}
   */
  public boolean test(Function<String, @Nullable Object> values) {
    return compiled.test(values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Condition that
        && expression.equals(that.expression)
        && where.equals(that.where);
  }

  @Override
  public int hashCode() {
    return expression.hashCode();
  }

  @Override
  public String toString() {
    return expression;
  }
}
