package io.faasflow.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The axis of a chart: where a time is, and where the ticks are. Immutable.
 *
 * @param nanos the last moment, 1 or more
 * @param left where the axis begins
 * @param right where it ends
 */
record TimeScale(long nanos, double left, double right) {
  private static final int MOST_TICKS = 10;
  private static final long MICROS = 1_000;
  private static final long MILLIS = 1_000 * MICROS;
  private static final long SECOND = 1_000 * MILLIS;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  /** Steps that people count in, beyond a second. */
  private static final List<Long> STEPS = List.of(
      SECOND,
      2 * SECOND,
      5 * SECOND,
      10 * SECOND,
      15 * SECOND,
      30 * SECOND,
      MINUTE,
      2 * MINUTE,
      5 * MINUTE,
      10 * MINUTE,
      15 * MINUTE,
      30 * MINUTE,
      HOUR,
      2 * HOUR,
      3 * HOUR,
      6 * HOUR,
      12 * HOUR,
      DAY);

  /** Where a time is; at an end of the axis where it is beyond. */
  double x(Duration time) {
    return x(time.toNanos());
  }

  double x(long at) {
    return left + (right - left) * Math.min(Math.max((double) at / nanos, 0), 1);
  }

  /** The ticks, from 0 on. */
  List<Long> ticks() {
    long step = step();
    List<Long> ticks = new ArrayList<>();
    for (long i = 0; i <= nanos / step; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  private long step() {
    for (long ten = 1; ten < SECOND; ten *= 10) {
      for (long step : new long[] {ten, 2 * ten, 5 * ten}) {
        if (nanos / step <= MOST_TICKS) {
          return step;
        }
      }
    }
    for (long step : STEPS) {
      if (nanos / step <= MOST_TICKS) {
        return step;
      }
    }
    return (nanos / DAY / MOST_TICKS + 1) * DAY;
  }

  /** {@code 250 ns}, {@code 12.3 µs}, {@code 4.5 ms}, {@code 1.25 s}, {@code 1 min 30 s}, {@code 2 h}. */
  static String text(Duration time) {
    return text(time.toNanos());
  }

  static String text(long nanos) {
    if (nanos < 0) {
      return "-" + text(-nanos);
    }
    if (nanos < MICROS) {
      return nanos == 0 ? "0" : nanos + " ns";
    }
    // What would be rounded to 1000 of a unit is 1 of the next.
    if (nanos < MILLIS - MICROS / 2) {
      return digits((double) nanos / MICROS) + " µs";
    }
    if (nanos < SECOND - MILLIS / 2) {
      return digits((double) nanos / MILLIS) + " ms";
    }
    if (nanos < MINUTE - SECOND / 20) {
      return digits((double) nanos / SECOND) + " s";
    }
    if (nanos < HOUR) {
      return two(nanos + SECOND / 2, MINUTE, "min", SECOND, "s");
    }
    return nanos < 2 * DAY
        ? two(nanos + MINUTE / 2, HOUR, "h", MINUTE, "min")
        : two(nanos + HOUR / 2, DAY, "d", HOUR, "h");
  }

  /** Three digits, without zeros at the end. */
  private static String digits(double value) {
    String format = value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f";
    String text = String.format(Locale.ROOT, format, value);
    return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
  }

  private static String two(long nanos, long big, String bigName, long small, String smallName) {
    long rest = nanos % big / small;
    return nanos / big + " " + bigName + (rest == 0 ? "" : " " + rest + " " + smallName);
  }
}
