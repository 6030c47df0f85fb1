package io.faasflow.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FunctionRegistryTest {
  private static final TaskFunction<String, Integer> LENGTH = String::length;

  @Test
  void find_registeredName_givesTheVeryFunction() {
    ContextFunction<String, String> where = (input, context) -> input + context.worker();
    FunctionRegistry registry = FunctionRegistry.builder()
        .register("length", LENGTH)
        .registerContextual("where", where)
        .build();
    assertThat(registry.find("length").orElseThrow()).isSameAs(LENGTH);
    assertThat(registry.find("where").orElseThrow()).isSameAs(where);
    assertThat(registry.find("other")).isEmpty();
    assertThat(registry.find("LENGTH")).isEmpty();
    assertThat(registry).hasToString("FunctionRegistry[length, where]");
  }

  @Test
  void names_areInTheOrderOfRegistrationAndCannotBeChanged() {
    FunctionRegistry registry = FunctionRegistry.builder()
        .register("z", LENGTH)
        .register("a", LENGTH)
        .register("m", LENGTH)
        .build();
    assertThat(registry.names()).containsExactly("z", "a", "m");
    assertThatThrownBy(() -> registry.names().remove("a"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void register_takenName_isRefusedWhicheverTheKind() {
    FunctionRegistry.Builder builder = FunctionRegistry.builder().register("a", LENGTH);
    assertThatThrownBy(() -> builder.register("a", LENGTH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'a'");
    assertThatThrownBy(() -> builder.<String, String>registerContextual("a", (in, c) -> in))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'a'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n"})
  void register_blankName_isRefused(String name) {
    assertThatThrownBy(() -> FunctionRegistry.builder().register(name, LENGTH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blank");
  }

  @Test
  void register_null_isRefusedAndLeavesNothingBehind() {
    FunctionRegistry.Builder builder = FunctionRegistry.builder();
    assertThatThrownBy(() -> builder.register(null, LENGTH))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> builder.register("a", (TaskFunction<String, String>) null))
        .isInstanceOf(NullPointerException.class);
    assertThat(builder.build().names()).isEmpty();
  }

  @Test
  void build_again_givesARegistryOfItsOwn() {
    FunctionRegistry.Builder builder = FunctionRegistry.builder().register("a", LENGTH);
    FunctionRegistry first = builder.build();
    FunctionRegistry second = builder.register("b", LENGTH).build();
    assertThat(first.names()).containsExactly("a");
    assertThat(second.names()).containsExactly("a", "b");
    assertThat(FunctionRegistry.empty().names()).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway")
  void taskFunction_givenAContext_ignoresIt() throws Exception {
    ContextFunction<String, Integer> function = LENGTH;
    assertThat(function.apply("four", null)).isEqualTo(4);
  }
}
