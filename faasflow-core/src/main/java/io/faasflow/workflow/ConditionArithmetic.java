package io.faasflow.workflow;

import java.util.Collection;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.apache.commons.jexl3.JexlArithmetic;
import org.apache.commons.jexl3.JexlOperator;
import org.jspecify.annotations.Nullable;

/**
 * How conditions calculate and compare: as Python does, but for what {@link Condition} says about
 * null and about text that looks like a number. It never prints, and never calls, a value that it
 * does not know; values of one class of the author's may compare themselves.
 */
final class ConditionArithmetic extends JexlArithmetic {
  /**
   * The values do not fit the operator. An {@link ArithmeticException} would not do: the library
   * turns some of them into 0.
   */
  static final class Misfit extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Misfit(String message) {
      super(message);
    }
  }

  // Matched against short texts only, so that no text can make it slow.
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?");
  private static final int MAX_NUMBER_LENGTH = 100;
  private static final int SURELY_LONG = 18;
  private static final int MAX_TEXT = 1_000_000;

  ConditionArithmetic() {
    super(false);
  }

  static boolean isTrue(@Nullable Object value) {
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean bool) {
      return bool;
    }
    if (value instanceof Number number) {
      return number.doubleValue() != 0;
    }
    if (value instanceof CharSequence chars) {
      return !chars.isEmpty();
    }
    if (value instanceof Collection<?> collection) {
      return !collection.isEmpty();
    }
    return !(value instanceof Map<?, ?> map) || !map.isEmpty();
  }

  @Override
  public boolean toBoolean(@Nullable Object value) {
    return isTrue(value);
  }

  @Override
  protected boolean toBoolean(boolean strict, @Nullable Object value) {
    return isTrue(value);
  }

  // Comparisons.

  @Override
  public boolean equals(@Nullable Object left, @Nullable Object right) {
    if (left == null || right == null) {
      return left == right;
    }
    boolean leftIsText = left instanceof CharSequence;
    boolean rightIsText = right instanceof CharSequence;
    if (leftIsText && rightIsText) {
      return left.toString().contentEquals((CharSequence) right);
    }
    if (leftIsText || rightIsText) {
      Object text = leftIsText ? left : right;
      Object other = leftIsText ? right : left;
      if (other instanceof Enum<?> constant) {
        return constant.name().contentEquals((CharSequence) text);
      }
      if (other instanceof Character) {
        return other.toString().contentEquals((CharSequence) text);
      }
      Number number = number(text);
      return number != null && other instanceof Number given && areEqual(number, given);
    }
    Number a = number(left);
    Number b = number(right);
    return (a != null && b != null) ? areEqual(a, b) : left.equals(right);
  }

  private boolean areEqual(Number a, Number b) {
    return !isNan(a) && !isNan(b) && super.equals(beside(a, b), beside(b, a));
  }

  private static boolean isNan(Object value) {
    return (value instanceof Double number && number.isNaN())
        || (value instanceof Float small && small.isNaN());
  }

  @Override
  public boolean lessThan(@Nullable Object left, @Nullable Object right) {
    return holds(left, right, JexlOperator.LT, order -> order < 0);
  }

  @Override
  public boolean lessThanOrEqual(@Nullable Object left, @Nullable Object right) {
    return holds(left, right, JexlOperator.LTE, order -> order <= 0);
  }

  @Override
  public boolean greaterThan(@Nullable Object left, @Nullable Object right) {
    return holds(left, right, JexlOperator.GT, order -> order > 0);
  }

  @Override
  public boolean greaterThanOrEqual(@Nullable Object left, @Nullable Object right) {
    return holds(left, right, JexlOperator.GTE, order -> order >= 0);
  }

  /** Null and "not a number" are neither less nor more than anything. */
  private boolean holds(
      @Nullable Object left, @Nullable Object right, JexlOperator operator, IntPredicate test) {
    return left != null
        && right != null
        && !isNan(left)
        && !isNan(right)
        && test.test(order(left, right, operator));
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // both are of one class, which compares with itself
  private int order(Object left, Object right, JexlOperator operator) {
    if (left instanceof CharSequence a && right instanceof CharSequence b) {
      return CharSequence.compare(a, b);
    }
    Number a = number(left);
    Number b = number(right);
    if (a != null && b != null) {
      return compare(beside(a, b), beside(b, a), operator);
    }
    if (left instanceof Comparable one && left.getClass() == right.getClass()) {
      return one.compareTo(right);
    }
    throw new Misfit(kind(left) + " and " + kind(right) + " have no order");
  }

  // Arithmetic.

  @Override
  public Object add(@Nullable Object left, @Nullable Object right) {
    if (left instanceof CharSequence a && right instanceof CharSequence b) {
      if ((long) a.length() + b.length() > MAX_TEXT) {
        throw new Misfit("a text would have more than " + MAX_TEXT + " characters");
      }
      return a.toString() + b;
    }
    Number a = operand(left);
    Number b = operand(right);
    return super.add(beside(a, b), beside(b, a));
  }

  @Override
  public Object subtract(@Nullable Object left, @Nullable Object right) {
    Number a = operand(left);
    Number b = operand(right);
    return super.subtract(beside(a, b), beside(b, a));
  }

  @Override
  public Object multiply(@Nullable Object left, @Nullable Object right) {
    Number a = operand(left);
    Number b = operand(right);
    return super.multiply(beside(a, b), beside(b, a));
  }

  @Override
  public Object divide(@Nullable Object left, @Nullable Object right) {
    Number a = operand(left);
    Number b = divisor(right);
    double quotient = a.doubleValue() / b.doubleValue();
    return quotient == Math.rint(quotient)
        ? super.divide(beside(a, b), beside(b, a))
        : (Object) quotient;
  }

  /** The remainder has the sign of the divisor. */
  @Override
  public Object mod(@Nullable Object left, @Nullable Object right) {
    Number a = operand(left);
    Number b = divisor(right);
    Number remainder = (Number) super.mod(beside(a, b), beside(b, a));
    boolean otherSign = remainder.doubleValue() * Math.signum(b.doubleValue()) < 0;
    return otherSign ? super.add(remainder, b) : remainder;
  }

  @Override
  public Object negate(@Nullable Object value) {
    return super.negate(operand(value));
  }

  @Override
  public Object positivize(@Nullable Object value) {
    return operand(value);
  }

  private static Number divisor(@Nullable Object value) {
    Number divisor = operand(value);
    if (divisor.doubleValue() == 0) {
      throw new Misfit("a division by zero");
    }
    return divisor;
  }

  private static Number operand(@Nullable Object value) {
    if (value == null) {
      return 0L;
    }
    Number number = number(value);
    if (number == null) {
      throw new Misfit(kind(value) + " is not a number");
    }
    return number;
  }

  private static String kind(Object value) {
    if (value instanceof CharSequence) {
      return "a text that is no number";
    }
    if (value instanceof Number || value instanceof Boolean) {
      return "a number or boolean";
    }
    if (value instanceof Collection<?>) {
      return "a collection";
    }
    return value instanceof Map<?, ?>
        ? "a map"
        : "a value of type " + value.getClass().getName();
  }

  /** A number as it can be used with another: infinity and NaN exist as doubles only. */
  private static Number beside(Number number, Number other) {
    return Double.isFinite(other.doubleValue()) || isExact(other) ? number : number.doubleValue();
  }

  /** Whether the number is of a type that knows neither infinity nor negative zero. */
  private static boolean isExact(Number number) {
    return !(number instanceof Double || number instanceof Float);
  }

  /** The value as a number; null if it is not one. */
  private static @Nullable Number number(Object value) {
    if (value instanceof Number number) {
      // The library tells zero from negative zero.
      return !isExact(number) && number.doubleValue() == 0 ? (Number) 0.0 : number;
    }
    if (value instanceof Boolean bool) {
      return bool ? 1L : 0L;
    }
    if (value instanceof CharSequence text
        && text.length() <= MAX_NUMBER_LENGTH
        && NUMBER.matcher(text).matches()) {
      String digits = text.toString();
      boolean whole = digits.chars().noneMatch(c -> c == '.' || c == 'e' || c == 'E');
      return whole && digits.length() <= SURELY_LONG
          ? (Number) Long.valueOf(digits)
          : (Number) Double.valueOf(digits);
    }
    return null;
  }
}
