package io.faasflow.faastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.jsontype.BasicPolymorphicTypeValidator;
import io.faasflow.run.FailureSite;
import io.faasflow.run.InstanceResult;
import io.faasflow.run.RemoteFailureException;
import io.faasflow.run.TaskFailure;
import io.faasflow.store.Blob;
import io.faasflow.store.Composite;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Task;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecsTest {
  /** An order, as a user's code has it. */
  record Order(String id, long cents, List<String> lines) {}

  private interface Shape {}

  private record Circle(double radius) implements Shape {}

  private final Codecs codecs = Codecs.builder().json("order", Order.class).build();

  private Object again(Object value) {
    return again(value, List.of());
  }

  private Object again(Object value, List<Composite.Form> forms) {
    return codecs.decode(codecs.encode(value, "task", forms), "task", forms);
  }

  private static String text(Payload payload) throws IOException {
    return new String(payload.toByteArray(), StandardCharsets.UTF_8);
  }

  static Stream<Object> values() {
    Map<String, Object> nulls = new HashMap<>();
    nulls.put("a", null);
    nulls.put("@long", 1);
    return Stream.of(
        1,
        -7L,
        1L << 40,
        0.1,
        -0.0,
        3.0,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.MIN_VALUE,
        1.5f,
        (short) 3,
        (byte) 4,
        'x',
        '\uD800',
        true,
        "text",
        "",
        "€ 𝄞 \u0000",
        "half \uD834 a pair",
        new BigInteger("12345678901234567890123"),
        BigInteger.ONE,
        new BigDecimal("1.10"),
        Instant.ofEpochSecond(1, 5),
        Duration.ofMillis(1500),
        LocalDate.of(2024, 2, 29),
        new UUID(1, 2),
        List.of(),
        List.of(1, 2L, "x", List.of(true)),
        Arrays.asList(1, null),
        Set.of("a", "b"),
        new TreeSet<>(List.of(3, 1, 2)),
        Map.of("a", 1L, "b", Map.of("c", 2.5)),
        Map.of(1, "one", 2, "two"),
        nulls,
        new TreeMap<>(Map.of("z", 1, "a", 2)),
        Optional.of("x"),
        Optional.empty(),
        new Order("o-1", 1299, List.of("a", "b")),
        List.of(new Order("o-2", 5, List.of())),
        Map.of("half \uD834", "\uDD1E"),
        new InstanceResult.Completed<>(List.of(1L)));
  }

  @ParameterizedTest
  @MethodSource("values")
  void decode_encoded_isEqualAndOfTheSameType(Object value) {
    Object found = again(value);
    assertThat(found).isEqualTo(value);
    if (!(value instanceof java.util.Collection || value instanceof Map)) {
      assertThat(found).hasSameClassAs(value);
    }
    assertThat(codecs.size(value)).isGreaterThanOrEqualTo(0);
  }

  @Test
  void decode_sorted_isSorted() {
    assertThat(again(new TreeMap<>(Map.of("z", 1, "a", 2)))).isInstanceOf(TreeMap.class);
    assertThat(again(new TreeSet<>(List.of(3, 1)))).isInstanceOf(TreeSet.class);
  }

  @Test
  void decode_null_isNull() {
    assertThat(again(null)).isNull();
    assertThat(codecs.size(null)).isEqualTo(1);
  }

  @Test
  void decode_arrays_haveTheirElements() {
    assertThat(again(new byte[] {1, 2})).isEqualTo(new byte[] {1, 2});
    assertThat(again(new byte[0])).isEqualTo(new byte[0]);
    assertThat(again(new int[] {1, 2})).isEqualTo(new int[] {1, 2});
    assertThat(again(new long[] {1, 1L << 50})).isEqualTo(new long[] {1, 1L << 50});
    assertThat(again(new double[] {1, Double.NaN})).isEqualTo(new double[] {1, Double.NaN});
    assertThat(again(new String[] {"a", null})).isEqualTo(new String[] {"a", null});
    List<?> list = (List<?>) again(List.of(new byte[] {1}, new byte[] {2}));
    assertThat(list.get(0)).isEqualTo(new byte[] {1});
    assertThat(list.get(1)).isEqualTo(new byte[] {2});
  }

  @Test
  void decode_buffer_hasWhatRemained() {
    ByteBuffer buffer = ByteBuffer.wrap(new byte[] {1, 2, 3}, 1, 2);
    assertThat(again(buffer)).isEqualTo(buffer);
    assertThat(again(List.of(buffer))).isEqualTo(List.of(buffer));
    assertThat(buffer.remaining()).isEqualTo(2);
  }

  @Test
  void decode_blob_keepsItsContentType() throws IOException {
    Blob blob = Blob.of("image/png", new byte[] {1, 2, 3});
    Blob found = (Blob) again(blob);
    assertThat(found.contentType()).isEqualTo("image/png");
    assertThat(found.buffer()).isEqualTo(blob.buffer());
    Blob inList = (Blob) ((List<?>) again(List.of(blob))).get(0);
    assertThat(inList.contentType()).isEqualTo("image/png");
    assertThat(inList.buffer()).isEqualTo(blob.buffer());
  }

  @Test
  void decode_outputsOfParallelSteps_areFoundByHandle() {
    Task<Integer, Integer> left = Task.task("left", x -> x);
    Task<Integer, Integer> right = Task.task("right", x -> x);
    Outputs.Layout layout =
        new Outputs.Layout(List.of(left, right), List.of("left", "right"), "a test");
    Outputs outputs = layout.outputs(new Object[] {1, Outputs.absent()});
    List<Composite.Form> forms =
        List.of(new Outputs.Layout(List.of(), List.of(), "another"), layout);
    Outputs found = (Outputs) again(outputs, forms);
    assertThat(found.get(left)).isEqualTo(1);
    assertThat(found.find(right)).isEmpty();
    assertThatThrownBy(() -> again(outputs))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("another workflow");
  }

  @Test
  void decode_failure_hasEverythingButTheExceptionItself() {
    TaskFailure failure = new TaskFailure(
        new FailureSite("task", "function", List.of(1, 2), 3, "worker-1"),
        new IllegalStateException("broken"),
        Map.of("x", 1));
    TaskFailure found = (TaskFailure) again(failure);
    assertThat(found.site()).isEqualTo(failure.site());
    assertThat(found.input()).isEqualTo(failure.input());
    assertThat(found.text()).contains("broken");
    assertThat(found.cause()).isInstanceOfSatisfying(RemoteFailureException.class, cause -> {
      assertThat(cause.type()).isEqualTo(IllegalStateException.class.getName());
      assertThat(cause.trace()).contains("CodecsTest");
    });
    TaskFailure twice = (TaskFailure) again(found);
    assertThat(((RemoteFailureException) twice.cause()).type())
        .isEqualTo(IllegalStateException.class.getName());
    assertThat(again(new InstanceResult.Failed<>(failure)))
        .isInstanceOf(InstanceResult.Failed.class);
  }

  @Test
  void encode_kinds_haveTheirContentTypes() throws IOException {
    assertThat(codecs.encode(new byte[1], "t", List.of()).contentType())
        .isEqualTo("application/octet-stream");
    assertThat(codecs.encode("x", "t", List.of()).contentType())
        .isEqualTo("text/plain; charset=utf-8");
    Payload plain = codecs.encode(Map.of("a", List.of(1, "x", 2.5)), "t", List.of());
    assertThat(plain.contentType()).isEqualTo("application/json");
    assertThat(text(plain)).isEqualTo("{\"a\":[1,\"x\",2.5]}");
    assertThat(codecs.encode(List.of(new byte[1]), "t", List.of()).contentType())
        .isEqualTo("application/cbor");
    Payload order = codecs.encode(new Order("o", 1, List.of()), "t", List.of());
    assertThat(order.contentType()).isEqualTo("application/json; faasflow-codec=order");
    assertThat(text(order)).isEqualTo("{\"id\":\"o\",\"cents\":1,\"lines\":[]}");
  }

  @Test
  void encode_bytes_copiesNone() {
    byte[] bytes = new byte[1 << 20];
    ByteBuffer buffer =
        codecs.encode(bytes, "t", List.of()).buffers().orElseThrow().get(0);
    bytes[5] = 7;
    assertThat(buffer.get(5)).isEqualTo((byte) 7);
  }

  @Test
  void encode_unknownType_namesTaskTypeAndCure() {
    assertThatThrownBy(() -> codecs.encode(List.of(new Circle(1)), "draw", List.of()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("'draw'")
        .hasMessageContaining(Circle.class.getName())
        .hasMessageContaining("json(\"name\", Circle.class)");
    assertThat(codecs.size(new Circle(1))).isEqualTo(-1);
    assertThat(codecs.size(List.of(1, new Circle(1)))).isEqualTo(-1);
  }

  @Test
  void encode_listsInThemselves_areRefused() {
    List<Object> endless = new ArrayList<>();
    endless.add(endless);
    assertThatThrownBy(() -> codecs.encode(endless, "t", List.of()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("500 deep");
    assertThat(codecs.size(endless)).isEqualTo(-1);
  }

  @Test
  void encode_deepButAllowed_comesBack() {
    Object deep = "core";
    for (int i = 0; i < ValueTags.MAX_DEPTH - 1; i++) {
      deep = i % 2 == 0 ? List.of(deep) : Collections.singletonMap(1, deep);
    }
    assertThat(again(deep)).isEqualTo(deep);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[1",
        "1 2",
        "{\"@value\":[\"java.lang.Runtime\",\"application/json\",\"e30=\"]}",
        "{\"@type\":\"java.lang.Runtime\"}",
        "{\"@uuid\":\"x\"}",
        "{\"@instant\":\"x\"}",
        "{\"@outputs\":[9]}",
        "{\"@outputs\":[]}",
        "{\"@failure\":[1]}",
        "{\"@failed\":1}",
        "{\"@ints\":[\"x\"]}",
        "{\"@long\":1,\"x\":2}",
        "{\"@blob\":[\"x\"]}",
      })
  void decode_whatNobodyEncoded_isRefused(String json) {
    Payload payload = Payload.of("application/json", json.getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> codecs.decode(payload, "task", List.of()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("'task'");
  }

  @Test
  void decode_nestedTooDeeply_isRefused() {
    String json = "[".repeat(100_000) + "]".repeat(100_000);
    Payload payload = Payload.of("application/json", json.getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> codecs.decode(payload, "task", List.of()))
        .isInstanceOf(CodecException.class);
  }

  @Test
  void decode_unknownCodecOrContentType_saysWhatToDo() {
    assertThatThrownBy(() -> codecs.decode(
            Payload.of("application/json; faasflow-codec=other", new byte[0]), "t", List.of()))
        .hasMessageContaining("'other'")
        .hasMessageContaining("Codecs.builder()");
    assertThatThrownBy(() -> codecs.decode(Payload.of("image/png", new byte[0]), "t", List.of()))
        .hasMessageContaining("image/png");
  }

  @Test
  void codec_ofASuperType_takesItsSubtypes() {
    Codecs shapes = Codecs.builder().codec(new ShapeCodec()).build();
    Payload payload = shapes.encode(new Circle(2), "t", List.of());
    assertThat(payload.contentType()).isEqualTo("text/x-shape; faasflow-codec=shape");
    assertThat(shapes.decode(payload, "t", List.of())).isEqualTo(new Circle(2));
    assertThat(shapes.size(new Circle(2))).isEqualTo(42);
    Payload inList = shapes.encode(List.of(new Circle(2)), "t", List.of());
    assertThat(shapes.decode(inList, "t", List.of())).isEqualTo(List.of(new Circle(2)));
  }

  private static final class ShapeCodec implements Codec<Shape> {
    @Override
    public String name() {
      return "shape";
    }

    @Override
    public Class<Shape> type() {
      return Shape.class;
    }

    @Override
    public String contentType() {
      return "text/x-shape";
    }

    @Override
    public long size(Shape value) {
      return 42;
    }

    @Override
    public Payload encode(Shape value) {
      String text = Double.toString(((Circle) value).radius());
      return Payload.of(contentType(), text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Shape decode(Payload payload) throws IOException {
      return new Circle(Double.parseDouble(text(payload)));
    }
  }

  @Test
  void builder_namesInUseOrNotAllowed_areRefused() {
    Codecs.Builder builder = Codecs.builder().json("order", Order.class);
    assertThatThrownBy(() -> builder.json("order", Circle.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two codecs");
    for (String name : List.of("", "a b", "blob", "a;b")) {
      assertThatThrownBy(() -> builder.json(name, Circle.class))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void builder_mapperWithDefaultTyping_isRefused() {
    ObjectMapper unsafe = new ObjectMapper();
    unsafe.activateDefaultTyping(
        BasicPolymorphicTypeValidator.builder().allowIfBaseType(Object.class).build());
    assertThatThrownBy(() -> Codecs.builder().mapper(unsafe))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("default typing");
  }

  @Test
  void size_isThatOfTheBytes() {
    assertThat(codecs.size(new byte[1000])).isEqualTo(1000);
    assertThat(codecs.size("aä€𝄞")).isEqualTo(1 + 2 + 3 + 4);
    assertThat(codecs.size(List.of(new byte[10], new byte[20]))).isEqualTo(30);
    assertThat(codecs.size(Map.of("ab", 1))).isEqualTo(2 + 8);
    assertThat(codecs.size(Blob.of(new byte[7]))).isEqualTo(7);
    assertThat(codecs.size(Blob.of("x/y", 7, () -> {
          throw new IOException("not read");
        })))
        .isZero();
    Order order = new Order("o", 1, List.of());
    assertThat(codecs.size(order)).isEqualTo("{\"id\":\"o\",\"cents\":1,\"lines\":[]}".length());
  }
}
