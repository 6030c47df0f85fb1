package io.faasflow.examples.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers with units, as people write and read them. */
final class Quantity {
  private static final Pattern DURATION =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(us|ms|s|m|h)?");
  private static final double NANOS_A_SECOND = 1e9;
  private static final double NANOS_A_MILLISECOND = 1e6;
  private static final double NANOS_A_MICROSECOND = 1e3;
  private static final double BYTES_A_KILOBYTE = 1e3;
  private static final double BYTES_A_MEGABYTE = 1e6;

  private Quantity() {}

  /** Reads {@code 500ms}, {@code 30s}, {@code 2m}, {@code 1h}; a bare number is seconds. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      Duration duration = duration(value);
      if (duration.isZero()) {
        throw new TypeConversionException("the duration '" + value + "' must be above zero");
      }
      return duration;
    }
  }

  /** Like {@link DurationConverter}, but may be zero. */
  static final class LatencyConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      return duration(value);
    }
  }

  private static Duration duration(String value) {
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'" + value + "' is not a duration; write 500us, 500ms, 30s, 2m or 1h");
    }
    double unit = switch (matcher.group(2) == null ? "s" : matcher.group(2)) {
      case "us" -> NANOS_A_MICROSECOND;
      case "ms" -> NANOS_A_MILLISECOND;
      case "m" -> 60 * NANOS_A_SECOND;
      case "h" -> 3600 * NANOS_A_SECOND;
      default -> NANOS_A_SECOND;
    };
    return Duration.ofNanos(Math.round(Double.parseDouble(matcher.group(1)) * unit));
  }

  /** {@code 1,234,567}. */
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** {@code 1 file}, {@code 2 files}. */
  static String count(long number, String noun) {
    return count(number) + " " + noun + (number == 1 ? "" : "s");
  }

  /** {@code 12.3 ms} or {@code 4.56 s}. */
  static String text(Duration duration) {
    double seconds = duration.toNanos() / NANOS_A_SECOND;
    return seconds < 1
        ? String.format(Locale.ROOT, "%.1f ms", seconds * 1000)
        : String.format(Locale.ROOT, "%.2f s", seconds);
  }

  /** {@code 12 B}, {@code 3.4 KB} or {@code 5.6 MB}, in thousands and millions of bytes. */
  static String bytes(long bytes) {
    if (bytes < BYTES_A_KILOBYTE) {
      return bytes + " B";
    }
    return bytes < BYTES_A_MEGABYTE
        ? String.format(Locale.ROOT, "%.1f KB", bytes / BYTES_A_KILOBYTE)
        : String.format(Locale.ROOT, "%,.1f MB", bytes / BYTES_A_MEGABYTE);
  }

  /** {@code 123.4 MB/s}, in millions of bytes. */
  static String throughput(long bytes, Duration duration) {
    double seconds = Math.max(1, duration.toNanos()) / NANOS_A_SECOND;
    return String.format(Locale.ROOT, "%,.1f MB/s", bytes / BYTES_A_MEGABYTE / seconds);
  }
}
