package io.faasflow.examples.mandelbrot;

import static io.faasflow.workflow.Task.task;

import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.List;
import java.util.stream.IntStream;

/** The workflow that draws the Mandelbrot set in text, all rows in parallel. Thread-safe. */
public final class Mandelbrot {
  /**
   * What to draw. Immutable.
   *
   * @param columns characters a row, 1 to 10,000
   * @param rows 1 to 10,000
   * @param iterations how long a point is followed before it counts as a member, 1 to 1,000,000
   */
  public record Picture(int columns, int rows, int iterations) {
    /** Refuses what is out of range. */
    public Picture {
      check("columns", columns, 10_000);
      check("rows", rows, 10_000);
      check("iterations", iterations, 1_000_000);
    }

    private static void check(String name, int value, int most) {
      if (value < 1 || value > most) {
        throw new IllegalArgumentException(name + " must be from 1 to " + most + ", was " + value);
      }
    }
  }

  private record Row(Picture picture, int number) {
    String draw() {
      StringBuilder text = new StringBuilder(picture.columns());
      double y = 2.5 * (number + 0.5) / picture.rows() - 1.25;
      for (int column = 0; column < picture.columns(); column++) {
        double x = 3.5 * (column + 0.5) / picture.columns() - 2.5;
        int steps = stepsToEscape(x, y);
        int shade =
            steps == picture.iterations() ? SHADES.length() - 1 : steps % (SHADES.length() - 1);
        text.append(SHADES.charAt(shade));
      }
      return text.toString().stripTrailing();
    }

    private int stepsToEscape(double x, double y) {
      double re = 0;
      double im = 0;
      int steps = 0;
      while (re * re + im * im <= 4 && steps < picture.iterations()) {
        double next = re * re - im * im + x;
        im = 2 * re * im + y;
        re = next;
        steps++;
      }
      return steps;
    }
  }

  private static final String SHADES = " .,:;-=+*%@#";

  private Mandelbrot() {}

  /** The workflow. It takes what to draw and gives the lines of the picture. */
  public static Workflow<Picture, String> workflow() {
    Task<Picture, List<Row>> rows = task(
        "rows",
        picture -> IntStream.range(0, picture.rows())
            .mapToObj(n -> new Row(picture, n))
            .toList());
    Task<Row, String> draw = task("draw", Row::draw);
    Task<List<String>, String> join = task("join", lines -> String.join("\n", lines));

    return Workflow.<Picture>builder("mandelbrot")
        .sequence(rows)
        .foreach(all -> all, draw)
        .sequence(join)
        .build();
  }
}
