package io.faasflow.examples.experiment;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A chart of grouped bars as a self-contained SVG, with a linear axis from zero and each bar's value
 * above it. Confined to one thread.
 */
public final class BarChart {
  private static final int LEFT = 70;
  private static final int RIGHT = 24;
  private static final int LEGEND_TOP = 70;
  private static final int LEGEND_LINE = 20;
  private static final int LEGEND_COLUMN = 190;
  private static final int LEGEND_COLUMNS = 3;
  private static final int GAP = 28;
  private static final int PLOT_HEIGHT = 300;
  private static final int BELOW = 48;
  private static final int BAR = 34;
  private static final int BETWEEN_GROUPS = 40;
  private static final int LEAST_WIDTH = 720;
  private static final int TICKS = 6;
  private static final double CHARACTER = 7.5; // the width of one, on the average

  private static final String STYLE = """
      text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:#24292f}
      .title{font-size:19px;font-weight:600}
      .note{font-size:13px;fill:#57606a}
      .label{font-size:13px}
      .group{font-size:14px;font-weight:600}
      .value{font-size:11px}
      .grid{stroke:#d8dee4;stroke-width:1}
      .axis{stroke:#57606a;stroke-width:1}
      """;

  private final String title;
  private final String note;
  private final String axis;
  private final List<Series> series;
  private final List<Group> groups = new ArrayList<>();

  /**
   * What the bars of a colour stand for.
   *
   * @param name its name in the legend
   * @param colour a colour as SVG has them, such as {@code #0969da}
   */
  public record Series(String name, String colour) {}

  private record Group(String name, List<Double> values) {}

  /**
   * A chart without bars.
   *
   * @param note a line below the title
   * @param axis what the values are, with their unit
   * @param series what the bars of each group stand for, 1 or more; the legend has three in a row
   */
  public BarChart(String title, String note, String axis, List<Series> series) {
    this.title = title;
    this.note = note;
    this.axis = axis;
    this.series = List.copyOf(series);
  }

  /**
   * Adds a group of bars.
   *
   * @param values one for each series; what is below zero is drawn as zero
   * @return this
   */
  public BarChart group(String name, List<Double> values) {
    if (values.size() != series.size()) {
      throw new IllegalArgumentException(
          values.size() + " values for " + series.size() + " series");
    }
    groups.add(new Group(name, List.copyOf(values)));
    return this;
  }

  /** The chart as the text of an SVG file. */
  public String svg() {
    int groupWidth = series.size() * BAR + BETWEEN_GROUPS;
    int width = Math.max(LEAST_WIDTH, LEFT + RIGHT + groups.size() * groupWidth);
    int legendLines = (series.size() + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
    int top = LEGEND_TOP + legendLines * LEGEND_LINE + GAP;
    int bottom = top + PLOT_HEIGHT;
    StringBuilder svg = new StringBuilder();
    svg.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .append(format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %1$d %2$d\" width=\"%1$d\""
                + " height=\"%2$d\" role=\"img\">%n",
            width, bottom + BELOW))
        .append("<title>" + escaped(title) + "</title>\n")
        .append("<style>" + STYLE + "</style>\n")
        .append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n")
        .append(text(LEFT, 32, "title", "start", title))
        .append(text(LEFT, 53, "note", "start", note));
    legend(svg);
    double step = step();
    double highest = step * Math.max(1, Math.ceil(largest() / step));
    grid(svg, new Plot(width, top, bottom), step, highest);
    double share = (double) (width - LEFT - RIGHT) / Math.max(1, groups.size());
    for (int i = 0; i < groups.size(); i++) {
      group(svg, groups.get(i), LEFT + share * (i + 0.5), share, bottom, highest);
    }
    return svg.append(line(LEFT, bottom, width - RIGHT, bottom, "axis"))
        .append("</svg>\n")
        .toString();
  }

  private record Plot(int width, int top, int bottom) {}

  private void legend(StringBuilder svg) {
    for (int i = 0; i < series.size(); i++) {
      int x = LEFT + i % LEGEND_COLUMNS * LEGEND_COLUMN;
      int y = LEGEND_TOP + i / LEGEND_COLUMNS * LEGEND_LINE;
      svg.append(rect(x, y, 13, 13, series.get(i).colour()))
          .append("/>\n")
          .append(text(x + 20, y + 11, "label", "start", series.get(i).name()));
    }
  }

  private void grid(StringBuilder svg, Plot plot, double step, double highest) {
    for (int tick = 0; tick * step <= highest + step / 2; tick++) {
      double y = plot.bottom() - PLOT_HEIGHT * tick * step / highest;
      svg.append(line(LEFT, y, plot.width() - RIGHT, y, "grid"))
          .append(text(LEFT - 8, y + 4, "label", "end", tick(tick * step)));
    }
    double middle = (plot.top() + plot.bottom()) / 2.0;
    svg.append(format("<g transform=\"translate(20 %.1f) rotate(-90)\">", middle))
        .append(text(0, 0, "label", "middle", axis).strip())
        .append("</g>\n");
  }

  private void group(
      StringBuilder svg, Group group, double middle, double share, int bottom, double highest) {
    double left = middle - series.size() * BAR / 2.0;
    for (int i = 0; i < series.size(); i++) {
      double value = Math.max(0, group.values().get(i));
      double height = PLOT_HEIGHT * value / highest;
      double x = left + i * BAR;
      String tip = group.name() + ", " + series.get(i).name() + ": " + value(value);
      svg.append(rect(x + 2, bottom - height, BAR - 4, height, series.get(i).colour()))
          .append("><title>" + escaped(tip) + "</title></rect>\n")
          .append(text(x + BAR / 2.0, bottom - height - 5, "value", "middle", value(value)));
    }
    int fits = (int) (share / CHARACTER);
    String name = group.name();
    String shown = name.codePointCount(0, name.length()) <= fits
        ? name
        : name.substring(0, name.offsetByCodePoints(0, fits - 1)) + "\u2026";
    svg.append(text(middle, bottom + 24, "group", "middle", shown));
  }

  private double largest() {
    return groups.stream()
        .flatMap(group -> group.values().stream())
        .mapToDouble(Double::doubleValue)
        .max()
        .orElse(0);
  }

  /** The distance of two ticks: 1, 2 or 5 times a power of ten. */
  private double step() {
    double raw = largest() / TICKS;
    if (raw <= 0) {
      return 1;
    }
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double digit = raw / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
  }

  /** A value, with three digits where it has a fraction. */
  private static String value(double value) {
    int decimals = value == 0 || value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
    return format("%." + decimals + "f", value);
  }

  /** A number of the axis, without digits that say nothing. */
  private static String tick(double value) {
    return BigDecimal.valueOf(value)
        .round(new MathContext(6))
        .stripTrailingZeros()
        .toPlainString();
  }

  private static String text(double x, double y, String style, String anchor, String text) {
    return format(
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
        style, x, y, anchor, escaped(text));
  }

  /** The beginning of an element, up to where it may have content. */
  private static String rect(double x, double y, double width, double height, String colour) {
    return format(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"",
        x, y, width, height, escaped(colour));
  }

  private static String line(double x1, double y1, double x2, double y2, String style) {
    return format(
        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
        style, x1, y1, x2, y2);
  }

  /** With a point in numbers, and lines that end alike, wherever this runs. */
  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format.replace("%n", "\n"), arguments);
  }

  /** Text in XML; characters that XML cannot have become the replacement character. */
  static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints().forEach(c -> {
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.appendCodePoint(isXml(c) ? c : 0xFFFD);
      }
    });
    return escaped.toString();
  }

  private static boolean isXml(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 0x20 && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || c >= 0x10000;
  }
}
