package io.faasflow.workflow.yaml;

import io.faasflow.function.RetryPolicy;
import io.faasflow.function.TaskPolicy;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/** Reads the limits and attempts of tasks in our own format. */
final class PolicyReader {
  /** The keys of a policy, in a task or among the defaults. */
  static final List<String> KEYS = List.of("timeout", "totalTimeout", "retry");

  private static final List<String> RETRY_KEYS =
      List.of("attempts", "delay", "factor", "maxDelay", "jitter", "on", "notOn");
  private static final String CURE = "Write how many attempts there are, as in 'retry: 3', or a map"
      + " with 'attempts' and what differs from the default";

  private PolicyReader() {}

  /** The policy that a map with {@link #KEYS} says. */
  static TaskPolicy read(YamlMap map) {
    TaskPolicy policy = TaskPolicy.NONE;
    Optional<Duration> timeout = time(map, "timeout");
    policy = timeout.isPresent() ? policy.withTimeout(timeout.get()) : policy;
    Optional<Duration> total = time(map, "totalTimeout");
    policy = total.isPresent() ? policy.withTotalTimeout(total.get()) : policy;
    Optional<RetryPolicy> retry = map.optional("retry").flatMap(PolicyReader::retry);
    return retry.isPresent() ? policy.withRetry(retry.get()) : policy;
  }

  /** A duration above zero. */
  static Optional<Duration> time(YamlMap map, String key) {
    Optional<YamlValue> value = map.optional(key);
    Optional<Duration> time = value.flatMap(Quantities::duration);
    if (time.isPresent() && time.get().isZero()) {
      value.orElseThrow().problem("must be above zero", "Give it some time, or remove the key");
      return Optional.empty();
    }
    return time;
  }

  private static Optional<RetryPolicy> retry(YamlValue value) {
    if (value.isNumber()) {
      return attempts(value);
    }
    if (!value.isMap()) {
      value.problem("must say how to retry, but is " + value.kind(), CURE);
      return Optional.empty();
    }
    YamlMap map = value.asMap().orElseThrow();
    map.unknownKeys(RETRY_KEYS);
    Optional<RetryPolicy> start = map.required("attempts").flatMap(PolicyReader::attempts);
    RetryPolicy base = start.orElse(RetryPolicy.attempts(1));
    try {
      Duration delay = map.optional("delay").flatMap(Quantities::duration).orElse(base.delay());
      Duration most = map.optional("maxDelay")
          .flatMap(Quantities::duration)
          .orElse(delay.compareTo(base.maxDelay()) > 0 ? delay : base.maxDelay());
      RetryPolicy retry = new RetryPolicy(
          base.maxAttempts(),
          delay,
          number(map, "factor", base.factor()),
          most,
          number(map, "jitter", base.jitter()),
          names(map, "on"),
          names(map, "notOn"),
          Optional.empty());
      return start.map(any -> retry);
    } catch (IllegalArgumentException e) {
      value.problem(e, "Change it");
      return Optional.empty();
    }
  }

  private static Optional<RetryPolicy> attempts(YamlValue value) {
    OptionalInt attempts = value.asInt(1);
    return attempts.isPresent()
        ? Optional.of(RetryPolicy.attempts(attempts.getAsInt()))
        : Optional.empty();
  }

  private static double number(YamlMap map, String key, double otherwise) {
    Optional<YamlValue> value = map.optional(key);
    OptionalDouble number = value.isPresent() ? value.get().asDouble() : OptionalDouble.empty();
    return number.orElse(otherwise);
  }

  private static Set<String> names(YamlMap map, String key) {
    Set<String> names = new LinkedHashSet<>();
    map.optional(key)
        .flatMap(YamlValue::asList)
        .ifPresent(list -> list.forEach(one -> TaskReader.name(one).ifPresent(names::add)));
    return names;
  }
}
