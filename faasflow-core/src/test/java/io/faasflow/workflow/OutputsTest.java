package io.faasflow.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputsTest {
  private static final Task<String, Integer> LENGTH = Task.task("length", String::length);
  private static final Task<String, String> UPPER = Task.task("upper", s -> s + "!");
  private static final Task<String, String> NOTHING = Task.task("nothing", s -> null);
  private static final Task<String, String> SKIPPED = Task.task("skipped", s -> s);

  private static final Outputs.Layout LAYOUT = new Outputs.Layout(
      List.of(LENGTH, UPPER, NOTHING, SKIPPED),
      List.of("length", "upper", "nothing", "skipped"),
      "a test");

  private static Outputs outputs() {
    return LAYOUT.outputs(new Object[] {4, "UP", null, Outputs.absent()});
  }

  @Test
  void get_aStepThatRan_givesItsOutputInItsType() {
    int length = outputs().get(LENGTH);
    String upper = outputs().get(UPPER);
    assertThat(length).isEqualTo(4);
    assertThat(upper).isEqualTo("UP");
  }

  @Test
  void get_aStepThatGaveNull_givesNull() {
    assertThat(outputs().get(NOTHING)).isNull();
  }

  @Test
  void get_aSkippedStep_namesItAndTheCure() {
    assertThatThrownBy(() -> outputs().get(SKIPPED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("'skipped'", "find()");
  }

  @Test
  void find_anyStep_isEmptyForNullAndSkipped() {
    assertThat(outputs().find(LENGTH)).contains(4);
    assertThat(outputs().find(NOTHING)).isEmpty();
    assertThat(outputs().find(SKIPPED)).isEmpty();
  }

  @Test
  void getAndFind_aHandleThatIsOnlyEqual_areRefusedWithWhatThereIs() {
    Task<String, Integer> copy = LENGTH.as("length");
    assertThat(copy).isEqualTo(LENGTH);
    assertThatThrownBy(() -> outputs().get(copy))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'length'", "a test", "[length, upper, nothing, skipped]");
    assertThatThrownBy(() -> outputs().find(copy)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void asMap_leavesOutWhatWasSkippedAndKeepsNullAndOrder() {
    assertThat(outputs().asMap().keySet()).containsExactly("length", "upper", "nothing");
    assertThat(outputs().asMap()).containsEntry("length", 4).containsEntry("nothing", null);
    assertThatThrownBy(() -> outputs().asMap().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(outputs()).hasToString("Outputs{length=4, upper=UP, nothing=null}");
  }

  @Test
  void values_leaveOutWhatWasSkippedAndKeepNullAndOrder() {
    assertThat(outputs().values()).isEqualTo(Arrays.asList(4, "UP", null));
    assertThatThrownBy(() -> outputs().values().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void layout_wrongNumberOfValues_isRefused() {
    assertThatThrownBy(() -> LAYOUT.outputs(new Object[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("4 steps but 1 values");
  }
}
