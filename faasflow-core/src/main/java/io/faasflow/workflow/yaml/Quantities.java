package io.faasflow.workflow.yaml;

import io.faasflow.workflow.Tolerance;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations and sizes with their units, as they stand in a file. */
final class Quantities {
  private static final Pattern DURATION =
      Pattern.compile("([0-9]{1,19}(?:\\.[0-9]{1,9})?) ?(ns|us|ms|s|m|h)");
  private static final Pattern SIZE =
      Pattern.compile("([0-9]{1,19}(?:\\.[0-9]{1,9})?) ?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)");
  private static final Pattern PERCENT = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,9})?) ?%");
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final Map<String, BigDecimal> NANOS = Map.of(
      "ns", BigDecimal.ONE,
      "us", BigDecimal.valueOf(1_000),
      "ms", BigDecimal.valueOf(1_000_000),
      "s", BigDecimal.valueOf(1_000_000_000),
      "m", BigDecimal.valueOf(60_000_000_000L),
      "h", BigDecimal.valueOf(3_600_000_000_000L));
  private static final Map<String, BigDecimal> BYTES = Map.of(
      "B", BigDecimal.ONE,
      "KB", BigDecimal.valueOf(1_000),
      "MB", BigDecimal.valueOf(1_000_000),
      "GB", BigDecimal.valueOf(1_000_000_000),
      "TB", BigDecimal.valueOf(1_000_000_000_000L),
      "KiB", BigDecimal.valueOf(1L << 10),
      "MiB", BigDecimal.valueOf(1L << 20),
      "GiB", BigDecimal.valueOf(1L << 30),
      "TiB", BigDecimal.valueOf(1L << 40));
  private static final BigInteger NANOS_A_SECOND = BigInteger.valueOf(1_000_000_000);

  private Quantities() {}

  /** A number of seconds, or a text such as {@code 20ms}; rounded to nanoseconds. */
  static Optional<Duration> duration(YamlValue value) {
    String cure = "Write a number of seconds, or one with a unit: 10ns, 10us, 20ms, 1.5s, 2m, 1h";
    BigDecimal nanos = null;
    if (value.isNumber()) {
      double seconds = value.asDouble().orElse(-1);
      if (seconds >= 0 && seconds <= Long.MAX_VALUE) {
        nanos = BigDecimal.valueOf(seconds).movePointRight(9);
      }
    } else if (value.isString()) {
      nanos = parse(DURATION, NANOS, value);
    }
    if (nanos == null) {
      value.problem("must be a duration, 0 or more, but is " + value.kind(), cure);
      return Optional.empty();
    }
    BigInteger[] parts =
        nanos.setScale(0, RoundingMode.HALF_UP).toBigInteger().divideAndRemainder(NANOS_A_SECOND);
    if (parts[0].bitLength() > 63) {
      value.problem("is longer than a duration can be: " + value.kind(), cure);
      return Optional.empty();
    }
    return Optional.of(Duration.ofSeconds(parts[0].longValue(), parts[1].longValue()));
  }

  /** A whole number of failures, or a text such as {@code 10%}. */
  static Optional<Tolerance> tolerance(YamlValue value) {
    if (value.isNumber()) {
      OptionalInt failures = value.asInt(0);
      return failures.isPresent()
          ? Optional.of(Tolerance.failures(failures.getAsInt()))
          : Optional.empty();
    }
    Matcher matcher = PERCENT.matcher(value.isString() ? value.asString().orElse("") : "");
    if (!matcher.matches() || new BigDecimal(matcher.group(1)).compareTo(HUNDRED) > 0) {
      value.problem(
          "must say how many instances may fail, but is " + value.kind(),
          "Write a whole number, or a share of all instances such as 10%");
      return Optional.empty();
    }
    return Optional.of(Tolerance.percent(Double.parseDouble(matcher.group(1))));
  }

  /** As {@link #tolerance} reads it. */
  static String text(double share) {
    return BigDecimal.valueOf(share * 100).stripTrailingZeros().toPlainString() + "%";
  }

  /** A number of bytes, or a text such as {@code 64MiB}; rounded down to bytes. */
  static OptionalLong size(YamlValue value) {
    String cure = "Write a whole number of bytes, or one with a unit: 10KB, 5MB, 2GB, 64MiB, 1GiB";
    if (value.isNumber()) {
      OptionalLong bytes = value.asLong();
      if (bytes.isPresent() && bytes.getAsLong() < 0) {
        value.problem("must be a size, 0 or more, but is " + value.kind(), cure);
        return OptionalLong.empty();
      }
      return bytes;
    }
    BigDecimal bytes = value.isString() ? parse(SIZE, BYTES, value) : null;
    if (bytes == null) {
      value.problem("must be a size, but is " + value.kind(), cure);
      return OptionalLong.empty();
    }
    BigInteger whole = bytes.toBigInteger();
    if (whole.bitLength() > 63) {
      value.problem("is more than 64 bits can count: " + value.kind(), cure);
      return OptionalLong.empty();
    }
    return OptionalLong.of(whole.longValue());
  }

  /**
   * Named sizes: a map whose values are nothing, a size, or {@code {size: ...}}.
   *
   * @param value the map
   */
  static Map<String, OptionalLong> sizes(YamlValue value) {
    Map<String, OptionalLong> sizes = new LinkedHashMap<>();
    value
        .asMap()
        .ifPresent(map -> map.entries().forEach((name, size) -> sizes.put(name, entry(size))));
    return sizes;
  }

  private static OptionalLong entry(YamlValue value) {
    if (value.isNull()) {
      return OptionalLong.empty();
    }
    if (!value.isMap()) {
      return size(value);
    }
    YamlMap map = value.asMap().orElseThrow();
    map.unknownKeys(List.of("size"));
    Optional<YamlValue> size = map.required("size");
    return size.isPresent() ? size(size.get()) : OptionalLong.empty();
  }

  private static @Nullable BigDecimal parse(
      Pattern pattern, Map<String, BigDecimal> units, YamlValue value) {
    Matcher matcher = pattern.matcher(value.asString().orElse(""));
    if (!matcher.matches()) {
      return null;
    }
    BigDecimal unit = units.get(matcher.group(2));
    return unit == null ? null : new BigDecimal(matcher.group(1)).multiply(unit);
  }

  /** The shortest exact text in the unit that a reader would choose. */
  static String text(Duration duration) {
    long seconds = duration.getSeconds();
    int nanos = duration.getNano();
    if (nanos == 0) {
      if (seconds > 0 && seconds % 3_600 == 0) {
        return seconds / 3_600 + "h";
      }
      return seconds > 0 && seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
    if (seconds == 0) {
      if (nanos % 1_000_000 == 0) {
        return nanos / 1_000_000 + "ms";
      }
      return nanos % 1_000 == 0 ? nanos / 1_000 + "us" : nanos + "ns";
    }
    return BigDecimal.valueOf(seconds)
            .add(BigDecimal.valueOf(nanos, 9))
            .stripTrailingZeros()
            .toPlainString()
        + "s";
  }

  /** A size in the largest binary unit that is exact; plain digits if none is. */
  static String text(long bytes) {
    String[] units = {"GiB", "MiB", "KiB"};
    for (int i = 0; i < units.length; i++) {
      long unit = 1L << (30 - 10 * i);
      if (bytes > 0 && bytes % unit == 0) {
        return bytes / unit + units[i];
      }
    }
    return Long.toString(bytes);
  }
}
