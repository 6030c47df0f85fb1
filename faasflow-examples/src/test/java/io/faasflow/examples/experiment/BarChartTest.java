package io.faasflow.examples.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.examples.experiment.BarChart.Series;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class BarChartTest {
  private static final List<Series> TWO =
      List.of(new Series("a & b", "#ff0000"), new Series("<c>", "#0000ff"));

  private static BarChart chart() {
    return new BarChart("a \"title\"", "it's a note", "time in ms", TWO);
  }

  private static Document parsed(String svg) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    factory.setNamespaceAware(true);
    return factory
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<String> texts(Document document) {
    NodeList nodes = document.getElementsByTagNameNS("http://www.w3.org/2000/svg", "text");
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }

  @Test
  void svg_anyNames_isWellFormedAndKeepsThem() throws Exception {
    String svg = chart()
        .group("<script>alert('&')</script>", List.of(1.0, 2.0))
        .group("bell\u0007 and \ud800", List.of(0.0, -1.0))
        .svg();
    assertThat(texts(parsed(svg)))
        .contains("a \"title\"", "it's a note", "time in ms", "a & b", "<c>")
        .contains("<script>alert('&')</script>", "bell\ufffd and \ufffd")
        .contains("1.00", "2.00", "0");
    assertThat(svg).doesNotContain("<script", "href", "url(");
  }

  @Test
  void svg_bars_areAsHighAsTheirValues() throws Exception {
    Document document = parsed(chart().group("g", List.of(5.0, 10.0)).svg());
    NodeList rects = document.getElementsByTagNameNS("http://www.w3.org/2000/svg", "rect");
    // The background and the two of the legend come first.
    assertThat(rects.item(3).getAttributes().getNamedItem("height").getNodeValue())
        .isEqualTo("150.0");
    assertThat(rects.item(4).getAttributes().getNamedItem("height").getNodeValue())
        .isEqualTo("300.0");
  }

  @ParameterizedTest
  @CsvSource({"7, 8", "0.07, 0.08", "34, 40", "1200, 1200", "1, 1", "6e-7, 0.0000006"})
  void svg_axis_endsAtARoundNumberAboveTheLargest(double value, String last) throws Exception {
    assertThat(texts(parsed(chart().group("g", List.of(value, 0.0)).svg()))).contains(last);
  }

  @Test
  void svg_longName_isShortened() throws Exception {
    String name = "n".repeat(300);
    assertThat(texts(parsed(chart().group(name, List.of(1.0, 1.0)).svg())))
        .doesNotContain(name)
        .anyMatch(text -> text.matches("n{20,}\u2026"));
  }

  @Test
  void svg_nothingToDraw_isWellFormed() throws Exception {
    assertThat(texts(parsed(chart().svg()))).contains("0", "1");
    assertThat(texts(parsed(chart().group("g", List.of(0.0, 0.0)).svg()))).contains("g", "0");
  }

  @Test
  void group_wrongNumberOfValues_isRefused() {
    assertThatThrownBy(() -> chart().group("g", List.of(1.0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 values for 2 series");
  }
}
