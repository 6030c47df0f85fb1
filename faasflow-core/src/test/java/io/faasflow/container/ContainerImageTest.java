package io.faasflow.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ContainerImageTest {
  private static final ContainerImage IMAGE = ContainerImage.of("acme/a:1");

  @Test
  void of_aName_hasTheDefaults() {
    assertThat(IMAGE.name()).isEqualTo("acme/a:1");
    assertThat(IMAGE.protocol()).isEqualTo(ContainerProtocol.OPENWHISK);
    assertThat(IMAGE.main()).isEmpty();
    assertThat(IMAGE.source()).isEmpty();
    assertThat(IMAGE.environment()).isEmpty();
    assertThat(IMAGE.network()).isFalse();
  }

  @Test
  void of_whatIsNoName_isRefused() {
    for (String name : List.of("", " ", "-a", "a b", "a\nb", "a;b", "ä")) {
      assertThatThrownBy(() -> ContainerImage.of(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is no name of an image");
    }
  }

  @Test
  void with_each_changesACopy() {
    ContainerImage changed = IMAGE
        .withProtocol(ContainerProtocol.LAMBDA)
        .withMain("m")
        .withSource("s")
        .withEnvironment(Map.of("K", "v"))
        .withNetwork();
    assertThat(changed.protocol()).isEqualTo(ContainerProtocol.LAMBDA);
    assertThat(changed.main()).contains("m");
    assertThat(changed.source()).contains("s");
    assertThat(changed.environment()).containsExactly(Map.entry("K", "v"));
    assertThat(changed.network()).isTrue();
    assertThat(IMAGE).isEqualTo(ContainerImage.of("acme/a:1")).isNotEqualTo(changed);
  }

  @Test
  void equals_anyDifference_isSeen() {
    assertThat(List.of(
            IMAGE.withProtocol(ContainerProtocol.LAMBDA),
            IMAGE.withMain("m"),
            IMAGE.withSource("s"),
            IMAGE.withEnvironment(Map.of("K", "v")),
            IMAGE.withNetwork(),
            ContainerImage.of("other")))
        .doesNotContain(IMAGE)
        .doesNotHaveDuplicates();
    assertThat(IMAGE.withMain("m")).hasSameHashCodeAs(IMAGE.withMain("m"));
  }

  @Test
  void environment_givenAMap_isACopyWithCheckedNames() {
    Map<String, String> given = new HashMap<>(Map.of("K", "v"));
    ContainerImage image = IMAGE.withEnvironment(given);
    given.put("L", "w");
    assertThat(image.environment()).containsOnlyKeys("K");
    assertThatThrownBy(() -> IMAGE.withEnvironment(Map.of("A=B", "v")))
        .hasMessageContaining("'A=B' is no name of an environment variable");
  }

  @Test
  void blankText_isRefused() {
    assertThatThrownBy(() -> IMAGE.withMain(" ")).hasMessageContaining("main");
    assertThatThrownBy(() -> IMAGE.withSource("")).hasMessageContaining("source");
  }

  @Test
  void toString_ofAnImage_tellsNoSecrets() {
    assertThat(IMAGE.withEnvironment(Map.of("TOKEN", "secret")).withSource("code"))
        .hasToString("image 'acme/a:1'");
  }

  @Test
  void protocol_byName() {
    assertThat(ContainerProtocol.of("lambda")).contains(ContainerProtocol.LAMBDA);
    assertThat(ContainerProtocol.of("LAMBDA")).isEmpty();
    assertThat(ContainerProtocol.names()).containsExactly("openwhisk", "lambda");
  }

  @Test
  void exceptions_carryTheLogAndTheExit() {
    ContainerDiedException died =
        new ContainerDiedException("i", "It died", "last words", OptionalInt.of(137), true, null);
    assertThat(died).hasMessage("It died\nThe end of the container's log:\nlast words");
    assertThat(died.image()).isEqualTo("i");
    assertThat(died.log()).isEqualTo("last words");
    assertThat(died.exitCode()).hasValue(137);
    assertThat(died.outOfMemory()).isTrue();
    assertThat(new ContainerDiedException("i", "m", "", OptionalInt.empty(), false, null))
        .hasMessage("m")
        .satisfies(e -> assertThat(e.exitCode()).isEmpty());
  }
}
