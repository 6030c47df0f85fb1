package io.faasflow.function;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * When a task that failed is tried again, and after which wait. Immutable and thread-safe.
 *
 * <p>The wait before the second attempt is {@code delay}; each further one is {@code factor} times
 * the one before, at most {@code maxDelay}. Then chance makes it shorter or longer by up to {@code
 * jitter} of itself, so that tasks that failed together do not all come back together.
 *
 * <p>Exceptions are named by their class; a name stands for its subclasses and implementations too.
 * Without names every {@link Exception} is tried again, a timeout of an attempt among them, and no
 * {@link Error}.
 *
 * @param maxAttempts how often the task runs at most, the first time included; 1 or more
 * @param delay the wait before the second attempt, zero or more
 * @param factor what each further wait is multiplied by, 1 or more
 * @param maxDelay the longest wait before chance, {@code delay} or more
 * @param jitter the share of a wait that is left to chance, 0 to 1
 * @param on class names of exceptions that are tried again; empty: all but errors
 * @param notOn class names of exceptions that are not, whatever else is said
 * @param when what must also hold for an exception; code, so that YAML cannot say it
 */
public record RetryPolicy(
    int maxAttempts,
    Duration delay,
    double factor,
    Duration maxDelay,
    double jitter,
    Set<String> on,
    Set<String> notOn,
    Optional<Predicate<? super Throwable>> when) {
  private static final Duration DELAY = Duration.ofMillis(100);
  private static final Duration MAX_DELAY = Duration.ofSeconds(30);
  private static final double FACTOR = 2;
  private static final double JITTER = 0.2;
  private static final Duration LONGEST = Duration.ofDays(365);

  /** Refuses what is out of range, and copies the sets in their order. */
  public RetryPolicy {
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("attempts must be 1 or more, was " + maxAttempts);
    }
    if (delay.isNegative() || delay.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("delay must be from zero to 365 days, was " + delay);
    }
    if (!(factor >= 1 && factor <= 1_000)) {
      throw new IllegalArgumentException("factor must be from 1 to 1,000, was " + factor);
    }
    if (maxDelay.compareTo(delay) < 0 || maxDelay.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "maxDelay must be from the delay, " + delay + ", to 365 days, was " + maxDelay);
    }
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new IllegalArgumentException("jitter must be from 0 to 1, was " + jitter);
    }
    on = copy(on);
    notOn = copy(notOn);
    Objects.requireNonNull(when, "when");
  }

  private static Set<String> copy(Set<String> names) {
    Set<String> copy = new LinkedHashSet<>(names);
    if (copy.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("The name of an exception must not be blank");
    }
    return Collections.unmodifiableSet(copy);
  }

  /** Up to so many attempts, after waits of 100 ms, 200 ms and so on up to 30 s, 20 % by chance. */
  public static RetryPolicy attempts(int maxAttempts) {
    return new RetryPolicy(
        maxAttempts, DELAY, FACTOR, MAX_DELAY, JITTER, Set.of(), Set.of(), Optional.empty());
  }

  /** The same with other waits. */
  public RetryPolicy backoff(Duration newDelay, double newFactor, Duration newMaxDelay) {
    return new RetryPolicy(maxAttempts, newDelay, newFactor, newMaxDelay, jitter, on, notOn, when);
  }

  /** The same with a wait that is always the same, but for chance. */
  public RetryPolicy fixedDelay(Duration always) {
    return backoff(always, 1, always);
  }

  /** The same with another share of chance, 0 to 1. */
  public RetryPolicy jitter(double share) {
    return new RetryPolicy(maxAttempts, delay, factor, maxDelay, share, on, notOn, when);
  }

  /** The same, trying again after these exceptions and those named before only. */
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  public final RetryPolicy on(Class<? extends Throwable>... types) {
    return new RetryPolicy(
        maxAttempts, delay, factor, maxDelay, jitter, plus(on, types), notOn, when);
  }

  /** The same, never trying again after these exceptions, nor those named before. */
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  public final RetryPolicy notOn(Class<? extends Throwable>... types) {
    return new RetryPolicy(
        maxAttempts, delay, factor, maxDelay, jitter, on, plus(notOn, types), when);
  }

  /** The same with what must also hold for an exception. It is thread-safe and does not block. */
  public RetryPolicy when(Predicate<? super Throwable> condition) {
    return new RetryPolicy(
        maxAttempts, delay, factor, maxDelay, jitter, on, notOn, Optional.of(condition));
  }

  private static Set<String> plus(Set<String> names, Class<?>[] types) {
    Set<String> all = new LinkedHashSet<>(names);
    Arrays.stream(types).forEach(type -> all.add(type.getName()));
    return all;
  }

  /** Whether a failure of this kind is worth another attempt, if there is one left. */
  public boolean retries(Throwable failure) {
    boolean named = on.isEmpty() ? failure instanceof Exception : isNamed(failure, on);
    return named && !isNamed(failure, notOn) && (when.isEmpty() || when.get().test(failure));
  }

  private static boolean isNamed(Throwable failure, Set<String> names) {
    if (names.isEmpty()) {
      return false;
    }
    Deque<Class<?>> types = new ArrayDeque<>();
    for (Class<?> type = failure.getClass(); type != null; type = type.getSuperclass()) {
      types.add(type);
    }
    while (!types.isEmpty()) {
      Class<?> type = types.remove();
      if (names.contains(type.getName())) {
        return true;
      }
      types.addAll(Arrays.asList(type.getInterfaces()));
    }
    return false;
  }

  /**
   * The wait after a failed attempt.
   *
   * @param attempt which one failed, counted from 1
   * @param chance from 0 to 1
   */
  public Duration delayAfter(int attempt, double chance) {
    double longest = maxDelay.toNanos();
    double wait = Math.min(longest, delay.toNanos() * Math.pow(factor, attempt - 1.0));
    return Duration.ofNanos(Math.round(wait * (1 + jitter * (2 * chance - 1))));
  }
}
