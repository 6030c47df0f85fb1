package io.faasflow.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.container.ContainerUsage;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.RunTimeline.Data;
import io.faasflow.observe.RunTimeline.Direction;
import io.faasflow.observe.RunTimeline.Entry;
import io.faasflow.observe.RunTimeline.InContainers;
import io.faasflow.observe.RunTimeline.State;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.WorkflowBuilder;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class RunPageTest {
  private static final String HOSTILE =
      "</script></title></style><img src=x onerror=\"alert(1)\">'&\u0000\u0007\u001b\u009b\uD800\u202e";

  private static Entry entry(String task, int attempt, State state, long... millis) {
    return entry(task, List.of(), "worker-1", attempt, state, null, millis);
  }

  private static Entry entry(
      String task,
      List<Integer> instance,
      String worker,
      int attempt,
      State state,
      @Nullable Throwable failure,
      long... millis) {
    return new Entry(
        new RunEvent.Site(1, task, task, instance, worker),
        attempt,
        state,
        Duration.ofMillis(millis[0]),
        Duration.ofMillis(millis[1]),
        Duration.ofMillis(millis[2]),
        failure);
  }

  private static RunTimeline timeline(long millis, List<Entry> entries) {
    return timeline("orders", millis, entries, 0);
  }

  private static RunTimeline timeline(
      String workflow, long millis, List<Entry> entries, int dropped) {
    return new RunTimeline(
        new RunId(0x0190_0000_0000_7000L, 0x8000_0000_0000_0000L),
        workflow,
        RunStatus.FAILED,
        Duration.ofMillis(millis),
        entries,
        dropped,
        List.of(),
        List.of());
  }

  /** Each SVG of a page, read as XML: markup that escapes its place would break it. */
  private static List<Document> images(String html) throws Exception {
    List<Document> images = new ArrayList<>();
    Matcher svg = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(html);
    while (svg.find()) {
      images.add(DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(new InputSource(new StringReader(svg.group()))));
    }
    return images;
  }

  private static List<String> texts(Document image, String element) {
    NodeList found = image.getElementsByTagName(element);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      texts.add(found.item(i).getTextContent());
    }
    return texts;
  }

  private static long count(String text, String part) {
    return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
  }

  /** The tags of a page, without the values of their attributes. */
  private static List<String> tags(String html) {
    return Pattern.compile("<[^>]*>")
        .matcher(html)
        .results()
        .map(tag -> tag.group().replaceAll("=\"[^\"]*\"", ""))
        .toList();
  }

  @Test
  void page_ofARun_showsHeadingBarsAndLines() throws Exception {
    String html = RunPage.html(timeline(
        1_500,
        List.of(
            entry("load", 1, State.COMPLETED, 0, 100, 300),
            entry(
                "pay",
                List.of(),
                "worker-2",
                1,
                State.TIMED_OUT,
                new TimeoutException("slow"),
                300,
                310,
                800),
            entry("pay", List.of(), "worker-2", 2, State.COMPLETED, null, 900, 900, 1_500),
            entry("refund", 0, State.SKIPPED, 1_500, 1_500, 1_500))));
    assertThat(html)
        .startsWith("<!DOCTYPE html>")
        .contains("<h1>orders <span class=\"badge failed\">failed</span></h1>")
        .contains("01900000-0000-7000-8000-000000000000")
        .contains("<dt>took</dt><dd>1.5 s</dd>", "<dt>tasks</dt><dd>3</dd>")
        .contains("<dt>attempts</dt><dd>3</dd>", "<dt>timed out</dt><dd>1</dd>")
        .contains("<dt>workers</dt><dd>2</dd>")
        .contains("<b>pay</b>, attempt 1, timed out at 800 ms:"
            + " java.util.concurrent.TimeoutException: slow")
        .contains("<td class=\"n\">310 ms</td><td class=\"n\">10 ms</td>"
            + "<td class=\"n\">490 ms</td><td>pay</td>")
        .contains("<details open>")
        .doesNotContain("<h2>Graph");
    List<Document> images = images(html);
    assertThat(texts(images.get(0), "text"))
        .containsExactly(
            "task",
            "worker",
            "0",
            "200 ms",
            "400 ms",
            "600 ms",
            "800 ms",
            "1 s",
            "1.2 s",
            "1.4 s",
            "running: 1 at most");
    assertThat(texts(images.get(1), "text"))
        .containsExactly(
            "load",
            "worker-1",
            "200 ms",
            "pay",
            "worker-2",
            "600 ms, attempt 2",
            "refund",
            "worker-1",
            "skipped");
    assertThat(texts(images.get(1), "title")).contains("""
        pay
        on worker-2
        attempt 1 timed out
        waited 10 ms, ran 490 ms
        from 310 ms to 800 ms
        java.util.concurrent.TimeoutException: slow""");
    assertThat(count(html, "<rect class=\"waiting\""))
        .as("too short ones included")
        .isEqualTo(2);
    assertThat(count(html, "<rect class=\"completed\"")).isEqualTo(2);
    assertThat(count(html, "<rect class=\"timed-out\"")).isEqualTo(1);
    assertThat(count(html, "<path class=\"skipped\"")).isEqualTo(1);
  }

  @Test
  void page_hostileNamesAndFailures_areTextOnly() throws Exception {
    String tame = RunPage.html(timeline(
        "w", 10, List.of(entry("t", List.of(), "p", 1, State.FAILED, new Error("e"), 1, 2, 9)), 0));
    String html = RunPage.html(timeline(
        HOSTILE,
        10,
        List.of(entry(HOSTILE, List.of(), HOSTILE, 1, State.FAILED, new Error(HOSTILE), 1, 2, 9)),
        0));
    assertThat(tags(html))
        .as("the same elements and attributes, whatever the names")
        .isEqualTo(tags(tame));
    assertThat(html)
        .contains("default-src 'none'")
        .contains("&lt;/script&gt;")
        .doesNotContain("<script", "<img", "http://", "https://", "@import");
    html.codePoints()
        .filter(c -> c != '\n')
        .forEach(c -> assertThat(Character.getType(c))
            .isNotIn((int) Character.CONTROL, (int) Character.FORMAT, (int) Character.SURROGATE));
    images(html);
  }

  @Test
  void page_manyInstances_haveOneRow() throws Exception {
    List<Entry> entries = new ArrayList<>();
    entries.add(entry("split", 1, State.COMPLETED, 0, 0, 10));
    for (int i = 0; i < 500; i++) {
      State state = i == 300 ? State.FAILED : State.COMPLETED;
      Error error = i == 300 ? new Error("no") : null;
      entries.add(entry("each", List.of(i), "worker-1", 1, state, error, 10, 10 + i, 11 + i + i));
    }
    for (int i = 0; i < GanttChart.MOST_INSTANCES; i++) {
      entries.add(entry("few", List.of(i), "worker-1", 1, State.COMPLETED, null, 900, 910, 920));
    }
    RunTimeline timeline = timeline(1_020, entries);
    assertThat(GanttChart.rows(timeline)).hasSize(2 + GanttChart.MOST_INSTANCES);
    String html = RunPage.html(timeline);
    assertThat(texts(images(html).get(1), "text"))
        .contains("500 instances: median 250 ms (1 ms to 500 ms), 1 failed", "few[0]", "few[11]")
        .doesNotContain("each[0]");
    assertThat(html).contains("<details><summary><h2>513 lines</h2>");
    assertThat(count(html, "<path class=\"strokes\"")).as("of all, of each").isEqualTo(2);
  }

  @Test
  void page_thousandsOfTasks_isCutAndSaysSo() throws Exception {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < GanttChart.MOST_ROWS + 5; i++) {
      entries.add(entry("task" + i, List.of(), "w", 1, State.FAILED, new Error("no"), i, i, i + 1));
    }
    String html = RunPage.html(timeline("big", 4_000, entries, 7));
    assertThat(html)
        .contains("And 5 further rows not drawn", "And 1,005 further lines.")
        .contains("no room for 7 further attempts", "<li>and 2,995 more</li>");
    images(html);
  }

  @Test
  void page_withASmallGraph_drawsIt() throws Exception {
    Task<Integer, List<Integer>> load = Task.task("load", n -> List.of(n, n));
    Task<Integer, Integer> each = Task.task("each", n -> n);
    Task<List<Integer>, Integer> sum = Task.task("sum", List::size);
    Workflow<Integer, Integer> workflow = Workflow.<Integer>builder("small")
        .sequence(load)
        .foreach(all -> all, each)
        .sequence(sum)
        .build();
    String html = RunPage.html(
        FunctionGraph.of(workflow),
        timeline(
            10,
            List.of(
                entry("load", 1, State.FAILED, 0, 0, 1),
                entry("load", 2, State.COMPLETED, 1, 1, 2),
                entry("each", List.of(0), "w", 1, State.COMPLETED, null, 2, 2, 3),
                entry("each", List.of(1), "w", 1, State.FAILED, new Error("no"), 2, 2, 3))));
    List<Document> images = images(html);
    assertThat(images).hasSize(3);
    assertThat(texts(images.get(2), "title"))
        .contains("load: completed", "each: failed", "sum: nothing is known of it");
    assertThat(html).contains("node completed", "node failed", "node none", "node loop");
  }

  @Test
  void page_withABigGraph_listsItsLayers() throws Exception {
    WorkflowBuilder<Integer, Integer> builder = Workflow.<Integer>builder("big");
    for (int i = 0; i < 200; i++) {
      builder = builder.sequence(Task.task("task" + i, (Integer n) -> n));
    }
    String html = RunPage.html(
        FunctionGraph.of(builder.build()),
        timeline(10, List.of(entry("task0", 1, State.COMPLETED, 0, 0, 1))));
    assertThat(images(html)).as("no drawing").hasSize(2);
    assertThat(count(html, "<li><span class=\"chip")).isEqualTo(200);
    assertThat(html).contains("<span class=\"chip completed\">task0</span>");
  }

  @Test
  void compensation_hasARowOfItsOwn() throws Exception {
    Task<Integer, Integer> book = Task.task("book", x -> x);
    FunctionGraph graph =
        FunctionGraph.of(Workflow.<Integer>builder("orders").sequence(book).build());
    String html = RunPage.html(
        graph,
        timeline(
            100,
            List.of(
                entry("book", 1, State.COMPLETED, 0, 0, 10),
                entry(
                    "book",
                    List.of(),
                    "worker-1",
                    1,
                    State.NOT_UNDONE,
                    new TimeoutException("later"),
                    20,
                    20,
                    30),
                entry("book", 2, State.UNDONE, 40, 40, 90))));
    assertThat(html)
        .contains("<dt>attempts</dt><dd>1</dd>", "<dt>undone</dt><dd>1</dd>")
        .contains("<dt>not undone</dt><dd>1</dd>")
        .contains("<b>undo book</b>, attempt 1, not undone at 30 ms:")
        .contains("<i class=\"undone\"></i>", "<tr class=\"undone\">")
        .doesNotContain("<i class=\"skipped\"></i>");
    List<Document> images = images(html);
    assertThat(texts(images.get(1), "text"))
        .containsExactly("book", "10 ms", "undo book", "undone in 50 ms, attempt 2");
    assertThat(texts(images.get(2), "title")).contains("book: undone");
  }

  @Test
  void data_isListedByTaskAndTier() throws Exception {
    RunTimeline base = timeline(100, List.of(entry("load", 1, State.COMPLETED, 0, 0, 10)));
    String html = RunPage.html(new RunTimeline(
        base.run(),
        base.workflow(),
        base.status(),
        base.took(),
        base.entries(),
        0,
        List.of(
            new Data("load", Direction.SAVED, "memory", 2, 1_500, Duration.ofMillis(1)),
            new Data("load", Direction.SAVED, "redis<b>", 1, 2_500_000, Duration.ofMillis(30)),
            new Data("load", Direction.FETCHED, "redis<b>", 3, 999, Duration.ofMillis(4)),
            new Data("store", Direction.FETCHED, "redis<b>", 1, -1, Duration.ofMillis(5)),
            new Data("store", Direction.FETCHED, "disk", 1, -1, Duration.ofMillis(6))),
        List.of()));
    assertThat(html)
        .contains("<h2>Data</h2>")
        .contains("Saved: 1.5 KB memory, 2.5 MB redis&lt;b&gt;. Fetched: an unknown size disk,"
            + " 999 B redis&lt;b&gt;. ")
        .contains("<td>disk</td><td class=\"n\">1</td><td class=\"n\">an unknown size</td>")
        .contains("<td>load</td><td>fetched</td><td>redis&lt;b&gt;</td><td class=\"n\">3</td>"
            + "<td class=\"n\">999 B</td><td class=\"n\">4 ms</td>");
    assertThat(RunPage.html(base)).doesNotContain("<h2>Data");
  }

  @Test
  void containers_areListedByTask() {
    RunTimeline base = timeline(100, List.of(entry("load", 1, State.COMPLETED, 0, 0, 10)));
    String html = RunPage.html(new RunTimeline(
        base.run(),
        base.workflow(),
        base.status(),
        base.took(),
        base.entries(),
        0,
        List.of(),
        List.of(
            new InContainers(
                "l<o>ad",
                3,
                new ContainerUsage(Duration.ofMillis(7), OptionalLong.of(2_500_000), 1_500, 999)),
            new InContainers("store", 1, ContainerUsage.NONE))));
    assertThat(html)
        .contains("<h2>Containers</h2>")
        .contains("<td>l&lt;o&gt;ad</td><td class=\"n\">3</td><td class=\"n\">7 ms</td>"
            + "<td class=\"n\">2.5 MB</td><td class=\"n\">1.5 KB</td><td class=\"n\">999 B</td>")
        .contains("<td>store</td><td class=\"n\">1</td><td class=\"n\">0</td>"
            + "<td class=\"n\">an unknown size</td>");
    assertThat(RunPage.html(base)).doesNotContain("<h2>Containers");
  }

  @Test
  void page_ofARunThatHasJustBegun_isThere() {
    assertThat(RunPage.html(new RunTimeline(
            new RunId(1L << 16, 1),
            "new",
            RunStatus.RUNNING,
            Duration.ZERO,
            List.of(),
            0,
            List.of(),
            List.of())))
        .contains("No attempt is over", "<dt>so far</dt><dd>0</dd>");
  }
}
