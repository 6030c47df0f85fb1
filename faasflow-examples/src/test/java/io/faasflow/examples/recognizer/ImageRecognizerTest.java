package io.faasflow.examples.recognizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.FaasFlow;
import io.faasflow.examples.recognizer.Verdict.Decision;
import io.faasflow.partition.HashSpread;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageRecognizerTest {
  private static final List<Image> IMAGES =
      IntStream.range(0, 50).mapToObj(Image::generate).toList();

  private static List<Verdict> run(int workers, List<Image> images) {
    try (FaasFlow flow =
        FaasFlow.builder().workers(workers).partitioner(new HashSpread()).build()) {
      return flow.run(ImageRecognizer.workflow(), images);
    }
  }

  @Test
  void run_images_givesVerdictsOfEachKindInOrder() {
    List<Verdict> verdicts = run(1, IMAGES);
    assertThat(verdicts)
        .extracting(Verdict::image)
        .isEqualTo(IMAGES.stream().map(Image::name).toList());
    assertThat(verdicts).extracting(Verdict::decision).contains(Decision.values());
    for (Verdict verdict : verdicts) {
      assertThat(verdict.caption()).doesNotContain("damned", "idiot");
      if (verdict.decision() == Decision.PIXELATED) {
        assertThat(verdict.score()).isBetween(0.5, 1.0);
        assertThat(verdict.caption()).isEmpty();
      } else {
        assertThat(verdict.caption().contains("*"))
            .isEqualTo(verdict.decision() == Decision.CENSORED);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 7})
  void run_onSeveralWorkers_givesTheSame(int workers) {
    assertThat(run(workers, IMAGES)).isEqualTo(run(1, IMAGES));
  }

  @Test
  void run_noImages_givesNoVerdicts() {
    assertThat(run(1, List.of())).isEmpty();
  }

  @Test
  void pixelated_image_isCoarseAndWithoutCaption() {
    Image image = Image.generate(1);
    assertThat(image).isEqualTo(Image.generate(1)).isNotEqualTo(Image.generate(2));
    assertThat(image.pixelated().caption()).isEmpty();
    assertThat(image.pixelated()).isEqualTo(image.pixelated().pixelated()).isNotEqualTo(image);
  }
}
