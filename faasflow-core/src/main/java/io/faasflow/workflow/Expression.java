package io.faasflow.workflow;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.commons.jexl3.JexlBuilder;
import org.apache.commons.jexl3.JexlContext;
import org.apache.commons.jexl3.JexlEngine;
import org.apache.commons.jexl3.JexlException;
import org.apache.commons.jexl3.JexlExpression;
import org.apache.commons.jexl3.JexlFeatures;
import org.apache.commons.jexl3.introspection.JexlPermissions;
import org.jspecify.annotations.Nullable;

/**
 * A condition's expression, compiled.
 *
 * <p>The sandbox is in what the expression library gets to see. Our own scanner accepts a short list
 * of tokens and replaces every reference and every literal by a variable of our making ({@code v0},
 * {@code v1}, ...). So JEXL parses nothing but such variables, operators and parentheses: it never
 * sees a name, a property, a method, a string or a number of the author's. Its own features and
 * permissions are turned off as well, as a second lock.
 */
final class Expression {
  // Immutable and thread-safe; without a cache it keeps nothing between expressions.
  private static final JexlEngine JEXL = new JexlBuilder()
      .features(JexlFeatures.createNone())
      .permissions(JexlPermissions.NONE)
      .arithmetic(new ConditionArithmetic())
      .silent(false)
      .strict(false)
      .safe(true)
      .cache(0)
      .create();

  private static final int MAX_TOKENS = 300;
  private static final int MAX_NESTING = 50;

  private final String text;
  private final JexlExpression compiled;
  private final Map<String, String> variableOf; // the text of a reference to its variable
  private final Map<String, String> referenceOf; // and the other way round
  private final Map<String, Object> literals; // by variable

  private Expression(Scanner scanner, JexlExpression compiled) {
    this.text = scanner.text;
    this.compiled = compiled;
    this.variableOf = Collections.unmodifiableMap(scanner.variableOf);
    this.referenceOf = Map.copyOf(scanner.referenceOf);
    this.literals = Map.copyOf(scanner.literals);
  }

  static Expression compile(String text) {
    if (text.length() > Condition.MAX_LENGTH) {
      throw new IllegalArgumentException("A condition of "
          + text.length()
          + " characters; at most "
          + Condition.MAX_LENGTH
          + " are allowed. Move the decision into a function");
    }
    Scanner scanner = new Scanner(text);
    String rewritten = scanner.rewrite();
    try {
      return new Expression(scanner, JEXL.createExpression(rewritten));
    } catch (JexlException e) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not a condition: its operators and operands do not fit together. Write, for"
              + " example, INPUT.size > 3 and not INPUT.draft",
          e);
    }
  }

  Set<String> references() {
    return variableOf.keySet();
  }

  boolean test(Function<String, @Nullable Object> values) {
    try {
      Object result = compiled.evaluate(new Variables(values));
      return ConditionArithmetic.isTrue(result);
    } catch (ConditionArithmetic.Misfit | ArithmeticException | JexlException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new IllegalArgumentException(
          "The condition '"
              + text
              + "' cannot be evaluated: "
              + reason.getMessage()
              + ". Compare values of one type, and do not divide by zero",
          e);
    }
  }

  /** The values of our variables; nothing else exists, and nothing can be set. */
  private final class Variables implements JexlContext {
    private final Function<String, @Nullable Object> values;

    Variables(Function<String, @Nullable Object> values) {
      this.values = values;
    }

    @Override
    public @Nullable Object get(String variable) {
      String reference = referenceOf.get(variable);
      return reference == null ? literals.get(variable) : values.apply(reference);
    }

    @Override
    public boolean has(String variable) {
      return referenceOf.containsKey(variable) || literals.containsKey(variable);
    }

    @Override
    public void set(String variable, Object value) {
      throw new UnsupportedOperationException("A condition cannot set '" + variable + "'");
    }
  }

  /** Reads tokens and writes the expression that JEXL gets to see. */
  private static final class Scanner {
    private static final List<String> OPERATORS =
        List.of("==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%");
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Map<String, String> CONSTANTS = Map.of(
        "true", "true", "True", "true", "false", "false", "False", "false", "null", "null", "None",
        "null");
    private static final Set<String> WORDS = Set.of("and", "or", "not");

    private final String text;
    private int at;
    private int tokens;
    private final StringBuilder out = new StringBuilder();
    private final Map<String, String> variableOf = new LinkedHashMap<>();
    private final Map<String, String> referenceOf = new LinkedHashMap<>();
    private final Map<String, Object> literals = new LinkedHashMap<>();

    /** What is known of an open parenthesis; the outermost level is none. */
    private static final class Level {
      int nots; // how many "not" wait for the end of their operand
      boolean compared; // whether there is a comparison since the last "and" or "or"
    }

    private final Deque<Level> levels = new ArrayDeque<>(List.of(new Level()));
    private int nesting; // parentheses and "not" that are open
    private boolean valueNext = true; // whether a value has to come next, or an operator
    private boolean
        operandNext; // whether that value belongs to an operator other than and, or, not

    Scanner(String text) {
      this.text = text;
    }

    String rewrite() {
      while (skipBlanks()) {
        if (++tokens > MAX_TOKENS) {
          throw error("more than " + MAX_TOKENS + " words and operators");
        }
        token();
      }
      if (tokens == 0) {
        throw error("it is empty");
      }
      if (levels.size() > 1) {
        throw error("a ')' is missing");
      }
      expect(false);
      closeNots();
      return out.toString();
    }

    private boolean skipBlanks() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at < text.length();
    }

    private void token() {
      char c = text.charAt(at);
      if (c == '(') {
        expect(true);
        nest();
        at++;
        levels.push(new Level());
        operandNext = false;
        out.append('(');
      } else if (c == ')') {
        if (levels.size() == 1) {
          throw error("a ')' too many");
        }
        expect(false);
        at++;
        closeNots();
        levels.pop();
        nesting--;
        out.append(')');
      } else if (c == '"' || c == '\'') {
        expect(true);
        literal(string(c));
      } else if (isDigit(c)) {
        expect(true);
        literal(number());
      } else if (c == '_' || c == '[' || Character.isLetter(c)) {
        word();
      } else {
        symbol();
      }
    }

    /** Refuses two values, or two operators, next to each other. */
    private void expect(boolean value) {
      if (value != valueNext) {
        throw error(value ? "an operator is missing" : "a value is missing");
      }
    }

    private void nest() {
      if (++nesting > MAX_NESTING) {
        throw error("parentheses and 'not' nest more than " + MAX_NESTING + " deep");
      }
    }

    private void symbol() {
      for (String operator : OPERATORS) {
        if (text.startsWith(operator, at)) {
          operator(operator);
          at += operator.length();
          return;
        }
      }
      throw error("'" + text.charAt(at) + "' is not allowed");
    }

    private void operator(String operator) {
      boolean unary =
          operator.equals("!") || (valueNext && (operator.equals("+") || operator.equals("-")));
      expect(unary);
      boolean joins = operator.equals("&&") || operator.equals("||");
      Level level = levels.element();
      if (joins) {
        closeNots();
        level.compared = false;
      } else if (COMPARISONS.contains(operator)) {
        // Python chains comparisons, JEXL does not; so there is only one.
        if (level.compared) {
          throw error("a second comparison; join two with 'and', or use parentheses");
        }
        level.compared = true;
      }
      out.append(' ').append(operator).append(' ');
      valueNext = true;
      operandNext = !joins;
    }

    private void closeNots() {
      Level level = levels.element();
      out.append(")".repeat(level.nots));
      nesting -= level.nots;
      level.nots = 0;
    }

    private void value(String written) {
      out.append(written);
      valueNext = false;
      operandNext = false;
    }

    private void word() {
      int start = at;
      String word = reference();
      int end = at;
      at = start; // where an error is
      if (word.equals("and") || word.equals("or")) {
        operator(word.equals("and") ? "&&" : "||");
      } else if (word.equals("not")) {
        // Python's "not" binds looser than comparisons, JEXL's binds tighter: so its operand is
        // put in parentheses, up to the next "and", "or" or ")".
        expect(true);
        if (operandNext) {
          throw error("'not' after an operator; put it and what it negates in parentheses");
        }
        nest();
        levels.element().nots++;
        out.append("!(");
      } else {
        expect(true);
        String constant = CONSTANTS.get(word);
        value(constant != null ? constant : variable(word));
        at = end;
        if (constant == null && skipBlanks() && text.charAt(at) == '(') {
          throw error("functions and methods such as '" + word + "' cannot be called");
        }
      }
      at = end;
    }

    private String variable(String reference) {
      String variable = variableOf.computeIfAbsent(
          reference, any -> "v" + (referenceOf.size() + literals.size()));
      referenceOf.put(variable, reference);
      return variable;
    }

    /** A name with the path that follows it, checked by the parser of references. */
    private String reference() {
      int start = at;
      while (at < text.length()) {
        char c = text.charAt(at);
        if (c == '[') {
          bracket();
        } else if (c == '_' || c == '.' || c == '^' || Character.isLetterOrDigit(c)) {
          at++;
        } else {
          break;
        }
      }
      String reference = text.substring(start, at);
      if (!WORDS.contains(reference) && !CONSTANTS.containsKey(reference)) {
        try {
          DataRef.parse(reference);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "'" + text + "' is not a condition: " + e.getMessage(), e);
        }
      }
      return reference;
    }

    private void bracket() {
      boolean quoted = false;
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (quoted && c == '\\') {
          at++;
        } else if (c == '"') {
          quoted = !quoted;
        } else if (c == ']' && !quoted) {
          at++;
          return;
        }
      }
      throw error("a ']' is missing");
    }

    private String string(char quote) {
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == quote) {
          at++;
          return value.toString();
        }
        if (c == '\\' && ++at < text.length()) {
          c = text.charAt(at);
          if (c != quote && c != '\\') {
            throw error("in a string, a backslash may stand before a quote or a backslash only");
          }
        }
        value.append(c);
      }
      throw error("a string has no end");
    }

    private Object number() {
      int start = at;
      boolean fraction = false;
      while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
        fraction |= text.charAt(at) == '.';
        at++;
      }
      String digits = text.substring(start, at);
      if (at < text.length() && (Character.isLetter(text.charAt(at)) || text.charAt(at) == '_')) {
        throw error("'" + digits + text.charAt(at) + "' is neither a number nor a name");
      }
      try {
        return fraction ? (Object) Double.valueOf(digits) : (Object) Long.valueOf(digits);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "'" + text + "' is not a condition: '" + digits + "' is not a number", e);
      }
    }

    private void literal(Object value) {
      String variable = "v" + (referenceOf.size() + literals.size());
      literals.put(variable, value);
      value(variable);
    }

    private static boolean isDigit(char c) {
      return c >= '0' && c <= '9';
    }

    private IllegalArgumentException error(String what) {
      return new IllegalArgumentException("'"
          + text
          + "' is not a condition: "
          + what
          + " at character "
          + (Math.min(at, text.length()) + 1)
          + ". Allowed are references, numbers, strings, and or not, == != < <= > >=, + - * / %"
          + " and parentheses");
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
